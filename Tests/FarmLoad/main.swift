import CZeroMQ
import Foundation
import Protocol
import SwiftProtobuf
import Transport

// Synthetic workers for `make bench`: many DEALER sockets with CURVE in one thread, which take empty tasks and report
// them at once. Prints one line of JSON.
//
// usage: farm-load --worker @FILE --operator @FILE --workers N --slots S --tasks T [--depth D] [--idle SECONDS]
//        … --viewers N      as many ask for the live feed meanwhile, and look at no more than its numbers
//        farm-load --tasks T --inner BATCH

struct Options {
    var worker = ""
    var `operator` = ""
    var workers = 64
    var slots = 1
    var tasks = 100_000
    /// Tasks in one chain: 1 for tasks that all are ready at once.
    var depth = 1
    /// Only connect, and stay so long.
    var idle = 0
    /// Viewers that ask for what changes.
    var viewers = 0
    /// Measure deciding and saving alone, in this process, deciding so many reports at once.
    var inner = 0

    init() {
        var words = CommandLine.arguments.dropFirst().makeIterator()
        while let name = words.next(), let value = words.next() {
            switch name {
            case "--worker": worker = value
            case "--operator": self.operator = value
            case "--workers": workers = Int(value) ?? workers
            case "--slots": slots = Int(value) ?? slots
            case "--tasks": tasks = Int(value) ?? tasks
            case "--depth": depth = Int(value) ?? depth
            case "--idle": idle = Int(value) ?? idle
            case "--viewers": viewers = Int(value) ?? viewers
            case "--inner": inner = Int(value) ?? inner
            default: break
            }
        }
    }
}

/// One synthetic worker: what its protocol needs, and no more.
final class LoadWorker {
    let socket: UnsafeMutableRawPointer
    let id: WorkerID
    let instance: InstanceID
    var sequence: UInt64 = 0
    var last: UInt64 = 0
    var isWelcome = false
    /// Reports nobody has acknowledged yet: said again with every beat, as a real worker's outbox does.
    var pending: Set<AttemptID> = []
    var reportedAt = ContinuousClock.now

    init(_ context: UnsafeMutableRawPointer, _ token: JoinToken, number: Int) {
        guard let socket = zmq_socket(context, ZMQ_DEALER), let keys = KeyPair.from(secretKey: token.clientSecret)
        else {
            fatalError("no socket for worker \(number)")
        }
        self.socket = socket
        var generator = SystemRandomNumberGenerator()
        id = WorkerID.random("w-", using: &generator)
        instance = InstanceID.random("i-", using: &generator)
        var none: Int32 = 0
        zmq_setsockopt(socket, ZMQ_LINGER, &none, 4)
        for (option, text) in [
            (ZMQ_ROUTING_ID, instance.rawValue), (ZMQ_CURVE_SERVERKEY, token.serverKey),
            (ZMQ_CURVE_PUBLICKEY, keys.publicKey), (ZMQ_CURVE_SECRETKEY, keys.secretKey),
        ] { zmq_setsockopt(socket, option, text, text.utf8.count) }
        guard zmq_connect(socket, token.address) == 0 else { fatalError("cannot connect to \(token.address)") }
    }

    func send(_ message: Protocol.Message) {
        sequence += 1
        let frames = message.frames(sequence: sequence)
        for (index, frame) in frames.enumerated() {
            _ = frame.withUnsafeBytes {
                zmq_send(socket, $0.baseAddress, $0.count, ZMQ_DONTWAIT | (index == 0 ? ZMQ_SNDMORE : 0))
            }
        }
    }

    func report(_ attempt: AttemptID) {
        send(.report(id, attempt, .made(TaskResult(digest: attempt.task, sizeBytes: 0, worked: .milliseconds(1)))))
    }

    func hello(slots: Int) -> Protocol.Message {
        .hello(
            Hello(
                worker: id, instance: instance, name: "load", slots: [.media: slots],
                capabilities: [Capability(kind: .conform, backend: "synthetic"): .media], held: [],
                productVersion: "bench"))
    }

    /// One message, or nil when none waits.
    func receive() -> Protocol.Message? { frames().flatMap { try? Protocol.Message.read(frames: $0).1 } }

    /// The frames of a message, or nil when none waits.
    func frames() -> [Data]? {
        var frames: [Data] = []
        while true {
            var message = zmq_msg_t()
            zmq_msg_init(&message)
            defer { zmq_msg_close(&message) }
            guard zmq_msg_recv(&message, socket, ZMQ_DONTWAIT) >= 0 else { return nil }
            frames.append(Data(bytes: zmq_msg_data(&message), count: zmq_msg_size(&message)))
            if zmq_msg_more(&message) == 0 { break }
        }
        return frames
    }
}

func token(_ text: String) -> JoinToken {
    let line = (try? String(contentsOfFile: String(text.dropFirst()), encoding: .utf8)) ?? ""
    guard let token = JoinToken(line: line) else { fatalError("\(text) holds no token") }
    return token
}

func seconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
}

