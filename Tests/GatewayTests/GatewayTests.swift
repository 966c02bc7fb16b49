import Foundation
import Gateway
import HTTP
import Objects
import Protocol
import TestKit
import Testing
import Transport

/// A coordinator's door on loopback and machines that have no common folder with it.
final class House: Sendable {
    let folder = TemporaryFolder("gateway")
    let enrolment = Enrolment()
    let identity = ServerIdentity()
    let store: FolderStore
    let client = HTTPClient()

    init() throws {
        store = try FolderStore(root: folder.url.appendingPathComponent("store"))
        enrolment.enrol(publicKey: "w", .init(token: TokenID("t-worker"), role: .worker))
        enrolment.enrol(publicKey: "v", .init(token: TokenID("t-viewer"), role: .viewer))
        enrolment.enrol(publicKey: "o", .init(token: TokenID("t-operator"), role: .operator))
    }

    var tickets: Tickets { Tickets(secret: "s", enrolment: enrolment) { Instant(milliseconds: 1_000) } }

    func open(port: Int = 0) async throws -> (gateway: Gateway, port: Int) {
        let gateway = Gateway(objects: store, tickets: tickets)
        return (gateway, try await gateway.start(host: "127.0.0.1", port: port, identity: identity))
    }

    func door(_ port: Int, as token: String = "t-worker", pin: String? = nil) -> StoreDoor {
        StoreDoor(url: "snow://*:\(port)", pin: pin ?? identity.pin, ticket: tickets.ticket(for: TokenID(token)))
    }

    func remote(_ door: StoreDoor, peer: String = "w-1", tries: Int = 5) throws -> SnowStore {
        try SnowStore(
            door: door, reachedAt: "127.0.0.1", peer: peer, client: client,
            pauses: Pauses(tries: tries, first: 0.02, most: 0.1))
    }

    func depot(_ remote: any RemoteStore, limit: Int64 = 1 << 30, patience: Duration = .seconds(30)) throws -> Depot {
        let cache = try FolderStore(root: folder.url.appendingPathComponent("cache-\(UUID().uuidString)"))
        return Depot(remote, cache: cache, limitBytes: limit, patience: patience)
    }

    func bytes(_ count: Int, seed: UInt64 = 1) -> Data {
        var generator = SeededGenerator(seed: seed)
        var data = Data(capacity: count + 8)
        while data.count < count {
            withUnsafeBytes(of: UInt64.random(in: .min ... .max, using: &generator)) { data.append(contentsOf: $0) }
        }
        return data.prefix(count)
    }
}

@Suite("The coordinator's store over HTTPS", .timeLimit(.minutes(2)))
struct GatewayTests {
    let house: House

    init() throws { house = try House() }

    /// A program that outlives its coordinator must not keep the coordinator's port.
    @Test func programsThatAreStartedDoNotInheritTheDoor() async throws {
        let (gateway, port) = try await house.open()
        let files = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").compactMap(Int32.init)
        let door = try #require(files.first { Self.listens($0, on: port) })
        #expect(fcntl(door, F_GETFD) & FD_CLOEXEC != 0)
        await gateway.stop()
    }

