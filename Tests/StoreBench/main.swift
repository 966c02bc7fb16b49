import Foundation
import Gateway
import HTTP
import Objects
import Protocol
import TestKit
import Transport

// What blobs cost on their way, for `make bench`: through the coordinator's door and through S3 (Ceph's gateway), each beside
// plain curl of the same bytes in the same run.
//
// usage: store-bench FOLDER [MEGABYTES] [RGW.PY]      needs three times the megabytes in FOLDER
//        store-bench polls URL                       200 polls at once of a service that takes its time

if CommandLine.arguments.dropFirst().first == "polls", let url = CommandLine.arguments.dropFirst(2).first {
    try await measurePolls(url: url)
    exit(0)
}
let folder = URL(fileURLWithPath: CommandLine.arguments.dropFirst().first ?? ".")
let megabytes = CommandLine.arguments.dropFirst(2).first.flatMap { Int($0) } ?? 1_024
try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)

func seconds(_ work: () async throws -> Void) async rethrows -> Double {
    let began = ContinuousClock.now
    try await work()
    let took = ContinuousClock.now - began
    return Double(took.components.seconds) + Double(took.components.attoseconds) / 1e18
}

func curl(_ arguments: [String]) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["curl", "--silent", "--show-error", "--fail", "--output"] + arguments
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw CocoaError(.executableLoad) }
}

func show(_ what: String, _ ours: Double, _ theirs: Double) {
    func rate(_ seconds: Double) -> String { String(format: "%.0f MB/s", Double(megabytes) * 1.048_576 / seconds) }
    print("\(what): \(rate(ours)), curl \(rate(theirs)); ratio \(String(format: "%.2f", theirs / ours)) (aim 0.8)")
}

/// A file of random bytes and its digest.
func makeFile(_ name: String) throws -> (URL, Digest) {
    let file = folder.appendingPathComponent(name)
    var generator = SystemRandomNumberGenerator()
    _ = FileManager.default.createFile(atPath: file.path, contents: nil)
    let handle = try FileHandle(forWritingTo: file)
    for _ in 0..<megabytes {
        var block = [UInt64](repeating: 0, count: 131_072)
        for index in block.indices { block[index] = generator.next() }
        try block.withUnsafeBytes { try handle.write(contentsOf: Data($0)) }
    }
    try handle.close()
    return (file, try FolderStore.hash(file).digest)
}

let (file, digest) = try makeFile("source")
let size = Int64(megabytes) << 20
let client = HTTPClient()
let target = folder.appendingPathComponent("fetched")
let enrolment = Enrolment()
enrolment.enrol(publicKey: "w", .init(token: TokenID("t-w"), role: .worker))
let tickets = Tickets(secret: "bench", enrolment: enrolment) { Instant(milliseconds: 0) }
let identity = ServerIdentity()
let store = try FolderStore(root: folder.appendingPathComponent("store"))
let gateway = Gateway(objects: store, tickets: tickets)
let port = try await gateway.start(host: "127.0.0.1", port: 0, identity: identity)
let door = StoreDoor(url: "snow://*:\(port)", pin: identity.pin, ticket: tickets.ticket(for: TokenID("t-w")))
let remote = try SnowStore(door: door, reachedAt: "127.0.0.1", peer: "bench", client: client)
let bearer = ["--header", "authorization: Bearer \(door.ticket)", "--insecure", "--pinnedpubkey", door.pin]
let address = "https://127.0.0.1:\(port)/blobs/\(digest.hex)"

let putCurl = try await seconds {
    try curl(["/dev/null", "--upload-file", file.path] + bearer + ["\(address)?from=0&size=\(size)"])
}
store.forget(digest)
let put = try await seconds { try await remote.put(file, as: digest, sizeBytes: size) {} }
show("snow:// put, \(megabytes) MiB", put, putCurl)
let getCurl = try await seconds { try curl([folder.appendingPathComponent("curled").path] + bearer + [address]) }
let get = try await seconds { try await remote.fetch(digest, into: target) {} }
show("snow:// fetch", get, getCurl)
let hashing = try await seconds { _ = try FolderStore.hash(target) }
print("comparing it with its name: \(String(format: "%.2f", hashing)) s more")

let count = 2_000
let smallTime = try await seconds {
    try await withThrowingTaskGroup(of: Void.self) { group in
        for lane in 0..<16 {
            group.addTask {
                for number in stride(from: lane, to: count, by: 16) {
                    let data = Data("blob \(number) \(UUID())".utf8)
                    let small = folder.appendingPathComponent("small-\(lane)")
                    try data.write(to: small)
                    try await remote.put(small, as: Digest(of: data), sizeBytes: Int64(data.count)) {}
                }
            }
        }
        try await group.waitForAll()
    }
}
print("small blobs, 16 at once, each flushed to the disk: \(Int(Double(count) / smallTime)) a second (goal 500)")
await gateway.stop()

if let script = CommandLine.arguments.dropFirst(3).first {
    let ceph = try CephProcess(script: URL(fileURLWithPath: script))
    let s3 = try S3Store(
        url: "s3://films/bench?endpoint=\(ceph.endpoint)", environment: ceph.environment, client: client)
    try await s3.makeBucket()
    unlink(target.path)
    let put = try await seconds { try await s3.put(file, as: digest, sizeBytes: size) {} }
    print("s3:// put in parts: \(String(format: "%.0f MB/s", Double(megabytes) * 1.048_576 / put))")
    let getCurl = try await seconds {
        try curl([folder.appendingPathComponent("curled").path, s3.presigned(digest, seconds: 600) ?? ""])
    }
    let get = try await seconds { try await s3.fetch(digest, into: target) {} }
    show("s3:// fetch from Ceph's gateway", get, getCurl)
}
