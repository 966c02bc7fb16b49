package import Foundation

/// What a worker that was killed left running: programs and encoders whose orders nobody waits for any more.
///
/// They are known by where they work: every one was started in a folder of its attempt, below the worker's own, which it holds
/// locked. Where the system has no `/proc` they run to their end.
package enum Leftovers {
    /// Ends whatever works in the folder or below it, our own process aside.
    /// - Returns: the processes that were ended.
    @discardableResult package static func end(in folder: URL) -> [Int32] {
        guard let root = realpath(folder.path, nil) else { return [] }
        defer { free(root) }
        let path = String(cString: root)
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return entries.compactMap { Int32($0) }.filter { process in
            guard process != getpid(),
                let place = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process)/cwd"),
                place == path || place.hasPrefix(path + "/")
            else { return false }
            return kill(process, SIGKILL) == 0
        }
    }
}
