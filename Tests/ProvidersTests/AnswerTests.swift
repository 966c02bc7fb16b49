import Foundation
import HTTP
import Protocol
import Providers
import Testing

/// Every row of every error table, and what services do that no table says: the class it becomes here.
@Suite("Answers of services")
struct AnswerTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let backend: String
        let status: Int
        let body: String
        /// How the class begins: `scarce`, `moderated("…`.
        let meaning: String
        var headers: [String: String] = [:]
        var stage = ""
        var handle = "id-1"

        var testDescription: String { "\(backend) \(status) \(body.prefix(60)) → \(meaning)" }

        init(
            _ backend: String, _ status: Int, _ body: String, _ meaning: String, headers: [String: String] = [:],
            stage: String = "", handle: String = "id-1"
        ) {
            self.backend = backend
            self.status = status
            self.body = body
            self.meaning = meaning
            self.headers = headers
            self.stage = stage
            self.handle = handle
        }

        var response: Response {
            Response(status: status, headers: headers, body: Data(body.utf8), byteCount: Int64(body.utf8.count))
        }
    }

    static func google(_ code: Int, _ status: String, _ words: String, _ details: String = "[]") -> String {
        "{\"error\":{\"code\":\(code),\"message\":\"\(words)\",\"status\":\"\(status)\",\"details\":\(details)}}"
    }

    static func kling(_ code: Int) -> String { "{\"code\":\(code),\"message\":\"m\",\"request_id\":\"r\"}" }
    static func minimax(_ code: Int) -> String {
        "{\"task_id\":\"\",\"base_resp\":{\"status_code\":\(code),\"status_msg\":\"m\"}}"
    }
    static func ark(_ code: String) -> String {
        "{\"error\":{\"code\":\"\(code)\",\"message\":\"m\",\"param\":\"\",\"type\":\"BadRequest\"}}"
    }
    static func wan(_ code: String) -> String { "{\"code\":\"\(code)\",\"message\":\"m\",\"request_id\":\"r\"}" }

    static let submissions: [Row] = [
        Row("veo", 200, "{\"name\":\"projects/p/operations/1\"}", "accepted(\"projects/p/operations/1\")"),
        Row("veo", 400, google(400, "INVALID_ARGUMENT", "durationSeconds"), "refused"),
        Row("veo", 400, google(400, "INVALID_ARGUMENT", "blocked by our safety filters"), "moderated"),
        Row("veo", 401, google(401, "UNAUTHENTICATED", "m"), "denied"),
        Row("veo", 402, google(402, "RESOURCE_EXHAUSTED", "m"), "scarce"),
        Row("veo", 403, google(403, "PERMISSION_DENIED", "m"), "denied"),
        Row("veo", 404, google(404, "NOT_FOUND", "m"), "refused"),
        Row(
            "veo", 429,
            google(
                429, "RESOURCE_EXHAUSTED", "m",
                "[{\"@type\":\"type.googleapis.com/google.rpc.RetryInfo\",\"retryDelay\":\"17s\"}]"),
            "scarce(\"m (429)\", retryAfter: Optional(17 s"),
        Row("veo", 500, google(500, "INTERNAL", "m"), "unknown"),
        Row("veo", 503, google(503, "UNAVAILABLE", "m"), "unknown"),
        Row("veo", 504, google(504, "DEADLINE_EXCEEDED", "m"), "unknown"),
        Row("omni", 200, "{\"id\":\"int_1\",\"status\":\"queued\"}", "accepted(\"int_1\")"),
        Row("omni", 429, google(429, "RESOURCE_EXHAUSTED", "m"), "scarce"),
        Row("runway", 200, "{\"id\":\"17f2\",\"estimatedCost\":{\"credits\":25}}", "accepted(\"17f2\")"),
        Row("runway", 400, "{\"error\":\"Validation failed\",\"issues\":[]}", "refused"),
        Row("runway", 400, "{\"error\":\"You do not have enough credits to run this task.\"}", "scarce"),
        Row("runway", 401, "{\"error\":\"m\"}", "denied"), Row("runway", 404, "{\"error\":\"m\"}", "refused"),
        Row("runway", 405, "{\"error\":\"m\"}", "refused"), Row("runway", 429, "{\"error\":\"m\"}", "scarce"),
        Row("runway", 502, "<html>", "unknown"), Row("runway", 503, "", "unknown"), Row("runway", 504, "", "unknown"),
        Row(
            "pika", 200,
            "{\"status\":\"IN_QUEUE\",\"request_id\":\"764c\",\"response_url\":\"https://queue.fal.run/fal-ai/pika/requests/764c\"}",
            "accepted(\"/fal-ai/pika/requests/764c\")"),
        Row("pika", 200, "{\"status\":\"IN_QUEUE\",\"request_id\":\"764c\"}", "unknown"),
        Row("pika", 401, "{\"detail\":\"m\"}", "denied"), Row("pika", 402, "{\"detail\":\"m\"}", "scarce"),
        Row("pika", 403, "{\"detail\":\"Exhausted balance\"}", "scarce"),
        Row("pika", 404, "{\"detail\":\"m\"}", "refused"),
        Row(
            "pika", 422, "{\"detail\":[{\"loc\":[],\"msg\":\"m\",\"type\":\"content_policy_violation\"}]}", "moderated"),
        Row(
            "pika", 422, "{\"detail\":[{\"loc\":[],\"msg\":\"Could not download\",\"type\":\"file_download_error\"}]}",
            "refused(\"Could not download (422)\")"),
        Row("pika", 429, "{\"detail\":\"m\"}", "scarce"),
        Row("pika", 503, "{\"detail\":\"m\",\"error_type\":\"runner_scheduling_failure\"}", "scarce"),
        Row("pika", 500, "{\"detail\":\"m\"}", "unknown"), Row("pika", 504, "{\"detail\":\"m\"}", "unknown"),
        Row(
            "kling", 200,
            "{\"code\":0,\"message\":\"SUCCEED\",\"data\":{\"task_id\":\"83\",\"task_status\":\"submitted\"}}",
            "accepted(\"83\")"),
        Row("kling", 401, kling(1_000), "denied"), Row("kling", 401, kling(1_001), "denied"),
        Row("kling", 401, kling(1_002), "denied"),
        Row("kling", 401, kling(1_003), "denied"), Row("kling", 401, kling(1_004), "denied"),
        Row("kling", 429, kling(1_100), "denied"),
        Row("kling", 429, kling(1_101), "scarce(\"no money"), Row("kling", 429, kling(1_102), "scarce(\"no money"),
        Row("kling", 403, kling(1_103), "denied"), Row("kling", 400, kling(1_200), "refused"),
        Row("kling", 400, kling(1_201), "refused"),
        Row("kling", 404, kling(1_202), "refused"), Row("kling", 404, kling(1_203), "refused"),
        Row("kling", 400, kling(1_300), "moderated"),
        Row("kling", 400, kling(1_301), "moderated"), Row("kling", 429, kling(1_302), "scarce"),
        Row("kling", 429, kling(1_303), "scarce(\"more tasks at once"),
        Row("kling", 403, kling(1_304), "denied"), Row("kling", 500, kling(5_000), "unknown"),
        Row("kling", 503, kling(5_001), "scarce"),
        Row("kling", 504, kling(5_002), "unknown"),
        Row("luma", 201, "{\"id\":\"gen_1\",\"state\":\"queued\"}", "accepted(\"gen_1\")"),
        Row("luma", 400, "{\"detail\":\"m\"}", "refused"),
        Row("luma", 422, "{\"message\":\"prompt was moderated\",\"code\":\"x\"}", "moderated"),
        Row("luma", 401, "{}", "denied"), Row("luma", 402, "{}", "scarce"), Row("luma", 403, "{}", "denied"),
        Row("luma", 409, "{}", "unknown"),
        Row("luma", 429, "{}", "scarce(\"status 429\", retryAfter: Optional(9 s", headers: ["retry-after": "9"]),
        Row("luma", 500, "{}", "unknown"),
        Row("dream-machine", 201, "{\"id\":\"d8\",\"state\":\"queued\"}", "accepted(\"d8\")"),
        Row("dream-machine", 400, "{\"detail\":\"m\"}", "refused(\"m (400)\")"),
        Row(
            "minimax", 200, "{\"task_id\":\"106\",\"base_resp\":{\"status_code\":0,\"status_msg\":\"success\"}}",
            "accepted(\"1:106\")"),
        Row("minimax", 200, "{\"task\":{\"id\":\"7\",\"status\":\"queued\"}}", "accepted(\"2:7\")"),
        Row("minimax", 200, minimax(1_000), "unknown"), Row("minimax", 200, minimax(1_001), "unknown"),
        Row("minimax", 200, minimax(1_002), "scarce"),
        Row("minimax", 200, minimax(1_004), "denied"), Row("minimax", 200, minimax(2_049), "denied"),
        Row("minimax", 200, minimax(1_008), "scarce(\"no money"),
        Row("minimax", 200, minimax(1_026), "moderated"), Row("minimax", 200, minimax(1_027), "moderated"),
        Row("minimax", 200, minimax(2_013), "refused"),
        Row("minimax", 200, minimax(2_056), "scarce"),
        Row("seedance", 200, "{\"id\":\"cgt-1\"}", "accepted(\"cgt-1\")"),
        Row("seedance", 400, ark("InputImageSensitiveContentDetected.PrivacyInformation"), "moderated"),
        Row("seedance", 400, ark("InputTextSensitiveContentDetected"), "moderated"),
        Row("seedance", 429, ark("RateLimitExceeded.EndpointRPMExceeded"), "scarce"),
        Row("seedance", 429, ark("QuotaExceeded"), "scarce"), Row("seedance", 503, ark("ServerOverloaded"), "scarce"),
        Row("seedance", 403, ark("AccountOverdueError"), "scarce(\"no money"),
        Row("seedance", 401, ark("AuthenticationError"), "denied"),
        Row("seedance", 400, ark("InvalidParameter"), "refused"),
        Row("seedance", 500, ark("InternalServiceError"), "unknown"),
        Row(
            "wan", 200, "{\"output\":{\"task_id\":\"03\",\"task_status\":\"PENDING\"},\"request_id\":\"r\"}",
            "accepted(\"03\")"),
        Row("wan", 401, wan("InvalidApiKey"), "denied"), Row("wan", 400, wan("DataInspectionFailed"), "moderated"),
        Row("wan", 429, wan("Throttling.RateQuota"), "scarce"),
        Row("wan", 429, wan("Throttling.AllocationQuota"), "scarce"),
        Row("wan", 400, wan("Arrearage"), "scarce(\"no money"), Row("wan", 400, wan("InvalidParameter"), "refused"),
    ]

    static let states: [Row] = [
        Row("veo", 200, "{\"name\":\"n\"}", "running"),
        Row(
            "veo", 200,
            "{\"done\":true,\"response\":{\"raiMediaFilteredCount\":0,\"videos\":[{\"bytesBase64Encoded\":\"AAEC\",\"mimeType\":\"video/mp4\"}]}}",
            "succeeded(Providers.ServiceOutput.bytes(3 bytes)"),
        Row(
            "veo", 200,
            "{\"done\":true,\"response\":{\"raiMediaFilteredCount\":1,\"raiMediaFilteredReasons\":[\"Support codes: 15236754\"]}}",
            "moderated(\"Support codes"),
        Row("veo", 200, "{\"done\":true,\"error\":{\"code\":13,\"message\":\"internal\"}}", "failed(\"internal\""),
        Row("veo", 200, "{\"done\":true,\"response\":{\"videos\":[]}}", "failed"), Row("veo", 404, "{}", "lost"),
        Row("veo", 503, "{}", "busy"),
        Row("veo", 401, "{}", "busy"),
        Row("omni", 200, "{\"id\":\"i\",\"status\":\"in_progress\"}", "running"),
        Row(
            "omni", 200,
            "{\"id\":\"i\",\"status\":\"completed\",\"steps\":[{\"type\":\"thought\"},{\"type\":\"model_output\",\"content\":[{\"type\":\"video\",\"uri\":\"https://generativelanguage.googleapis.com/v1beta/files/f9\"}]}]}",
            "further(\"f9\")"),
        Row("omni", 200, "{\"status\":\"completed\",\"steps\":[]}", "moderated"),
        Row("omni", 200, "{\"status\":\"budget_exceeded\"}", "failed"),
        Row(
            "omni", 200, "{\"status\":\"failed\",\"errors\":[{\"message\":\"violates our policies\"}]}",
            "moderated(\"violates our policies\""),
        Row("omni", 200, "{\"state\":\"PROCESSING\"}", "running", stage: "f9"),
        Row(
            "omni", 200, "{\"state\":\"ACTIVE\"}",
            "succeeded(Providers.ServiceOutput.link(\"/v1beta/files/f9:download?alt=media\", isKeyed: true)",
            stage: "f9"),
        Row("runway", 200, "{\"status\":\"THROTTLED\"}", "running"),
        Row(
            "runway", 200,
            "{\"status\":\"SUCCEEDED\",\"output\":[\"https://x.cloudfront.net/a.mp4\"],\"cost\":{\"credits\":25}}",
            "succeeded(Providers.ServiceOutput.link(\"https://x.cloudfront.net/a.mp4\", isKeyed: false), cost: Optional(0.25"
        ),
        Row(
            "runway", 200,
            "{\"status\":\"FAILED\",\"failure\":\"f\",\"failureCode\":\"SAFETY.INPUT.TEXT\",\"cost\":{\"credits\":25}}",
            "moderated(\"f\", cost: Optional(0.25"),
        Row(
            "runway", 200, "{\"status\":\"FAILED\",\"failure\":\"f\",\"failureCode\":\"SAFETY.OUTPUT.X\"}", "moderated"),
        Row(
            "runway", 200,
            "{\"status\":\"FAILED\",\"failure\":\"f\",\"failureCode\":\"INTERNAL.BAD_OUTPUT.CODE01\",\"cost\":{\"credits\":0}}",
            "failed(\"f (INTERNAL.BAD_OUTPUT.CODE01)\", cost: Optional(0"),
        Row("runway", 200, "{\"status\":\"FAILED\",\"failure\":\"f\",\"failureCode\":\"ASSET.INVALID\"}", "failed"),
        Row("runway", 200, "{\"status\":\"CANCELLED\"}", "failed"),
        Row("runway", 404, "{}", "lost"), Row("runway", 502, "", "busy"),
        Row("pika", 202, "{\"status\":\"IN_QUEUE\",\"queue_position\":3}", "running"),
        Row("pika", 202, "{\"status\":\"IN_PROGRESS\"}", "running"),
        Row("pika", 200, "{\"status\":\"COMPLETED\",\"error\":\"x\"}", "further(\"result\")"),
        Row(
            "pika", 200, "{\"video\":{\"url\":\"https://v3.fal.media/o.mp4\"}}",
            "succeeded(Providers.ServiceOutput.link(\"https://v3.fal.media/o.mp4\"", stage: "result"),
        Row(
            "pika", 422, "{\"detail\":[{\"msg\":\"m\",\"type\":\"content_policy_violation\"}]}", "moderated",
            stage: "result"),
        Row(
            "pika", 504, "{\"detail\":\"m\",\"error_type\":\"request_timeout\"}",
            "failed(\"m (504) request_timeout\", cost: Optional(0", stage: "result"),
        Row("pika", 504, "", "busy", stage: "result"),
        Row("kling", 200, "{\"code\":0,\"data\":{\"task_status\":\"processing\"}}", "running"),
        Row(
            "kling", 200,
            "{\"code\":0,\"data\":{\"task_status\":\"succeed\",\"task_result\":{\"videos\":[{\"url\":\"https://k/x.mp4\"}]}}}",
            "succeeded"),
        Row(
            "kling", 200,
            "{\"code\":0,\"data\":{\"task_status\":\"failed\",\"task_status_msg\":\"Failure to pass the risk control system\"}}",
            "moderated"),
        Row("kling", 404, kling(1_203), "lost"), Row("kling", 429, kling(1_302), "busy"),
        Row("kling", 500, kling(5_000), "busy"),
        Row("luma", 200, "{\"state\":\"processing\"}", "running"),
        Row(
            "luma", 200, "{\"state\":\"completed\",\"output\":[{\"type\":\"video\",\"url\":\"https://l/x\"}]}",
            "succeeded"),
        Row("luma", 200, "{\"state\":\"failed\",\"failure_code\":\"content_moderated\"}", "moderated"),
        Row("luma", 200, "{\"state\":\"failed\",\"failure_code\":\"generation_failed\"}", "failed"),
        Row("luma", 200, "{\"state\":\"failed\",\"failure_code\":\"budget_exhausted\"}", "failed"),
        Row("luma", 404, "{}", "lost"),
        Row("dream-machine", 200, "{\"state\":\"dreaming\"}", "running"),
        Row("dream-machine", 200, "{\"state\":\"completed\",\"assets\":{\"video\":\"https://l/x.mp4\"}}", "succeeded"),
        Row("dream-machine", 200, "{\"state\":\"failed\",\"failure_reason\":\"400: prompt not allowed\"}", "moderated"),
        Row("minimax", 200, "{\"status\":\"Queueing\",\"base_resp\":{\"status_code\":0}}", "running", handle: "1:1"),
        Row(
            "minimax", 200, "{\"status\":\"Success\",\"file_id\":\"205\",\"base_resp\":{\"status_code\":0}}",
            "further(\"205\")", handle: "1:1"),
        Row(
            "minimax", 200,
            "{\"file\":{\"file_id\":205,\"download_url\":\"https://m/x.mp4\"},\"base_resp\":{\"status_code\":0}}",
            "succeeded", stage: "205", handle: "1:1"),
        Row(
            "minimax", 200, "{\"status\":\"Fail\",\"base_resp\":{\"status_code\":1027,\"status_msg\":\"m\"}}",
            "moderated", handle: "1:1"),
        Row(
            "minimax", 200, "{\"task\":{\"status\":\"succeeded\",\"content\":{\"url\":\"https://m/x\"}}}", "succeeded",
            handle: "2:1"),
        Row("minimax", 200, "{\"task\":{\"status\":\"expired\"}}", "failed", handle: "2:1"),
        Row("seedance", 200, "{\"status\":\"running\"}", "running"),
        Row("seedance", 200, "{\"status\":\"succeeded\",\"content\":{\"video_url\":\"https://s/x\"}}", "succeeded"),
        Row(
            "seedance", 200,
            "{\"status\":\"failed\",\"error\":{\"code\":\"OutputVideoSensitiveContentDetected\",\"message\":\"m\"}}",
            "moderated(\"m OutputVideoSensitiveContentDetected\", cost: Optional(0"),
        Row("seedance", 200, "{\"status\":\"expired\"}", "failed"),
        Row("wan", 200, "{\"output\":{\"task_status\":\"SUSPENDED\"}}", "running"),
        Row("wan", 200, "{\"output\":{\"task_status\":\"SUCCEEDED\",\"video_url\":\"https://w/x\"}}", "succeeded"),
        Row(
            "wan", 200, "{\"output\":{\"task_status\":\"FAILED\",\"code\":\"DataInspectionFailed\",\"message\":\"m\"}}",
            "moderated"),
        Row(
            "wan", 200, "{\"output\":{\"task_status\":\"FAILED\",\"code\":\"InternalError\",\"message\":\"m\"}}",
            "failed"), Row("wan", 200, "{\"output\":{\"task_status\":\"UNKNOWN\"}}", "lost"),
    ]

    private func service(_ row: Row) throws -> any Service {
        try #require(Services.all.first { $0.backend == row.backend })
    }

    @Test(arguments: submissions) func submission(row: Row) throws {
        let answer = "\(try service(row).read(submission: row.response))"
        #expect(answer.hasPrefix(row.meaning), "\(answer)")
    }

    @Test(arguments: states) func state(row: Row) throws {
        let answer = "\(try service(row).read(state: row.response, of: row.handle, stage: row.stage))"
        #expect(answer.hasPrefix(row.meaning), "\(answer)")
    }

    static let nonsense = [
        "", "null", "[]", "3", "\"x\"", "{", "<html><body>Bad Gateway</body></html>", "{\"id\":null}", "{\"id\":{}}",
        "{\"name\":7.5e300}",
        "{\"data\":[]}", "{\"output\":\"x\",\"status\":\"SUCCEEDED\"}", "{\"done\":true}",
        "{\"code\":\"0\",\"data\":\"x\"}", "\u{0}\u{1}",
        "{\"status\":[]}", String(repeating: "[", count: 10_000),
        "{\"base_resp\":{\"status_code\":99999999999999999999}}",
    ]

    /// Whatever comes: never accepted without a name, never finished without an output, and never a crash.
    @Test(arguments: Services.all.map(\.backend), nonsense) func nonsenseIsNoNews(backend: String, body: String) throws
    {
        let service = try #require(Services.all.first { $0.backend == backend })
        for status in [200, 201, 204, 302, 400, 404, 418, 500] {
            let response = Response(status: status, headers: [:], body: Data(body.utf8), byteCount: 0)
            if case .accepted(let name) = service.read(submission: response) {
                #expect(!name.isEmpty && status < 300 && name.count > 2)
            }
            for stage in ["", "f9"] {
                let state = service.read(state: response, of: "1:1", stage: stage)
                if case .succeeded(let output, _) = state { #expect(output != .bytes(Data())) }
            }
        }
    }

    @Test func klingIsAskedByOurName() throws {
        func found(_ status: Int, _ body: String) throws -> String? {
            try Kling().read(
                lookUp: Response(status: status, headers: [:], body: Data(body.utf8), byteCount: 0),
                of: RequestTests.wish(Kling()))
        }
        #expect(try found(200, "{\"code\":0,\"data\":{\"task_id\":\"83\",\"task_status\":\"submitted\"}}") == "83")
        #expect(try found(404, Self.kling(1_203)) == nil)
        #expect(throws: BadWish.self) { try found(500, Self.kling(5_000)) }
        #expect(throws: BadWish.self) { try found(200, "<html>") }
    }
}