    private static func listens(_ file: Int32, on port: Int) -> Bool {
        var (listens, size) = (Int32(0), socklen_t(MemoryLayout<Int32>.size))
        guard getsockopt(file, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0, listens == 1 else { return false }
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isNamed = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(file, $0, &length) == 0 }
        }
        return isNamed && Int(UInt16(bigEndian: address.sin_port)) == port
    }

    @Test func whatOneMachinePutsAnotherGets() async throws {
        let (gateway, port) = try await house.open()
        for count in [0, 1, 70_000, 5_000_000] {
            let data = house.bytes(count, seed: UInt64(count) + 7)
            let first = try house.depot(house.remote(house.door(port), peer: "w-1"))
            let (digest, size) = try await first.put(data)
            #expect(size == Int64(count) && house.store.holds(digest, sizeBytes: size))
            let second = try house.depot(house.remote(house.door(port), peer: "w-2"))
            #expect(try Data(contentsOf: await second.take(digest)) == data)
            #expect(try await second.holds(digest, sizeBytes: size))
        }
        let parts = try FileManager.default.contentsOfDirectory(atPath: house.store.root.path + "/tmp")
        #expect(parts.isEmpty)
        await gateway.stop()
    }

    @Test func anUploadGoesOnWhereItWasCut() async throws {
        let (gateway, port) = try await house.open()
        let data = house.bytes(5_000_000)
        let digest = Digest(of: data)
        let file = house.folder.url.appendingPathComponent("clip")
        try data.write(to: file)
        // Two of five million bytes come, then the connection ends.
        var request = Request("PUT", "https://127.0.0.1:\(port)/blobs/\(digest.hex)?from=0&size=5000000")
        let door = house.door(port)
        request.pin = door.pin
        request.headers = [("authorization", "Bearer \(door.ticket)"), ("x-snowflake-peer", "w-1")]
        request.body = .part(file, from: 0, count: 2_000_000)
        #expect(try await house.client.send(request).status == 400)
        #expect(!house.store.holds(digest, sizeBytes: 5_000_000), "half a blob is none")
        let before = gateway.counts.received
        try await house.remote(door).put(file, as: digest, sizeBytes: 5_000_000) {}
        #expect(gateway.counts.received - before == 3_000_000, "only the rest was sent")
        #expect(try house.store.data(of: digest) == data)
        await gateway.stop()
    }

    @Test func aDownloadGoesOnWhereItWasCut() async throws {
        let (gateway, port) = try await house.open()
        let data = house.bytes(4_000_000)
        let (digest, _) = try house.store.put(data)
        let part = house.folder.url.appendingPathComponent("part")
        try data.prefix(1_500_000).write(to: part)
        try await house.remote(house.door(port)).fetch(digest, into: part) {}
        #expect(try Data(contentsOf: part) == data)
        #expect(gateway.counts.sent == 2_500_000)
        await gateway.stop()
    }

    @Test func whatComesSpoiltIsNeverKept() async throws {
        let (gateway, port) = try await house.open()
        let file = house.folder.url.appendingPathComponent("liar")
        try Data("other bytes".utf8).write(to: file)
        let promised = Digest(of: Data("these bytes".utf8))
        await #expect(throws: ObjectError.self) {
            try await house.remote(house.door(port), tries: 1).put(file, as: promised, sizeBytes: 11) {}
        }
        #expect(house.store.stamp(of: promised) == nil)
        await gateway.stop()
    }

    @Test func aBlobThatRottedInTheStoreIsSetAside() async throws {
        let (gateway, port) = try await house.open()
        let (digest, size) = try house.store.put(house.bytes(100_000))
        let path = house.store.location(of: digest).path
        #expect(chmod(path, 0o644) == 0)
        let handle = try #require(FileHandle(forWritingAtPath: path))
        try handle.write(contentsOf: Data([1, 2, 3]))
        try handle.close()
        let depot = try house.depot(house.remote(house.door(port)))
        await #expect(throws: ObjectError.corrupt(digest, path: "snow://127.0.0.1:\(port)")) {
            _ = try await depot.take(digest)
        }
        #expect(!house.store.holds(digest, sizeBytes: size), "it is made again")
        #expect(depot.folder.stamp(of: digest) == nil)
        await #expect(throws: ObjectError.missing(digest)) { _ = try await depot.take(digest) }
        await gateway.stop()
    }

    @Test func keysAreChecked() async throws {
        let (gateway, port) = try await house.open()
        let (digest, size) = try house.store.put(Data("film".utf8))
        let door = house.door(port)
        func look(_ door: StoreDoor) async throws(ObjectError) -> Int64? {
            let remote: SnowStore
            do { remote = try house.remote(door, tries: 1) } catch { throw .badURL("\(error)") }
            return try await remote.size(of: digest)
        }
        #expect(try await look(door) == size)
        let wrong = [
            StoreDoor(url: door.url, pin: ServerIdentity().pin, ticket: door.ticket),  // another server's key
            StoreDoor(url: door.url, pin: door.pin, ticket: String(door.ticket.dropLast())),  // cut off
            StoreDoor(url: door.url, pin: door.pin, ticket: "t-worker." + String(repeating: "0", count: 64)),
            StoreDoor(url: door.url, pin: door.pin, ticket: ""),
            StoreDoor(
                url: door.url, pin: door.pin,
                ticket: Tickets(secret: "another cluster", enrolment: house.enrolment) { Instant(milliseconds: 0) }
                    .ticket(for: TokenID("t-worker"))),
        ]
        for door in wrong { await #expect(throws: ObjectError.self) { _ = try await look(door) } }
        house.enrolment.revoke(TokenID("t-worker"))
        await #expect(throws: ObjectError.self, "at once") { _ = try await look(door) }
        await gateway.stop()
    }

    @Test func aPersonsTicketEndsWithItsToken() {
        for (end, isGood) in [(1_001, true), (1_000, false)] as [(Int64, Bool)] {
            house.enrolment.enrol(
                publicKey: "p", .init(token: TokenID("t-p"), role: .operator, expiresAt: Instant(milliseconds: end)))
            let holder = house.tickets.holder(of: house.tickets.ticket(for: TokenID("t-p")))
            #expect((holder != nil) == isGood)
        }
    }

    @Test func aViewerChangesNothing() async throws {
        let (gateway, port) = try await house.open()
        let file = house.folder.url.appendingPathComponent("file")
        try Data("film".utf8).write(to: file)
        let digest = Digest(of: Data("film".utf8))
        let viewer = try house.remote(house.door(port, as: "t-viewer"), tries: 1)
        await #expect(throws: ObjectError.self) { try await viewer.put(file, as: digest, sizeBytes: 4) {} }
        await #expect(throws: ObjectError.self) { try await viewer.keep(["a": .init(1)], for: digest) }
        let worker = try house.remote(house.door(port), tries: 1)
        await #expect(throws: ObjectError.self, "a worker's word is checked, not filed") {
            try await worker.keep(["a": .init(1)], for: digest)
        }
        let person = try house.remote(house.door(port, as: "t-operator"), tries: 1)
        try await person.keep(["a": .init(1)], for: digest)
        #expect(try await viewer.receipt(for: digest) == ["a": .init(1)])
        #expect(try await viewer.receiptKeys() == [digest])
        await gateway.stop()
    }

    @Test func aStoreThatCannotBeWrittenSaysSo() async throws {
        let (gateway, port) = try await house.open()
        let file = house.folder.url.appendingPathComponent("film")
        try Data("film".utf8).write(to: file)
        // What a read-only file system answers root as well: there is no folder to write into.
        let parts = URL(fileURLWithPath: house.store.partFile("x").deletingLastPathComponent().path)
        try FileManager.default.removeItem(at: parts)
        try Data().write(to: parts)
        let remote = try house.remote(house.door(port), tries: 2)
        let error = await #expect(throws: ObjectError.self) {
            try await remote.put(file, as: Digest(of: Data("film".utf8)), sizeBytes: 4) {}
        }
        #expect("\(error.map { "\($0)" } ?? "")".contains("the coordinator's store cannot be written: Not a directory"))
        try FileManager.default.removeItem(at: parts)
        try FileManager.default.createDirectory(at: parts, withIntermediateDirectories: true)
        try await remote.put(file, as: Digest(of: Data("film".utf8)), sizeBytes: 4) {}
        #expect(try await remote.size(of: Digest(of: Data("film".utf8))) == 4, "mended, it goes on")
        await gateway.stop()
    }

    @Test func aStoreThatGoesAwayIsWaitedFor() async throws {
        let (gateway, port) = try await house.open()
        let (digest, _) = try house.store.put(house.bytes(10_000))
        let depot = try house.depot(house.remote(house.door(port), tries: 1))
        await gateway.stop()
        let (told, tell) = AsyncStream<Void>.makeStream()
        let fetch = Task { try await depot.take(digest) { tell.yield() } }
        for await _ in told { break }  // It has failed once, and says that it waits.
        let again = try await house.open(port: port)
        #expect(try Data(contentsOf: await fetch.value).count == 10_000)
        await again.gateway.stop()
    }

    @Test func healthIsForEverybodyAndMetricsAreNot() async throws {
        let gateway = Gateway(
            objects: house.store, tickets: house.tickets, pages: GatewayPages(metrics: { "snowflake_up 1\n" }))
        let port = try await gateway.start(host: "127.0.0.1", port: 0, identity: house.identity)
        func get(_ path: String, _ ticket: String = "") async throws -> (Int, String) {
            var request = Request("GET", "https://127.0.0.1:\(port)\(path)")
            request.pin = house.identity.pin
            request.headers = [("authorization", "Bearer \(ticket)")]
            let response = try await house.client.send(request)
            return (response.status, String(decoding: response.body, as: UTF8.self))
        }
        #expect(try await get("/healthz") == (200, "ok\n"))
        #expect(try await get("/readyz") == (200, "ready\n"))
        #expect(try await get("/metrics").0 == 401)
        let page = try await get("/metrics", house.tickets.ticket(for: TokenID("t-viewer")))
        #expect(page.0 == 200 && page.1.hasPrefix("snowflake_up 1\n"))
        #expect(page.1.contains("snowflake_store_sent_bytes_total 0\n"))
        #expect(try await get("/blobs/nonsense", house.door(port).ticket).0 == 404)
        await gateway.stop()
    }

    @Test func aTakenPortIsSaid() async throws {
        let (gateway, port) = try await house.open()
        await #expect(throws: GatewayError.self) { try await house.open(port: port) }
        await gateway.stop()
    }
}
