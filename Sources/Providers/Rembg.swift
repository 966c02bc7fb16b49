internal import Film
internal import Foundation
package import HTTP
package import Protocol

/// rembg's server on a machine of the user's own: cut-outs. The same picture gives the same cut-out, so a call may be made
/// again.
package struct Rembg: Service {
    package init() {}
    package var backend: String { "rembg" }
    package var kinds: [TaskKind] { [.cutout] }
    package var isEngine: Bool { true }
    package var usualBase: String { "" }

    package func submission(_ wish: Wish, _ credential: Credential) throws(BadWish) -> Request {
        let still = try picture(wish)
        var form = Multipart()
        form.file("file", fileName: still.fileName, type: still.mimeType, still.data)
        // Its usual model has changed once: it is always named, and may be sold with what it cuts out.
        form.field("model", wish.model.isEmpty ? "isnet-general-use" : wish.model)
        form.field("om", "false")
        var request = credential.request("POST", "/api/remove", [])
        request.set(form)
        // Its first picture waits for the model's weights.
        request.timeLimit = .seconds(600)
        request.stallLimit = .seconds(600)
        request.destination = .memory(limitBytes: 64 << 20)
        return request
    }

    package func read(submission response: Response) -> Submission {
        guard response.status == 200 else {
            return response.status == 422 || response.status == 400
                ? .refused(response.complaint) : .unknown(response.complaint)
        }
        guard response.body.starts(with: [0x89, 0x50, 0x4E, 0x47]) else { return .unknown("what came is no PNG") }
        return .finished(Finished(.bytes(response.body), cost: .zero))
    }

    package func greeting(_ credential: Credential) -> Request? { credential.request("GET", "/openapi.json", []) }
}
