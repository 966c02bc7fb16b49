internal import Foundation

/// What the file system says of a file.
package struct FileFacts: Sendable, Equatable {
    package let inode: UInt64
    package let device: UInt64
    package let size: Int64
    /// Since 1970.
    package let changedNanoseconds: Int64
    package let usedNanoseconds: Int64

    /// `nil` when there is no such file.
    package init?(_ path: String) {
        var info = stat()
        guard stat(path, &info) == 0 else { return nil }
        inode = UInt64(info.st_ino)
        device = UInt64(info.st_dev)
        size = Int64(info.st_size)
        changedNanoseconds = Int64(info.st_mtim.tv_sec) * 1_000_000_000 + Int64(info.st_mtim.tv_nsec)
        usedNanoseconds = Int64(info.st_atim.tv_sec) * 1_000_000_000 + Int64(info.st_atim.tv_nsec)
    }

    /// Whether two names are one file.
    package func isSameFile(as other: FileFacts) -> Bool { inode == other.inode && device == other.device }
}
