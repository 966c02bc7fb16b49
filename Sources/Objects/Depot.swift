package import Foundation
package import Protocol
internal import Synchronization

/// A store as this process uses it: files in a folder of this machine, and behind it, where the store is elsewhere, the
/// store itself. The folder is then a cache: bounded, the least recently used goes first, what is in use stays.
///
/// What comes from elsewhere is compared with its name before anybody sees it; what is cut off goes on where it stopped;
/// a store that is away for a while is waited for.
package final class Depot: Sendable {
    package let folder: FolderStore
    package let remote: (any RemoteStore)?
    /// Bytes the cache may hold.
    package let limitBytes: Int64
    /// How long a store that is away is waited for.
    private let patience: Duration
    /// In front of the names of what is being fetched.
    private let mark: String
    private let state = Mutex(State())

    /// Bytes in the cache, as far as they were counted.
    package var heldBytes: Int64 { state.withLock { $0.held ?? 0 } }

    private struct State {
        /// How many use a blob now.
        var pins: [Digest: Int] = [:]
        var underWay: [Digest: Fetch] = [:]
        /// Bytes in the cache; `nil` until they were counted.
        var held: Int64?
        var waiters = 0
    }

    /// A blob on its way here, and whom it tells that it moves.
    private final class Fetch: Sendable {
        let tellers: Tellers
        let task: Task<URL, any Error>

        /// The task ends by itself, or when the last who waits is cancelled.
        init(_ work: @escaping @Sendable (@escaping @Sendable () -> Void) async throws -> URL) {
            let tellers = Tellers()
            self.tellers = tellers
            task = Task { try await work { for tell in tellers.withLock({ Array($0.values) }) { tell() } } }
        }
    }

    private final class Tellers: Sendable {
        private let table = Mutex<[Int: @Sendable () -> Void]>([:])

        func withLock<Value: Sendable>(_ work: (inout [Int: @Sendable () -> Void]) -> Value) -> Value {
            table.withLock { work(&$0) }
        }
    }

    /// A folder that is the store itself.
    package init(_ folder: FolderStore) {
        self.folder = folder
        remote = nil
        limitBytes = .max
        patience = .zero
        mark = ""
    }

    /// A store elsewhere, and a cache of it.
    /// - Parameter isShared: other processes use the cache as well; what they fetch is not gone on with.
    package init(
        _ remote: any RemoteStore, cache: FolderStore, limitBytes: Int64 = Depot.usualLimitBytes,
        patience: Duration = .seconds(600), isShared: Bool = false
    ) {
        mark = "fetch-" + (isShared ? "\(getpid())-" : "")
        cache.removeParts("fetch-", olderThan: 86_400)
        folder = cache
        self.remote = remote
        self.limitBytes = limitBytes
        self.patience = patience
    }

    /// What a worker's cache holds when nobody says otherwise.
    package static let usualLimitBytes: Int64 = 20 << 30

    /// For people and for welcomes; holds no key.
    package var url: String { remote?.url ?? folder.url }

    // MARK: blobs

    /// A blob's file, fetched where it is not here, its content checked. It stays until it is let go.
    package func take(
        _ digest: Digest, progress: @escaping @Sendable () -> Void = {}
    ) async throws(ObjectError) -> URL {
        state.withLock { $0.pins[digest, default: 0] += 1 }
        do {
            return try await file(digest, progress)
        } catch {
            letGo([digest])
            throw error
        }
    }

    /// Ends the use of blobs.
    package func letGo(_ digests: [Digest]) {
        state.withLock { state in
            for digest in digests {
                let left = state.pins[digest, default: 1] - 1
                state.pins[digest] = left > 0 ? left : nil
            }
        }
    }

    /// A small blob's bytes.
    package func data(of digest: Digest) async throws(ObjectError) -> Data {
        _ = try await take(digest)
        defer { letGo([digest]) }
        return try folder.data(of: digest)
    }

    private func file(_ digest: Digest, _ progress: @escaping @Sendable () -> Void) async throws(ObjectError) -> URL {
        do {
            let url = try folder.path(of: digest)
            if remote != nil { folder.touch(digest) }
            return url
        } catch {
            guard let remote else { throw error }
            switch error {
            case .missing, .corrupt: break
            case .full, .failed, .badURL: throw error
            }
            return try await shared(digest, from: remote, progress)
        }
    }

    /// Two that need the same blob fetch it once.
    private func shared(
        _ digest: Digest, from remote: any RemoteStore, _ progress: @escaping @Sendable () -> Void
    ) async throws(ObjectError) -> URL {
        let (fetch, number) = state.withLock { state in
            let fetch = state.underWay[digest] ?? Fetch { tell in try await self.fetch(digest, from: remote, tell) }
            state.underWay[digest] = fetch
            state.waiters += 1
            let number = state.waiters
            fetch.tellers.withLock { $0[number] = progress }
            return (fetch, number)
        }
        defer {
            state.withLock { state in
                let isLast = fetch.tellers.withLock { tellers in
                    tellers[number] = nil
                    return tellers.isEmpty
                }
                if isLast, state.underWay[digest] === fetch { state.underWay[digest] = nil }
            }
        }
        do {
            return try await withTaskCancellationHandler {
                try await fetch.task.value
            } onCancel: {
                let isLast = fetch.tellers.withLock { tellers in
                    tellers[number] = nil
                    return tellers.isEmpty
                }
                if isLast { fetch.task.cancel() }
            }
        } catch {
            throw error as? ObjectError
                ?? .failed(operation: "fetching", path: remote.url, reason: error.localizedDescription)
        }
    }

    private func fetch(
        _ digest: Digest, from remote: any RemoteStore, _ progress: @escaping @Sendable () -> Void
    ) async throws(ObjectError) -> URL {
        let part = folder.partFile(mark + digest.hex)
        for isLast in [false, true] {
            try await patiently(progress) { () async throws(ObjectError) in
                try await remote.fetch(digest, into: part, progress: progress)
            }
            do throws(ObjectError) {
                try folder.put(part, expecting: digest)
                break
            } catch {
                guard case .corrupt = error else { throw error }
                // A piece of an older try may have spoilt it: once more from its first byte.
                guard isLast else { continue }
                try await remote.doubt(digest)
                throw .corrupt(digest, path: remote.url)
            }
        }
        let url = try folder.path(of: digest)
        grow(by: (try? FileManager.default.attributesOfItem(atPath: url.path)[.size] as? Int64) ?? 0)
        return url
    }

    /// Takes a file in and gives its digest once the store has it.
    package func put(
        _ file: URL, progress: @escaping @Sendable () -> Void = {}
    ) async throws(ObjectError) -> (digest: Digest, sizeBytes: Int64) {
        try await send(folder.put(file), progress)
    }

    /// Takes bytes in.
    package func put(_ data: Data) async throws(ObjectError) -> (digest: Digest, sizeBytes: Int64) {
        try await send(folder.put(data), {})
    }

    private func send(
        _ put: (digest: Digest, sizeBytes: Int64), _ progress: @escaping @Sendable () -> Void
    ) async throws(ObjectError) -> (digest: Digest, sizeBytes: Int64) {
        guard let remote else { return put }
        let file = folder.location(of: put.digest)
        state.withLock { $0.pins[put.digest, default: 0] += 1 }
        defer { letGo([put.digest]) }
        try await patiently(progress) { () async throws(ObjectError) in
            try await remote.put(file, as: put.digest, sizeBytes: put.sizeBytes, progress: progress)
        }
        grow(by: put.sizeBytes)
        return put
    }

    /// Whether the store has a blob with the size it should have.
    package func holds(_ digest: Digest, sizeBytes: Int64) async throws(ObjectError) -> Bool {
        guard let remote else { return folder.holds(digest, sizeBytes: sizeBytes) }
        return try await remote.size(of: digest) == sizeBytes
    }

    // MARK: receipts

    /// Leaves a receipt under a task's key.
    package func keep(_ receipt: Fields, for key: TaskKey) async throws(ObjectError) {
        guard let remote else { return try folder.keep(receipt, for: key) }
        try await remote.keep(receipt, for: key)
    }

    package func receipt(for key: TaskKey) async throws(ObjectError) -> Fields? {
        guard let remote else { return folder.receipt(for: key) }
        return try await remote.receipt(for: key)
    }

    /// Which of these keys have a receipt whose blob is there.
    package func held(of keys: [TaskKey]) async throws(ObjectError) -> Set<TaskKey> {
        let receipts = try await receipts(of: keys)
        let digests = receipts.compactMapValues { TaskResult(receipt: $0).map { ($0.digest, $0.sizeBytes) } }
        let there = try await present(digests.values.map { ($0.0, $0.1) })
        return Set(digests.filter { there.contains($0.value.0) }.keys)
    }

    /// The receipts of these keys, where there are any.
    package func receipts(of keys: [TaskKey]) async throws(ObjectError) -> [TaskKey: Fields] {
        guard let remote else {
            return Dictionary(
                uniqueKeysWithValues: Set(keys).compactMap { key in folder.receipt(for: key).map { (key, $0) } })
        }
        guard !keys.isEmpty else { return [:] }
        let wanted = Array(try await remote.receiptKeys().intersection(keys))
        let found = try await Self.many(wanted) { key throws(ObjectError) in try await remote.receipt(for: key) }
        return found.compactMapValues(\.self)
    }

    /// Which of these blobs are there with their sizes.
    package func present(_ blobs: [(digest: Digest, sizeBytes: Int64)]) async throws(ObjectError) -> Set<Digest> {
        guard let remote else {
            return Set(blobs.filter { folder.holds($0.digest, sizeBytes: $0.sizeBytes) }.map(\.digest))
        }
        let sizes = Dictionary(blobs.map { ($0.digest, $0.sizeBytes) }) { first, _ in first }
        let found = try await Self.many(Array(sizes.keys)) { digest throws(ObjectError) in
            try await remote.size(of: digest)
        }
        return Set(found.filter { $0.value == sizes[$0.key] }.keys)
    }

    /// Asks for many things, some at a time.
    private static func many<Key: Hashable & Sendable, Value: Sendable>(
        _ keys: [Key], _ ask: @escaping @Sendable (Key) async throws(ObjectError) -> Value
    ) async throws(ObjectError) -> [Key: Value] {
        do {
            return try await withThrowingTaskGroup(of: (Key, Value).self) { group in
                var rest = keys.makeIterator()
                var found: [Key: Value] = [:]
                for key in keys.prefix(16) {
                    _ = rest.next()
                    group.addTask { (key, try await ask(key)) }
                }
                while let (key, value) = try await group.next() {
                    found[key] = value
                    if let key = rest.next() { group.addTask { (key, try await ask(key)) } }
                }
                return found
            }
        } catch {
            throw error as? ObjectError ?? .failed(operation: "asking", path: "the store", reason: "\(error)")
        }
    }

    // MARK: details

    /// Does it again while the store is away, with pauses; what cannot pass is told at once.
    private func patiently(
        _ progress: @Sendable () -> Void, _ work: () async throws(ObjectError) -> Void
    ) async throws(ObjectError) {
        let deadline = ContinuousClock.now + patience
        let pauses = Pauses(first: 1, most: 15)
        for number in 1... {
            do throws(ObjectError) {
                return try await work()
            } catch {
                guard case .failed = error, ContinuousClock.now < deadline, !Task.isCancelled else { throw error }
                progress()
                try await pauses.wait(before: number)
            }
        }
    }

    /// Counts what came, and lets the least recently used go when there is too much.
    private func grow(by bytes: Int64) {
        guard remote != nil else { return }
        let isTooMuch = state.withLock { state -> Bool in
            let held = (state.held ?? folder.blobs().reduce(0) { $0 + $1.sizeBytes } - bytes) + bytes
            state.held = held
            return held > limitBytes
        }
        if isTooMuch { trim() }
    }

    private func trim() {
        let blobs = folder.blobs()
        let pins = state.withLock { Set($0.pins.keys).union($0.underWay.keys) }
        let (gone, left) = Self.leastUsed(
            blobs.filter { !pins.contains($0.digest) }, held: blobs.reduce(0) { $0 + $1.sizeBytes },
            limit: limitBytes)
        for digest in gone { folder.forget(digest) }
        state.withLock { $0.held = left }
    }

    /// What must go, the least recently used first, until a tenth of the room is free; and what is left then.
    static func leastUsed(
        _ blobs: [(digest: Digest, sizeBytes: Int64, usedNanoseconds: Int64)], held: Int64, limit: Int64
    ) -> (gone: [Digest], left: Int64) {
        var left = held
        var gone: [Digest] = []
        for blob in blobs.sorted(by: { ($0.usedNanoseconds, $0.digest) < ($1.usedNanoseconds, $1.digest) }) {
            guard left > limit - limit / 10 else { break }
            gone.append(blob.digest)
            left -= blob.sizeBytes
        }
        return (gone, left)
    }
}
