package import Foundation

/// Holds a folder for one process: an exclusive `flock` on the file `lock`, gone with the process however it ends.
package final class FolderLock: Sendable {
    private let file: Int32

    /// Makes the folder where it is missing and locks it.
    package init(folder: URL) throws(StoreError) {
        do {
            try FileManager.default.createDirectory(
                at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw .cannotOpen(path: folder.path, reason: "\(error.localizedDescription)")
        }
        let path = folder.appendingPathComponent("lock").path
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw .cannotOpen(path: path, reason: String(cString: strerror(errno))) }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            close(file)
            throw .locked(folder: folder.path)
        }
        self.file = file
    }

    deinit { close(file) }
}
