internal import Crypto
internal import Foundation
internal import NIOSSL
internal import SwiftASN1
internal import X509

/// The key of the coordinator's HTTPS server and a certificate nobody but us vouches for. Clients know the key by its pin,
/// which they were told over the authenticated line.
package struct ServerIdentity: Sendable {
    private let key: P256.Signing.PrivateKey

    /// A fresh key.
    package init() { key = P256.Signing.PrivateKey() }

    /// A saved key; `nil` when it is not one.
    package init?(pem: String) {
        guard let key = try? P256.Signing.PrivateKey(pemRepresentation: pem) else { return nil }
        self.key = key
    }

    /// To be saved where nobody else reads.
    package var pem: String { key.pemRepresentation }

    /// `sha256//…=` of the public key, as curl takes it.
    package var pin: String {
        "sha256//" + Data(SHA256.hash(data: key.publicKey.derRepresentation)).base64EncodedString()
    }

    /// What a TLS server needs.
    func configuration() throws -> TLSConfiguration {
        let name = try DistinguishedName { CommonName("snowflake coordinator") }
        // A pin does not age: clocks that are off by a day must not keep anybody out.
        let certificate = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: .init(key.publicKey),
            notValidBefore: Date(timeIntervalSince1970: 1_700_000_000),
            notValidAfter: Date(timeIntervalSince1970: 4_000_000_000), issuer: name, subject: name,
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                SubjectAlternativeNames([.dnsName("localhost")])
            }, issuerPrivateKey: .init(key))
        var serializer = DER.Serializer()
        try serializer.serialize(certificate)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: [.certificate(try NIOSSLCertificate(bytes: serializer.serializedBytes, format: .der))],
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(key.pemRepresentation.utf8), format: .pem)))
        configuration.minimumTLSVersion = .tlsv12
        return configuration
    }
}
