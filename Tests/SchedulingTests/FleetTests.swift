import Protocol
import Scheduling
import TestKit
import Testing

/// A fleet with launchers that do as they are told, or not.
private struct World {
    var fleet: Fleet
    var now = Instant(milliseconds: 1_000_000)
    var generator = SeededGenerator(seed: 1)
    /// Orders that exist, by pool, and whether they have said hello.
    var alive: [String: Set<String>]
    var workers: [String: FleetWorker] = [:]
    var startsNothing = false
    var neverDies = false
    var started = 0

    init(_ pools: Pool..., budgetPerHour: MicroUSD? = nil) {
        fleet = Fleet(pools: pools, budgetPerHour: budgetPerHour)
        alive = Dictionary(uniqueKeysWithValues: pools.map { ($0.name, []) })
    }

    /// One look, and what follows from it.
    @discardableResult
    mutating func step(_ demand: [Role: Demand], after: Span = .seconds(2)) -> [Fleet.Act] {
        now = now + after
        let acts = fleet.step(
            demand: demand, alive: alive, workers: Array(workers.values), at: now, using: &generator)
        for act in acts {
            switch act {
            case .start(let order, let pool):
                started += 1
                if !startsNothing { alive[pool, default: []].insert(order) }
            case .stop(let order, let pool):
                if !neverDies {
                    alive[pool]?.remove(order)
                    workers[order] = nil
                }
            case .drain(let worker):
                for (order, known) in workers where known.worker == worker {
                    workers[order] = FleetWorker(order: order, worker: worker, isBusy: false, isLeaving: true)
                }
            }
        }
        return acts
    }

    mutating func hello(isBusy: Bool = true) {
        for order in alive.values.flatMap(\.self) where workers[order]?.isLeaving != true {
            workers[order] = FleetWorker(
                order: order, worker: WorkerID("w-\(order)"), isBusy: isBusy, isLeaving: false)
        }
    }

    var count: Int { fleet.machines.count }
}

@Suite("The fleet")
struct FleetTests {
    private let pool = Pool(
        name: "gpu", roles: [.gpu: 2], most: 8, idle: .seconds(300), startUp: .seconds(60), clearWithin: .seconds(600))

    private func work(_ seconds: Double, parallel: Int = 100, slots: Int = 0) -> [Role: Demand] {
        [.gpu: Demand(seconds: seconds, parallel: parallel, slots: slots)]
    }

    @Test func asManyAsTheWorkAsksFor() {
        var world = World(pool)
        world.step(work(0))
        #expect(world.count == 0)
        world.step(work(4_800))  // 8 slots for ten minutes
        #expect(world.count == 4)
        world.step(work(480_000))
        #expect(world.count == 8, "its most")
        #expect(world.fleet.wanted["gpu"]?.reason.contains("gpu") == true)
    }

    @Test func noMoreThanCanRunAtOnceAndNoneWherePeopleBroughtEnough() {
        var world = World(pool)
        world.step(work(480_000, parallel: 3))
        #expect(world.count == 2, "three at once are two machines of two slots")
        var other = World(pool)
        other.step(work(4_800, slots: 8))
        #expect(other.count == 0)
    }

    @Test func aDeadlineAsksForMore() {
        var world = World(pool)
        world.fleet.deadline = world.now + .seconds(360)
        world.step(work(3_000))
        #expect(world.count == 6, "five minutes are left to work in")
        world.fleet.deadline = world.now + .seconds(36_000)
        var later = World(pool)
        later.fleet.deadline = later.now + .seconds(36_000)
        later.step(work(3_000))
        #expect(later.count == 1)
    }

    @Test func theCheapestSlotComesFirst() {
        var world = World(
            Pool(name: "dear", roles: [.gpu: 1], most: 9, pricePerHour: MicroUSD(2_000_000)),
            Pool(name: "cheap", roles: [.gpu: 4], most: 2, pricePerHour: MicroUSD(3_000_000)))
        world.step(work(18_000))
        #expect(world.fleet.count(of: "cheap") == 2)
        #expect(world.fleet.count(of: "dear") == 2, "what is left")
    }

    @Test func theMoneyForAnHourHolds() {
        let pool = Pool(name: "gpu", roles: [.gpu: 1], most: 50, pricePerHour: MicroUSD(1_500_000))
        var world = World(pool, budgetPerHour: MicroUSD(10_000_000))
        for _ in 0..<20 { world.step(work(1e6)) }
        #expect(world.count == 6)
        #expect(world.fleet.pricePerHour <= MicroUSD(10_000_000))
    }

    @Test func idleMachinesGoAndTheLeastStay() {
        var pool = pool
        pool.least = 1
        var world = World(pool)
        world.step(work(4_800))
        world.hello()
        world.step(work(4_800))
        world.hello(isBusy: false)
        world.step(work(0))
        world.step(work(0), after: .seconds(200))
        #expect(world.count == 4, "not idle for long enough")
        for _ in 0..<4 {
            world.step(work(0), after: .seconds(110))
            world.workers = world.workers.filter { !$0.value.isLeaving }  // They have left.
        }
        #expect(world.count == 1)
    }

    @Test func aMachineThatIsNotWorthItsStartIsNotStarted() {
        var world = World(pool)
        world.step(work(1_200))
        world.hello()
        let count = world.count
        world.step(work(100, parallel: 100))
        #expect(world.count == count, "the slots that are there are done before another is up")
    }