let options = Options()
if options.inner > 0 {
    print(try InnerLoop(tasks: options.tasks, batch: options.inner).run())
    exit(0)
}
guard let context = zmq_ctx_new() else { fatalError("no context") }
zmq_ctx_set(context, ZMQ_MAX_SOCKETS, 8_192)
let workerToken = token(options.worker)
let workers = (0..<options.workers).map { LoadWorker(context, workerToken, number: $0) }
let boss = LoadWorker(context, token(options.operator), number: -1)
let viewers = (0..<options.viewers).map { _ in Viewer(LoadWorker(context, token(options.operator), number: -2)) }
for viewer in viewers { viewer.ask() }
var items = (workers + [boss] + viewers.map(\.peer)).map {
    zmq_pollitem_t(socket: $0.socket, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0)
}
var welcomed = 0
var done = 0
var started: ContinuousClock.Instant?
var firstAt: ContinuousClock.Instant?
var lastAt = ContinuousClock.now
var longestGap = Duration.zero
var latencies: [Double] = []
var beatAt = ContinuousClock.now
var submittedAt = ContinuousClock.now
let connectingSince = ContinuousClock.now
for worker in workers { worker.send(worker.hello(slots: options.slots)) }

@MainActor func submit() {
    boss.send(
        .request(
            .with {
                $0.requestID = 1
                $0.submit = .with {
                    $0.synthetic = .with {
                        $0.count = UInt32(options.tasks)
                        $0.depth = UInt32(options.depth)
                        $0.seed = UInt64.random(in: 0...UInt64(Int64.max))
                    }
                }
            }))
}

@MainActor func hear(_ message: Protocol.Message, _ worker: LoadWorker) {
    switch message {
    case .welcome:
        guard !worker.isWelcome else { return }
        worker.isWelcome = true
        welcomed += 1
    case .refusal: worker.send(worker.hello(slots: options.slots))
    case .assign(let assignment):
        let now = ContinuousClock.now
        if firstAt == nil { firstAt = now } else { longestGap = max(longestGap, now - lastAt) }
        lastAt = now
        if options.workers == 1 { latencies.append(seconds(now - worker.reportedAt)) }
        worker.last = max(worker.last, assignment.sequence)
        worker.reportedAt = now
        worker.pending.insert(assignment.attempt)
        worker.report(assignment.attempt)
    case .acknowledge(let attempt, _): if worker.pending.remove(attempt) != nil { done += 1 }
    default: break
    }
}

let idleUntil = ContinuousClock.now + .seconds(options.idle)
while done < options.tasks {
    if welcomed == workers.count, started == nil {
        started = .now
        if options.idle > 0 {
            print(
                "{\"connected\": \(welcomed), \"connect_seconds\": \(seconds(ContinuousClock.now - connectingSince))}")
            fflush(nil)
        } else {
            submit()
        }
    }
    if options.idle > 0, ContinuousClock.now > idleUntil { exit(0) }  // The coordinator is stopped next.
    // Silence while there is work: the coordinator is away, and is to hear us as soon as it is back, as it does from a
    // real worker that has connected again.
    let isSilent = zmq_poll(&items, Int32(items.count), 200) == 0 && started != nil && options.idle == 0
    if isSilent || ContinuousClock.now - beatAt > .seconds(2) {
        beatAt = .now
        for worker in workers {
            let held = worker.pending.map { HeldAttempt(attempt: $0, progress: 1) }
            worker.send(
                worker.isWelcome
                    ? .beat(held: held, lastAssignment: worker.last) : worker.hello(slots: options.slots))
            for attempt in worker.pending { worker.report(attempt) }
        }
    }
    for (index, item) in items.enumerated() where item.revents != 0 {
        if index > workers.count {
            viewers[index - workers.count - 1].hear()
            continue
        }
        if index == workers.count {
            while let message = boss.receive() {
                if case .response = message { submittedAt = .now }
            }
            continue
        }
        while let message = workers[index].receive() { hear(message, workers[index]) }
    }
}
for worker in workers { worker.send(.goodbye(reason: "measured")) }
var last: Int32 = 2_000
for worker in workers {
    zmq_setsockopt(worker.socket, ZMQ_LINGER, &last, 4)
    zmq_close(worker.socket)
}
zmq_close(boss.socket)
for viewer in viewers { zmq_close(viewer.peer.socket) }
zmq_ctx_term(context)
let span = seconds(lastAt - (firstAt ?? lastAt))
latencies.sort()
@MainActor func percentile(_ share: Double) -> Double {
    latencies.isEmpty ? 0 : latencies[min(latencies.count - 1, Int(Double(latencies.count) * share))] * 1_000
}
print(
    """
    {"tasks": \(options.tasks), "seconds": \(span), "per_second": \(Double(options.tasks) / max(span, 0.001)), \
    "longest_gap": \(seconds(longestGap)), "p50_ms": \(percentile(0.5)), "p99_ms": \(percentile(0.99)), \
    "viewers_megabytes": \(viewers.reduce(0) { $0 + $1.bytes } / 1_000_000), \
    "answers": \(viewers.reduce(0) { $0 + $1.answers })}
    """)
exit(0)
