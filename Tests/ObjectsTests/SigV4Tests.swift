import Foundation
import Objects
import Testing

/// The published vectors, and our own for path style.
@Suite("S3 signatures")
struct SigV4Tests {
    let signer = SigV4(
        keyID: "AKIAIOSFODNN7EXAMPLE", secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", region: "us-east-1")
    let published = Date(timeIntervalSince1970: 1_369_353_600)
    let own = Date(timeIntervalSince1970: 1_767_225_600)

    private func signature(_ call: SigV4.Call, _ now: Date) -> String {
        signer.headers(for: call, at: now).first { $0.name == "Authorization" }?.value.split(separator: "=").last
            .map(String.init) ?? ""
    }

    private func amazon(
        _ method: String, _ path: String, _ query: [(name: String, value: String)] = [],
        _ headers: [(name: String, value: String)] = [], _ hash: String = SigV4.emptyHash
    ) -> SigV4.Call {
        SigV4.Call(
            method, host: "examplebucket.s3.amazonaws.com", path: path, query: query, headers: headers,
            payloadHash: hash)
    }

    @Test func publishedVectors() {
        #expect(
            signature(amazon("GET", "/test.txt", [], [("range", "bytes=0-9")]), published)
                == "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")
        #expect(
            SigV4.hash(Data("Welcome to Amazon S3.".utf8))
                == "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072")
        #expect(
            signature(
                amazon(
                    "PUT", "/test$file.text", [],
                    [("date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY")],
                    "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"), published)
                == "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd")
        #expect(
            signature(amazon("GET", "/", [("lifecycle", "")]), published)
                == "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543")
        #expect(
            signature(amazon("GET", "/", [("max-keys", "2"), ("prefix", "J")]), published)
                == "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7")
        let url = signer.presigned(amazon("GET", "/test.txt"), seconds: 86_400, at: published)
        #expect(url.hasSuffix("&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"))
    }

    private func local(
        _ method: String, _ path: String, _ query: [(name: String, value: String)] = [],
        _ headers: [(name: String, value: String)] = [], _ hash: String = SigV4.emptyHash
    ) -> SigV4.Call {
        SigV4.Call(method, host: "127.0.0.1:9000", path: path, query: query, headers: headers, payloadHash: hash)
    }

    @Test func pathStyleVectors() {
        let key = "/film/shots/s01/frame +1 é.png"
        #expect(
            signature(
                local(
                    "PUT", key, [], [("content-type", "image/png"), ("x-amz-meta-a1", "2"), ("x-amz-meta-a", "1")],
                    SigV4.unsigned), own) == "71ce0bb49f7f78ab5c0541415a8ce53dc19b3f35aff088210b9b19034f45cb88")
        #expect(
            signature(local("POST", "/film/video.mp4", [("uploads", "")]), own)
                == "4741d2d9accd07869ddd0e848a28a7c994611001e22353d6111bda83c46559dd")
        #expect(
            signature(
                local(
                    "GET", "/film",
                    [
                        ("list-type", "2"), ("prefix", "shots/s 01/"), ("delimiter", "/"),
                        ("continuation-token", "a+b/c=="),
                    ]), own) == "d14a875905e9c709a32abaa1f23d44e2fa9e81a73565e5bc71d8429e867e0880")
        let url = signer.presigned(local("GET", key), scheme: "http", seconds: 3_600, at: own)
        #expect(url.hasPrefix("http://127.0.0.1:9000/film/shots/s01/frame%20%2B1%20%C3%A9.png?X-Amz-Algorithm="))
        #expect(url.hasSuffix("&X-Amz-Signature=9c498ffdf7d7a6f6414e0d592157d2eb09adc8c490e43f9932f22d6b145202f0"))
    }

    @Test(arguments: [
        (0.0, "19700101T000000Z"), (951_782_400, "20000229T000000Z"), (1_735_689_599, "20241231T235959Z"),
        (4_107_542_399, "21000228T235959Z"),
    ])
    func datesAreRight(seconds: Double, text: String) {
        let value = signer.headers(for: local("GET", "/"), at: Date(timeIntervalSince1970: seconds))
            .first { $0.name == "x-amz-date" }?.value
        #expect(value == text)
    }

    @Test func keysAreNotShown() { #expect("\(signer)" == "credentials •••") }
}
