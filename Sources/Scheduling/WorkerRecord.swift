package import HashTreeCollections
package import Protocol

/// What the coordinator knows of a worker. Copied on write, as ``TaskRecord`` is.
package struct WorkerRecord: Sendable, Equatable {
    package enum Standing: String, Sendable {
        /// Speaks and gets work.
        case active
        /// Silent for a while: gets no new work, keeps what it has.
        case suspect
        /// Finishes what it has, gets nothing new.
        case draining
        /// Gone; its attempts were given up.
        case lost
    }

    /// Faults at one kind of work, forgotten when the last is older than the block lasts.
    package struct FaultCount: Sendable, Equatable {
        package var count: Int
        package var blockedUntil: Instant?
        package var last: Instant
        package var message: String

        package init(count: Int, blockedUntil: Instant?, last: Instant, message: String) {
            self.count = count
            self.blockedUntil = blockedUntil
            self.last = last
            self.message = message
        }
    }

    private final class Storage: @unchecked Sendable {
        // Never written while shared: `own()` sees to that.
        var contents: Contents

        init(_ contents: Contents) { self.contents = contents }
    }

    private struct Contents: Sendable, Equatable {
        let id: WorkerID
        var name: String
        var instance: InstanceID
        var standing: Standing
        var slots: [Role: Int]
        var used: [Role: Int] = [:]
        var capabilities: [Capability: Role]
        var lastSeen: Instant
        var leases: TreeSet<TaskKey> = []
        var assignments: UInt64 = 0
        var faults: [TaskKind: FaultCount] = [:]
        var former: [InstanceID] = []
        var pace: [Role: Int64] = [:]
    }

    private var storage: Storage

    package init(
        id: WorkerID, name: String, instance: InstanceID, standing: Standing, slots: [Role: Int],
        capabilities: [Capability: Role], lastSeen: Instant
    ) {
        storage = Storage(
            Contents(
                id: id, name: name, instance: instance, standing: standing, slots: slots, capabilities: capabilities,
                lastSeen: lastSeen))
    }

    private mutating func own() {
        if !isKnownUniquelyReferenced(&storage) { storage = Storage(storage.contents) }
    }

    package static func == (left: WorkerRecord, right: WorkerRecord) -> Bool {
        left.storage === right.storage || left.storage.contents == right.storage.contents
    }

    package var id: WorkerID { storage.contents.id }

    package var name: String {
        get { storage.contents.name }
        _modify {
            own()
            yield &storage.contents.name
        }
    }

    package var instance: InstanceID {
        get { storage.contents.instance }
        _modify {
            own()
            yield &storage.contents.instance
        }
    }

    package var standing: Standing {
        get { storage.contents.standing }
        _modify {
            own()
            yield &storage.contents.standing
        }
    }

    package var slots: [Role: Int] {
        get { storage.contents.slots }
        _modify {
            own()
            yield &storage.contents.slots
        }
    }

    /// Slots in use.
    package var used: [Role: Int] {
        get { storage.contents.used }
        _modify {
            own()
            yield &storage.contents.used
        }
    }

    package var capabilities: [Capability: Role] {
        get { storage.contents.capabilities }
        _modify {
            own()
            yield &storage.contents.capabilities
        }
    }

    package var lastSeen: Instant {
        get { storage.contents.lastSeen }
        _modify {
            own()
            yield &storage.contents.lastSeen
        }
    }

    /// Tasks of which it has an attempt.
    package var leases: TreeSet<TaskKey> {
        get { storage.contents.leases }
        _modify {
            own()
            yield &storage.contents.leases
        }
    }

    /// The number of the newest assignment to this instance.
    package var assignments: UInt64 {
        get { storage.contents.assignments }
        _modify {
            own()
            yield &storage.contents.assignments
        }
    }

    package var faults: [TaskKind: FaultCount] {
        get { storage.contents.faults }
        _modify {
            own()
            yield &storage.contents.faults
        }
    }

    /// Instances that were superseded, newest last: one that comes back is a second process with this identity.
    var former: [InstanceID] {
        get { storage.contents.former }
        _modify {
            own()
            yield &storage.contents.former
        }
    }

    /// Thousandths of the usual time this worker takes for work of a role, smoothed. Never saved.
    var pace: [Role: Int64] {
        get { storage.contents.pace }
        _modify {
            own()
            yield &storage.contents.pace
        }
    }

    package func hasFreeSlot(for role: Role) -> Bool { used[role, default: 0] < slots[role, default: 0] }

    package func isBlocked(for kind: TaskKind, at now: Instant) -> Bool {
        faults[kind]?.blockedUntil.map { now < $0 } ?? false
    }

    /// 1 for the usual speed, 2 for half of it, and so on: rough, so that small differences do not decide.
    func slowness(at role: Role) -> Int64 { max(1, ((pace[role] ?? 1_000) + 500) / 1_000) }

    /// Percent of the usual speed, by role, as far as it is known.
    package var speeds: [Role: Int] { pace.mapValues { Int(100_000 / max(1, $0)) } }

    mutating func learnPace(at role: Role, took: Span, usual: Span) {
        guard usual > .milliseconds(200) else { return }
        let measured = min(max(took.milliseconds * 1_000 / usual.milliseconds, 50), 20_000)
        let old = pace[role] ?? 1_000
        pace[role] = old + (measured - old) / 4
    }
}
