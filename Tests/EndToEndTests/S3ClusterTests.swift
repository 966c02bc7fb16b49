import Foundation
import HTTP
import Media
import Objects
import TestKit
import Testing

/// A whole cluster whose results lie in a real S3 service: Ceph's gateway.
@Suite("A cluster on S3", .timeLimit(.minutes(8)))
struct S3ClusterTests {
    @Test func theFilmIsTheSame() async throws {
        let ceph = try CephProcess(script: House.root.appendingPathComponent("ops/rgw.py"))
        let address = "s3://films/farm?endpoint=\(ceph.endpoint)"
        try await S3Store(url: address, environment: ceph.environment, client: HTTPClient()).makeBucket()
        let house = House()
        let project = try house.project("film", shots: House.few)
        func render() async throws -> Ended {
            let words =
                ceph.environment.map { "\($0.key)=\($0.value)" } + ["XDG_CACHE_HOME=\(house.folder.url.path)/cache"]
                + [
                    House.snowflake, "render", project.path, "--profile", "test", "--json", "--state", house.state,
                    "--store", address, "--workers", "1",
                ]
            let output = try await Tool(name: "env", path: "/usr/bin/env").runAny(words, in: house.folder.url)
            #expect(output.isSuccess, "\(output.standardError)")
            return try Ended(output)
        }
        let ended = try await render()
        #expect(ended.missing.isEmpty && ended.tasksRun > 20)
        let alone = House()
        let expected = try Ended(
            try await alone.render(try alone.project("film", shots: House.few), ["--json"]))
        #expect(
            try await house.streams(URL(fileURLWithPath: ended.film))
                == alone.streams(URL(fileURLWithPath: expected.film)))
        // Tables and caches are gone: receipts and blobs in the bucket are enough.
        try FileManager.default.removeItem(atPath: house.state)
        try? FileManager.default.removeItem(atPath: house.folder.url.path + "/cache")
        #expect(try await render().tasksRun == 0)
        // Without the keys nothing is begun, and they are named.
        let refused = try await house.run([
            "coordinator", "--state", house.folder.url.path + "/other", "--store", address,
        ])
        #expect(refused.standardError.contains("AWS_ACCESS_KEY_ID"))
    }
}
