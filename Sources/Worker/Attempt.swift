internal import Foundation
internal import Media
internal import Objects
internal import Protocol
internal import Scheduling
internal import Transport

/// One attempt from its inputs to its blob.
struct Attempt: Sendable {
    let assignment: Assignment
    let folder: URL
    let maker: (any Maker)?
    let objects: Depot?
    let desk: PurchaseDesk?

    /// Carries it out. The answer turns the time it took into the outcome to report.
    func run(progress: @escaping @Sendable () -> Void) async -> @Sendable (Duration) -> AttemptOutcome {
        defer { try? FileManager.default.removeItem(at: folder) }
        do throws(WorkFault) {
            guard let maker, let depot = objects else {
                throw WorkFault(.workerFault, "this worker cannot do \(assignment.spec.capability)")
            }
            try makeFolder()
            let taken = try await bring(from: depot, progress)
            defer { depot.letGo(taken) }
            let objects = depot.folder
            let used = assignment.used(in: objects)
            let inputs = try await fetch(from: objects)
            let work = Work(
                spec: assignment.spec, label: assignment.label, inputs: inputs, folder: folder, progress: progress,
                desk: desk, share: { file throws(WorkFault) in try await self.share(file, in: depot, progress) })
            let made = try await maker.make(work)
            guard !Task.isCancelled else { throw WorkFault(.interrupted, "stopped") }
            try await offPool { () throws(WorkFault) in try Self.checkUntouched(used, in: objects) }
            let (digest, size) = try await keep(made.file, in: depot, progress)
            return { took in
                .made(
                    TaskResult(
                        digest: digest, sizeBytes: size, cost: made.cost, facts: made.facts,
                        worked: .milliseconds(
                            took.components.seconds * 1_000
                                + took.components.attoseconds / 1_000_000_000_000_000),
                        isProvisional: made.isProvisional))
            }
        } catch {
            if let input = error.lostInput, !Task.isCancelled {
                return { _ in .lostInput(input, message: error.message) }
            }
            let fault =
                Task.isCancelled
                ? WorkFault(.interrupted, "the worker was told to stop") : error.blamed(onDiskOf: folder)
            guard fault.cost == .zero else {
                return { _ in .billed(fault.failureClass, message: fault.message, cost: fault.cost) }
            }
            return { _ in
                .failed(fault.failureClass, message: fault.message, retryAfter: fault.retryAfter)
            }
        }
    }

    /// What rots or is replaced between its check and its use would be in the result, unseen.
    private static func checkUntouched(
        _ used: [(input: TaskInput, digest: Digest, stamp: FolderStore.Stamp?)], in objects: FolderStore
    ) throws(WorkFault) {
        for (input, digest, stamp) in used where objects.stamp(of: digest) != stamp {
            _ = try file(of: digest, for: input, in: objects)
            throw WorkFault(.interrupted, "\(input.name) was touched while it was used")
        }
    }

    private func makeFolder() throws(WorkFault) {
        do {
            try? FileManager.default.removeItem(at: folder)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw WorkFault(.workerFault, "cannot make \(folder.path): \(error.localizedDescription)")
        }
    }

    /// Brings what is elsewhere into this machine's cache.
    /// - Returns: what must be let go afterwards.
    private func bring(
        from depot: Depot, _ progress: @escaping @Sendable () -> Void
    ) async throws(WorkFault) -> [Digest] {
        guard depot.remote != nil else { return [] }
        var taken: [Digest] = []
        for (input, resolved) in zip(assignment.spec.inputs, assignment.inputs) {
            guard case .blob(let digest, _, _) = resolved else { continue }
            do throws(ObjectError) {
                _ = try await depot.take(digest, progress: progress)
                taken.append(digest)
            } catch {
                depot.letGo(taken)
                switch error {
                case .missing, .corrupt: throw WorkFault(losing: input, "\(input.name): \(error)")
                case .full, .failed, .badURL: throw WorkFault("an input cannot be fetched", objects: error)
                }
            }
        }
        return taken
    }

    private func fetch(from objects: FolderStore) async throws(WorkFault) -> [Work.Input] {
        let pairs = Array(zip(assignment.spec.inputs, assignment.inputs))
        do throws(WorkFault) {
            return try await offPool { () throws(WorkFault) in
                var inputs: [Work.Input] = []
                for (input, resolved) in pairs {
                    switch resolved {
                    case .blob(let digest, _, let facts):
                        let file = try Self.file(of: digest, for: input, in: objects)
                        inputs.append(Work.Input(name: input.name, file: file, facts: facts, missing: ""))
                    case .missing(let reason):
                        inputs.append(Work.Input(name: input.name, file: nil, facts: [:], missing: reason))
                    }
                }
                return inputs
            }
        } catch {
            throw error
        }
    }

    /// The checked blob; one that is missing or damaged is the input's loss, not this worker's fault.
    private static func file(
        of digest: Digest, for input: TaskInput, in objects: FolderStore
    ) throws(WorkFault) -> URL {
        do throws(ObjectError) {
            return try objects.path(of: digest)
        } catch {
            switch error {
            case .missing, .corrupt: throw WorkFault(losing: input, "\(input.name): \(error)")
            case .full, .failed, .badURL: throw WorkFault("an input cannot be read", objects: error)
            }
        }
    }

    /// A service may take its time before it fetches.
    private static let shareSeconds = 86_400

    private func share(
        _ file: URL, in depot: Depot, _ progress: @escaping @Sendable () -> Void
    ) async throws(WorkFault) -> String? {
        guard let remote = depot.remote else { return nil }
        let (digest, _) = try await keep(file, in: depot, progress)
        return remote.presigned(digest, seconds: Self.shareSeconds)
    }

    private func keep(
        _ file: URL, in depot: Depot, _ progress: @escaping @Sendable () -> Void
    ) async throws(WorkFault) -> (Digest, Int64) {
        do throws(ObjectError) {
            guard depot.remote != nil else {
                return try await offPool { () throws(ObjectError) in try depot.folder.put(file) }
            }
            return try await depot.put(file, progress: progress)
        } catch {
            throw WorkFault("the result cannot be stored", objects: error)
        }
    }
}

extension Assignment {
    /// The blobs it works with, as their files look before they are checked.
    fileprivate func used(
        in objects: FolderStore
    ) -> [(input: TaskInput, digest: Digest, stamp: FolderStore.Stamp?)] {
        zip(spec.inputs, inputs).compactMap { input, resolved in
            guard case .blob(let digest, _, _) = resolved else { return nil }
            return (input, digest, objects.stamp(of: digest))
        }
    }
}

extension WorkFault {
    /// A command whose output found no room says many things, and seldom why: when the disk is full now, it is the disk.
    fileprivate func blamed(onDiskOf folder: URL) -> WorkFault {
        let mayBeTheDisk = [.workerFault, .inputFault, .unusable].contains(failureClass)
        return mayBeTheDisk && !DiskRoom.isThere(in: folder) ? .fullDisk(message) : self
    }
}
