import Foundation

/// The same service behind the wire of Kling: what its clients send and read, with the same bills and the same script.
struct Kling {
    let connection: Connection
    static let path = "/kling/v1/videos/image2video"

    private func answer(_ status: Int, _ code: Int, _ message: String, _ task: [String: Any]? = nil) {
        var body: [String: Any] = ["code": code, "message": message, "request_id": "r"]
        body["data"] = task
        connection.answer(status, body)
    }

    func submit(_ call: Connection.Call) {
        guard let wish = try? JSONSerialization.jsonObject(with: call.body) as? [String: Any],
            let reference = wish["external_task_id"] as? String, let text = wish["duration"] as? String,
            let seconds = Int(text), (3...15).contains(seconds), wish["model_name"] as? String == "kling-v3",
            let image = (wish["image"] as? String).flatMap({ Data(base64Encoded: $0) }), image.count > 100
        else { return answer(400, 1_201, "parameter invalid") }
        let fault = connection.service.next("submit")
        switch fault {
        case "reset_before": return connection.reset()
        case "429": return answer(429, 1_303, "parallel task over resource pack limit")
        case "refuse": return answer(400, 1_301, "the prompt is not allowed")
        default: break
        }
        // What it is asked to begin with is part of what it makes: a chain shows by its bills.
        let (operation, _) = connection.service.accept(
            reference,
            [
                "milliseconds": seconds * 1_000, "model": "kling-v3",
                "prompt": "\(wish["prompt"] ?? "") from \(image.count) bytes",
            ], account: call.account, fate: fault == "moderate" ? "moderated" : "succeeded")
        switch fault {
        case "drop_answer": return
        case "reset_after": return connection.reset()
        default: answer(200, 0, "SUCCEED", ["task_id": operation.id, "task_status": "submitted"])
        }
    }

    /// By its own name or by ours.
    func query(_ name: String, _ call: Connection.Call) {
        guard let operation = connection.service.operation(name) ?? connection.service.find(name),
            operation.account == call.account
        else { return answer(404, 1_203, "resource not found") }
        var task: [String: Any] = [
            "task_id": operation.id, "task_info": ["external_task_id": operation.reference],
            "task_status": "processing",
        ]
        if Date() >= operation.readyAt {
            task["task_status"] = operation.fate == "succeeded" ? "succeed" : "failed"
            task["task_status_msg"] = operation.fate == "succeeded" ? "" : "Failure to pass the risk control system"
            let host = call.headers["host"] ?? ""
            task["task_result"] = ["videos": [["url": "http://\(host)/kling/outputs/\(operation.id).mp4"]]]
        }
        answer(200, 0, "SUCCEED", task)
    }
}