    @Test func aLauncherThatStartsNothingIsAskedLessAndLess() {
        var world = World(pool)
        world.startsNothing = true
        for _ in 0..<1_800 { world.step(work(1e6)) }  // An hour.
        #expect(world.started < 25, "\(world.started) in an hour")
        #expect(world.fleet.troubles["gpu"]?.message.contains("did not say hello") == true)
        world.startsNothing = false
        for _ in 0..<400 {
            world.step(work(1e6))
            world.hello()
        }
        #expect(world.count == 8 && world.fleet.troubles["gpu"] == nil, "it has healed")
    }

    @Test func aLauncherThatFailsPausesItsPool() {
        var world = World(pool)
        world.startsNothing = true
        for act in world.step(work(600)) {
            if case .start(let order, _) = act { world.fleet.failed(order, "no quota", at: world.now) }
        }
        #expect(world.count == 0)
        world.step(work(600))
        #expect(world.count == 0)
        world.step(work(600), after: .seconds(10))
        #expect(world.count == 1)
    }

    @Test func whatDoesNotDieIsToldAgainAndNotReplacedWithoutEnd() {
        var world = World(pool)
        world.step(work(1e6))
        world.hello()
        world.step(work(1e6))
        world.neverDies = true
        world.workers = [:]  // All are gone from the cluster, and run on at the engine.
        for _ in 0..<300 { world.step(work(1e6)) }
        #expect(world.count == 8 && world.started == 8, "\(world.started)")
        #expect(world.fleet.troubles["gpu"]?.message.contains("goes on after it was told") == true)
    }

    @Test func twoWorkersForOneOrderAreOneTooMany() {
        var world = World(pool)
        world.step(work(600))
        world.hello()
        world.step(work(600))
        let order = world.fleet.machines.keys.sorted()[0]
        let acts = world.fleet.step(
            demand: work(600), alive: world.alive,
            workers: Array(world.workers.values) + [
                FleetWorker(order: order, worker: WorkerID("w-zz"), isBusy: false, isLeaving: false)
            ], at: world.now, using: &world.generator)
        #expect(acts == [.drain(WorkerID("w-zz"))])
    }

    @Test func afterARestartTheLaunchersTellWhatThereIs() {
        var before = World(pool)
        before.step(work(1e6))
        before.hello()
        before.step(work(1e6))
        var after = World(pool)
        (after.alive, after.workers) = (before.alive, before.workers)
        after.step(work(1e6))
        #expect(after.started == 0 && after.count == 8)
        after.step(work(1e6))
        #expect(after.fleet.machines.values.allSatisfy { $0.phase.word == "working" })
    }

    /// An engine shows what it shows: another cluster's machines, and other pools', are left alone.
    @Test func othersMachinesAreLeftAlone() {
        var world = World(pool, Pool(name: "audio", roles: [.audio: 1], most: 2))
        world.fleet = Fleet(pools: [pool, Pool(name: "audio", roles: [.audio: 1], most: 2)], mark: "ours")
        let foreign: Set<String> = ["gpu-theirs1", "by-hand", "audio-ours7"]
        world.alive = ["gpu": foreign, "audio": foreign]
        for _ in 0..<300 { world.step([:]) }
        #expect(foreign.subtracting(["audio-ours7"]).isSubset(of: world.alive["gpu"] ?? []))
        #expect(world.alive["gpu"] == foreign, "nothing of it was stopped by the wrong pool")
        #expect(world.alive["audio"] == foreign.subtracting(["audio-ours7"]), "it never said hello")
    }

    /// Whatever launchers and workers do: never more machines than allowed, never more money than allowed.
    @Test(arguments: 0..<60 as Range<UInt64>) func boundsHold(seed: UInt64) {
        var world = World(
            Pool(name: "a", roles: [.gpu: 2], least: 1, most: 5, idle: .seconds(20), pricePerHour: MicroUSD(1_000_000)),
            Pool(
                name: "b", roles: [.gpu: 1, .media: 3], most: 4, idle: .seconds(20), pricePerHour: MicroUSD(2_000_000)),
            budgetPerHour: MicroUSD(9_000_000))
        world.generator = SeededGenerator(seed: seed)
        var dice = SeededGenerator(seed: seed &+ 99)
        for _ in 0..<600 {
            world.startsNothing = Int.random(in: 0..<10, using: &dice) < 3
            world.neverDies = Int.random(in: 0..<10, using: &dice) < 3
            let seconds = Double(Int.random(in: 0...20_000, using: &dice))
            var demand = work(seconds)
            demand[.media] = Demand(seconds: seconds / 3, parallel: 20, slots: Int.random(in: 0...3, using: &dice))
            world.step(demand)
            if Bool.random(using: &dice) { world.hello(isBusy: Bool.random(using: &dice)) }
            if let lost = world.workers.keys.sorted().first, Int.random(in: 0..<9, using: &dice) == 0 {
                world.workers[lost] = nil
            }
            #expect(world.fleet.count(of: "a") <= 5 && world.fleet.count(of: "b") <= 4)
            #expect(world.fleet.pricePerHour <= MicroUSD(9_000_000))
        }
        world.neverDies = false
        for _ in 0..<400 {
            world.step([:])
            world.hello(isBusy: false)
            world.workers = world.workers.filter { !$0.value.isLeaving }
        }
        #expect(world.count <= 1, "without work only the least are left, \(world.fleet.machines)")
    }
}
