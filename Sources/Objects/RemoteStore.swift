package import Foundation
package import Protocol

/// A store that is not a folder of this machine: blobs travel, each verified where it is used.
///
/// Every call repeats what may be repeated, with growing pauses, and gives up with a reason. What is fetched is not
/// believed here: who fetched it compares it with its name.
package protocol RemoteStore: Sendable {
    /// For people and for welcomes; holds no key.
    var url: String { get }
    /// Brings a blob into a file, behind what the file holds of it already.
    func fetch(_ digest: Digest, into file: URL, progress: @escaping @Sendable () -> Void) async throws(ObjectError)
    /// Takes a blob in; one that is there already is left alone.
    func put(
        _ file: URL, as digest: Digest, sizeBytes: Int64, progress: @escaping @Sendable () -> Void
    ) async throws(ObjectError)
    /// Bytes of a blob; `nil` when it is not there.
    func size(of digest: Digest) async throws(ObjectError) -> Int64?
    /// Leaves a receipt under a key, where there is none.
    func keep(_ receipt: Fields, for key: TaskKey) async throws(ObjectError)
    func receipt(for key: TaskKey) async throws(ObjectError) -> Fields?
    /// What came of a blob is twice not what its name says: it is set aside, so that it can be made again.
    func doubt(_ digest: Digest) async throws(ObjectError)
    /// Keys that have receipts.
    func receiptKeys() async throws(ObjectError) -> Set<TaskKey>
    /// An address from which anybody may fetch a blob for a while; `nil` where there is none.
    func presigned(_ digest: Digest, seconds: Int) -> String?
}

extension RemoteStore {
    package func presigned(_ digest: Digest, seconds: Int) -> String? { nil }
}

/// Pauses between tries: doubled each time, with a random share so that many do not come back together.
package struct Pauses: Sendable {
    package let tries: Int
    private let first: Double
    private let most: Double

    package init(tries: Int = 5, first: Double = 0.2, most: Double = 10) {
        self.tries = tries
        self.first = first
        self.most = most
    }

    /// Seconds before try number `number`, the second being 1.
    func seconds(before number: Int, using generator: inout some RandomNumberGenerator) -> Double {
        let longest = min(most, first * Double(1 << min(number - 1, 20)))
        return Double.random(in: longest / 2...longest, using: &generator)
    }

    /// Waits before the next try; throws when the task is cancelled.
    func wait(before number: Int) async throws(ObjectError) {
        var generator = SystemRandomNumberGenerator()
        let pause = seconds(before: number, using: &generator)
        // A store in trouble tells nobody when it is over.
        guard (try? await Task.sleep(for: .milliseconds(Int(pause * 1_000)))) != nil else {
            throw .failed(operation: "waiting for", path: "the store", reason: "stopped")
        }
    }
}
