import Crypto
import CryptoExtras
import Foundation
import Testing

@testable import Providers

/// Keys that are made for a while.
@Suite("Keys that are made") struct MadeKeysTests {
    private static func decoded(_ part: Substring) throws -> [String: Any] {
        var text = String(part).replacing("-", with: "+").replacing("_", with: "/")
        while text.count % 4 != 0 { text += "=" }
        let data = try #require(Data(base64Encoded: text))
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    private static let key = Result { try _RSA.Signing.PrivateKey(keySize: .bits2048) }

    private static func file(_ key: _RSA.Signing.PrivateKey) throws -> Data {
        try JSONSerialization.data(withJSONObject: [
            "type": "service_account", "client_email": "film@example.iam.gserviceaccount.com", "private_key_id": "k1",
            "private_key": key.pemRepresentation, "project_id": "film-1", "token_uri": "https://evil.example/token",
        ])
    }

    @Test func klingsPairSignsForHalfAnHour() throws {
        let token = try MadeKey.signed(access: "AK", secret: "SK", at: 1_000_000)
        let parts = token.split(separator: ".")
        let claims = try Self.decoded(parts[1])
        #expect(try Self.decoded(parts[0]) as? [String: String] == ["alg": "HS256", "typ": "JWT"])
        #expect(claims["iss"] as? String == "AK")
        #expect(claims["exp"] as? Int == 1_001_800)
        #expect(claims["nbf"] as? Int == 999_995)
        let code = HMAC<SHA256>.authenticationCode(
            for: Data("\(parts[0]).\(parts[1])".utf8), using: SymmetricKey(data: Data("SK".utf8)))
        #expect(MadeKey.encoded(Data(code)) == parts[2])
    }

    @Test func aServiceAccountClaimsToBeItself() throws {
        let key = try Self.key.get()
        let account = try ServiceAccount(file: try Self.file(key))
        #expect("\(account)" == "service account •••")
        let parts = try account.assertion(at: 1_000_000).split(separator: ".")
        let claims = try Self.decoded(parts[1])
        #expect(try Self.decoded(parts[0])["kid"] as? String == "k1")
        #expect(claims["aud"] as? String == "https://oauth2.googleapis.com/token", "never the file's own address")
        #expect(claims["iss"] as? String == "film@example.iam.gserviceaccount.com")
        #expect(claims["exp"] as? Int == 1_003_600)
        var text = String(parts[2]).replacing("-", with: "+").replacing("_", with: "/")
        while text.count % 4 != 0 { text += "=" }
        let signature = _RSA.Signing.RSASignature(rawRepresentation: try #require(Data(base64Encoded: text)))
        let isValid = key.publicKey.isValidSignature(
            signature, for: Data("\(parts[0]).\(parts[1])".utf8), padding: .insecurePKCS1v1_5)
        #expect(isValid)
    }

    @Test(arguments: [
        "", "{}", "{\"type\": \"authorized_user\"}",
        "{\"type\": \"service_account\", \"client_email\": \"a\", \"private_key\": \"x\"}",
    ])
    func whatIsNoKeyFileIsSaid(text: String) {
        #expect(throws: ServiceAccount.Fault.self) { try ServiceAccount(file: Data(text.utf8)) }
    }

    @Test func keysAreFoundWhereNoOtherIs() throws {
        let account = try ServiceAccount(file: try Self.file(try Self.key.get()))
        let veo = Services.credentials(of: Veo(), [:], google: account)
        #expect(veo.map(\.origin) == ["GOOGLE_APPLICATION_CREDENTIALS"])
        #expect(veo.first?.options["project"] == "film-1")
        #expect(
            Services.credentials(of: Veo(), ["GOOGLE_ACCESS_TOKEN": "t"], google: account).map(\.origin) == [
                "GOOGLE_ACCESS_TOKEN"
            ])
        let pair = ["KLING_ACCESS_KEY": "a", "KLING_SECRET_KEY": "b"]
        #expect(Services.credentials(of: Kling(), pair).map(\.origin) == ["KLING_ACCESS_KEY"])
        #expect(
            Services.credentials(of: Kling(), pair.merging(["KLING_API_KEY": "c"]) { $1 }).map(\.origin) == [
                "KLING_API_KEY"
            ])
        #expect("\(KeySource.pair(access: "a", secret: "b"))" == "•••")
    }
}
