import Foundation
import HTTP
import Providers
import TestKit
import Testing

@Suite("Keys of services")
struct KeyTests {
    private func accounts(_ settings: [String: String], _ backend: String) throws -> [String] {
        let service = try #require(Services.all.first { $0.backend == backend })
        return Services.credentials(of: service, settings).map { "\($0.account) \($0.origin) \($0.base)" }
    }

    @Test func namesOfTheServicesOwnToolsCount() throws {
        #expect(
            try accounts(["RUNWAYML_API_SECRET": "a"], "runway") == [
                " RUNWAYML_API_SECRET https://api.dev.runwayml.com"
            ])
        #expect(
            try accounts(["RUNWAYML_API_SECRET": "a", "SNOWFLAKE_RUNWAY_KEY": "b"], "runway").map {
                String($0.prefix(21))
            }
                == [" SNOWFLAKE_RUNWAY_KEY"], "ours goes first")
        #expect(
            try accounts(
                ["SNOWFLAKE_DREAM_MACHINE_KEY_STUDIO_B": "b", "SNOWFLAKE_DREAM_MACHINE_URL": "http://127.0.0.1:9/v1/"],
                "dream-machine")
                == ["studio-b SNOWFLAKE_DREAM_MACHINE_KEY_STUDIO_B http://127.0.0.1:9/v1"])
        #expect(try accounts(["SNOWFLAKE_RUNWAY_KEY": ""], "runway").isEmpty)
        #expect(
            try accounts(["SNOWFLAKE_METERED_KEY": "a"], "metered").isEmpty, "it is nowhere unless somebody says where")
    }

    @Test func aFileOthersReadIsNotUsed() throws {
        let folder = TemporaryFolder()
        let file = folder.url.appendingPathComponent("keys")
        try Data("# mine\nFAL_KEY = \"a:b\"\n\nRUNWAYML_API_SECRET=key_1\n".utf8).write(to: file)
        chmod(file.path, 0o644)
        var (settings, fault) = KeyFile.settings(["FAL_KEY": "from outside"], file: file)
        #expect(settings["RUNWAYML_API_SECRET"] == nil && fault?.contains("chmod 600") == true)
        chmod(file.path, 0o600)
        (settings, fault) = KeyFile.settings(["FAL_KEY": "from outside"], file: file)
        #expect(settings == ["FAL_KEY": "from outside", "RUNWAYML_API_SECRET": "key_1"] && fault == nil)
        (settings, fault) = KeyFile.settings([:], file: file)
        #expect(settings["FAL_KEY"] == "a:b")
        try Data("key_secret_alone\n".utf8).write(to: file)
        (settings, fault) = KeyFile.settings([:], file: file)
        #expect(settings.isEmpty && fault?.contains("line 1") == true && fault?.contains("secret") == false)
    }

    @Test(arguments: [
        ("8.8.8.8", true), ("2606:4700::1111", true), ("127.0.0.1", false), ("10.1.2.3", false), ("172.31.0.1", false),
        ("172.32.0.1", true), ("192.168.1.1", false), ("169.254.169.254", false), ("100.64.0.1", false),
        ("0.0.0.0", false),
        ("224.0.0.1", false), ("255.255.255.255", false), ("198.18.0.1", false), ("::1", false), ("::", false),
        ("fe80::1", false),
        ("fd00::1", false), ("::ffff:10.0.0.1", false), ("::ffff:8.8.8.8", true), ("64:ff9b::a00:1", false),
        ("2001:db8::1", false), ("2002:a00:1::", false), ("ff02::1", false), ("localhost", false), ("", false),
    ])
    func addressesOfTheOpenInternet(text: String, isPublic: Bool) {
        #expect(PublicAddress.holds(text) == isPublic)
    }

    /// A result's address may lead anywhere; it is connected to only where that is the open internet.
    @Test func nothingIsFetchedFromThisMachine() async throws {
        var request = Request("GET", "http://127.0.0.1:\(try listening())/x")
        request.allowsPlainHTTP = true
        request.isPublicOnly = true
        let error = await #expect(throws: HTTPError.self) { try await HTTPClient().send(request) }
        guard case .notSent = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    /// A port that takes connections and says nothing.
    private func listening() throws -> UInt16 {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, size) == 0 && listen(listener, 8) == 0 && getsockname(listener, $0, &size) == 0
            }
        }
        #expect(isBound)
        return UInt16(bigEndian: address.sin_port)
    }
}
