internal import CUnix
package import Foundation

/// Whether a disk takes anything more. Commands whose output finds no room fail in many words, end with 0, or say
/// nothing at all: what they did not do is then not their word about the work or the machine.
package enum DiskRoom {
    /// Room a healthy folder has at least, in bytes.
    private static let least = 256 << 10

    /// Tries it. A folder that is not there has room: its absence is another fault.
    package static func isThere(in folder: URL) -> Bool {
        let probe = folder.appendingPathComponent("room-\(UUID().uuidString)")
        defer { unlink(probe.path) }
        do {
            try Data(count: least).write(to: probe)
            return true
        } catch {
            return access(folder.path, F_OK) != 0
        }
    }
}
