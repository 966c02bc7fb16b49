import Coordinator
import Foundation
import Objects
import Protocol
import Scheduling
import Store
import SwiftProtobuf
import TestKit
import Testing
import Transport
import Worker

/// A coordinator and workers in one process, over real sockets or in memory, with real tables and a real store.
final class MiniCluster: Sendable {
    let folder = TemporaryFolder()
    let enrolment = Enrolment()
    let serverKeys = KeyPair.make()
    let operatorKeys = KeyPair.make()
    let workerKeys = KeyPair.make()

    init() {
        enrolment.enrol(publicKey: operatorKeys.publicKey, .init(token: TokenID("t-op"), role: .operator))
        enrolment.enrol(publicKey: workerKeys.publicKey, .init(token: TokenID("t-w"), role: .worker))
    }

    func objects() throws -> FolderStore { try FolderStore(root: folder.url.appendingPathComponent("store")) }

    func coordinator(policy: Policy = MiniCluster.quick, keepsSpans: Bool = false, feed: FeedLimits = FeedLimits())
        throws -> Coordinator
    {
        let state = folder.url.appendingPathComponent("state")
        try FileManager.default.createDirectory(at: state, withIntermediateDirectories: true)
        var settings = Coordinator.Settings()
        settings.policy = policy
        settings.feed = feed
        return try Coordinator(
            settings: settings, store: ClusterStore(folder: state), objects: Depot(objects()), enrolment: enrolment,
            serverKeys: serverKeys, clusterID: "test", spans: keepsSpans ? SpanStore(folder: state) : nil,
            logs: keepsSpans ? LogStore(folder: state) : nil,
            planner: { call, _ throws(PlanRefusal) in try SyntheticPlanner.plan(call.synthetic, name: call.name) })
    }

    /// Beats every 100 ms, so that what hangs on them shows soon.
    static var quick: Policy {
        var policy = Policy()
        policy.beatEvery = .milliseconds(100)
        return policy
    }

    func worker(
        _ name: String, link: any PeerLink, instance: InstanceID, address: String = "", slots: Int = 2,
        makers: [any Maker] = [SyntheticMaker()], orphanAfter: Duration? = nil, lines: LogLines? = nil
    ) throws -> Worker {
        let home = folder.url.appendingPathComponent(name)
        try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
        let outbox = try OutboxStore(folder: home)
        var settings = Worker.Settings(
            name: name, slots: [.media: slots], folder: home, address: address, productVersion: "test")
        settings.orphanAfter = orphanAfter
        settings.lines = lines
        return try Worker(
            settings: settings,
            id: try outbox.workerID { WorkerID("w-\(name)") }, instance: instance, outbox: outbox, link: link,
            makers: makers)
    }

    func token(_ address: String, _ keys: KeyPair) -> JoinToken {
        JoinToken(address: address, serverKey: serverKeys.publicKey, clientSecret: keys.secretKey)
    }
}

/// A client that asks one question at a time.
actor Asker {
    private let link: any PeerLink
    private var news: AsyncStream<PeerNews>.Iterator
    private var number: UInt64 = 0

    init(_ link: any PeerLink) {
        self.link = link
        news = link.news.makeAsyncIterator()
    }

    func ask(_ fill: (inout RequestBody) -> Void) async -> ResponseBody? {
        number += 1
        var body = RequestBody()
        body.requestID = number
        fill(&body)
        await link.send(.request(body))
        while let item = await next() {
            if case .message(.response(let response)) = item, response.requestID == number { return response }
            if case .message(.refusal(let reason, _)) = item {
                return .with { $0.error = .with { $0.message = reason } }
            }
        }
        return nil
    }

    private func next() async -> PeerNews? {
        var iterator = news
        let item = await iterator.next(isolation: #isolation)
        news = iterator
        return item
    }

    /// Asks until the job has the state.
    func wait(for job: String, state: String) async -> JobStatus? {
        while true {
            let response = await ask { $0.status = .with { $0.job = job } }
            guard let status = response?.status.jobs.first else { return nil }
            if status.state == state { return status }
            await Task.yield()
        }
    }
}
