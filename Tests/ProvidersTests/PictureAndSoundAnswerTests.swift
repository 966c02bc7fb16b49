import Foundation
import HTTP
import Protocol
import Providers
import Testing

/// Every row of the error tables of picture, speech and sound services, and of engines.
@Suite("Answers of pictures and sounds")
struct PictureAndSoundAnswerTests {
    typealias Row = AnswerTests.Row

    static let picture = Data("PNG".utf8).base64EncodedString()

    private static func openAI(_ code: String) -> String {
        "{\"error\":{\"message\":\"m\",\"type\":\"t\",\"param\":null,\"code\":\"\(code)\"}}"
    }
    private static func eleven(_ code: String) -> String {
        "{\"detail\":{\"code\":\"\(code)\",\"message\":\"m\",\"status\":\"s\"}}"
    }
    private static func stability(_ name: String) -> String { "{\"id\":\"a\",\"name\":\"\(name)\",\"errors\":[\"m\"]}" }
    private static func comfy(_ type: String, _ details: String = "") -> String {
        "{\"error\":{\"type\":\"\(type)\",\"message\":\"m\",\"details\":\"\(details)\"},\"node_errors\":{}}"
    }

    private static func sync(_ status: Int, _ code: String) -> String {
        "{\"statusCode\":\(status),\"errorCode\":\"\(code)\",\"message\":\"m\",\"error\":\"e\"}"
    }
    private static func job(_ status: String, _ more: String = "") -> String {
        "{\"id\":\"id-1\",\"status\":\"\(status)\",\"model\":\"lipsync-2\"\(more)}"
    }

    static let lipSubmissions: [Row] = [
        Row("sync", 201, job("PENDING"), "accepted(\"id-1\")"), Row("sync", 201, "{}", "unknown"),
        Row("sync", 400, sync(400, "bad_request"), "refused"), Row("sync", 401, sync(401, "u"), "denied"),
        Row("sync", 402, sync(402, "p"), "scarce(\"no money"), Row("sync", 404, sync(404, "n"), "refused"),
        Row("sync", 413, sync(413, "l"), "refused"), Row("sync", 429, sync(429, "rate_limit_exceeded"), "scarce"),
        Row("sync", 500, sync(500, "i"), "unknown"), Row("sync", 503, sync(503, "s"), "unknown"),
        Row("sync", 200, "<html>", "unknown"),
        Row(
            "fal", 200,
            "{\"request_id\":\"764c\",\"response_url\":\"https://queue.fal.run/fal-ai/sync-lipsync/requests/764c\"}",
            "accepted(\"/fal-ai/sync-lipsync/requests/764c\")"),
        Row(
            "fal", 422, "{\"detail\":[{\"loc\":[],\"msg\":\"m\",\"type\":\"content_policy_violation\"}]}", "moderated"),
    ]

    static let lipStates: [Row] = [
        Row("sync", 200, job("PENDING"), "running"), Row("sync", 200, job("PROCESSING"), "running"),
        Row("sync", 200, job("COMPLETED", ",\"outputUrl\":\"https://a/b.mp4\""), "succeeded"),
        Row("sync", 200, job("COMPLETED", ",\"outputUrl\":null"), "failed"),
        Row("sync", 200, job("REJECTED"), "moderated"),
        Row("sync", 200, job("FAILED", ",\"error_code\":\"generation_timeout\""), "failed(\"generation_timeout"),
        Row("sync", 404, sync(404, "n"), "lost"), Row("sync", 429, sync(429, "r"), "busy"),
        Row("sync", 500, sync(500, "i"), "busy"), Row("sync", 200, "<html>", "busy"),
        Row(
            "fal", 200, "{\"video\":{\"url\":\"https://v3.fal.media/o.mp4\"}}", "succeeded", stage: "result",
            handle: "/fal-ai/sync-lipsync/requests/764c"),
    ]

    @Test(arguments: lipSubmissions) func lipsTaken(row: Row) throws {
        let service = try PictureAndSoundTests.service(row.backend)
        let said = "\(service.read(submission: row.response))"
        #expect(said.hasPrefix(row.meaning), "\(said)")
    }

    @Test(arguments: lipStates) func lipsUnderWay(row: Row) throws {
        let service = try PictureAndSoundTests.service(row.backend)
        let said = "\(service.read(state: row.response, of: row.handle, stage: row.stage))"
        #expect(said.hasPrefix(row.meaning), "\(said)")
    }

    @Test func lipsWithoutASoundAreNotAsked() throws {
        for backend in ["sync", "fal"] {
            let service = try PictureAndSoundTests.service(backend)
            var wish = PictureAndSoundTests.wish(.init(backend, .lipsync, "fal-ai/sync-lipsync"))
            wish.audio = nil
            #expect(throws: BadWish.self) {
                try service.submission(wish, PictureAndSoundTests.credential(service))
            }
            wish.audio = Data("WAV".utf8)
            wish.milliseconds = 301_000
            if backend == "sync" {
                #expect(throws: BadWish.self) {
                    try service.submission(wish, PictureAndSoundTests.credential(service))
                }
            }
        }
    }

    static let submissions: [Row] = [
        Row(
            "flux", 200, "{\"id\":\"9f\",\"polling_url\":\"https://api.us1.bfl.ai/v1/get_result?id=9f\"}",
            "accepted(\"https://api.us1.bfl.ai/v1/get_result?id=9f\")"),
        Row("flux", 200, "{\"id\":\"9f\"}", "unknown"), Row("flux", 400, "{\"detail\":\"m\"}", "refused"),
        Row("flux", 402, "{}", "scarce(\"no money"), Row("flux", 403, "{}", "denied"),
        Row("flux", 422, "{\"detail\":[{\"loc\":[],\"msg\":\"m\",\"type\":\"t\"}]}", "refused(\"m (422)\")"),
        Row("flux", 429, "{}", "scarce"), Row("flux", 500, "{}", "unknown"), Row("flux", 503, "{}", "unknown"),
        Row("stability", 200, "{\"image\":\"\(picture)\",\"finish_reason\":\"SUCCESS\"}", "finished"),
        Row("stability", 200, "{\"audio\":\"\(picture)\",\"finish_reason\":\"SUCCESS\"}", "finished"),
        Row("stability", 200, "{\"image\":\"\(picture)\",\"finish_reason\":\"CONTENT_FILTERED\"}", "moderated"),
        Row("stability", 200, "{}", "unknown"), Row("stability", 400, stability("bad_request"), "refused"),
        Row("stability", 401, stability("unauthorized"), "denied"),
        Row("stability", 402, stability("payment_required"), "scarce(\"no money"),
        Row("stability", 403, stability("content_moderation"), "moderated"),
        Row("stability", 404, stability("not_found"), "refused"),
        Row("stability", 413, stability("payload_too_large"), "refused"),
        Row("stability", 422, stability("unprocessable_entity"), "refused"),
        Row(
            "stability", 429, stability("rate_limit_exceeded"),
            "scarce(\"m (429)\", retryAfter: Optional(1 min"),
        Row("stability", 500, stability("internal_error"), "unknown"),
        Row(
            "openai", 200,
            "{\"data\":[{\"b64_json\":\"\(picture)\"}],\"usage\":{\"input_tokens\":24,\"input_tokens_details\":{\"text_tokens\":24,\"image_tokens\":0},\"output_tokens\":1372}}",
            "finished(Providers.Finished(output: Providers.ServiceOutput.bytes(3 bytes), cost: Optional(0.04"),
        Row("openai", 200, "{\"error\":{\"message\":\"m\"}}", "unknown"),
        Row("openai", 200, "{\"data\":[]}", "unknown"),
        Row("openai", 400, openAI("moderation_blocked"), "moderated"),
        Row("openai", 400, openAI("content_policy_violation"), "moderated"),
        Row("openai", 400, openAI("invalid_image_file"), "refused"),
        Row("openai", 400, openAI("billing_hard_limit_reached"), "scarce(\"no money"),
        Row("openai", 401, openAI("invalid_api_key"), "denied"), Row("openai", 403, openAI("x"), "denied"),
        Row("openai", 404, openAI("model_not_found"), "refused"), Row("openai", 413, "", "refused"),
        Row("openai", 429, openAI("rate_limit_exceeded"), "scarce(\"m (429)"),
        Row("openai", 429, openAI("insufficient_quota"), "scarce(\"no money"),
        Row("openai", 500, openAI("server_error"), "unknown"),
        Row("openai", 503, "{\"error\":\"slow_down\"}", "unknown"),
        Row("replicate", 201, "{\"id\":\"gm3q\",\"status\":\"starting\"}", "accepted(\"gm3q\")"),
        Row("replicate", 400, "{\"detail\":\"m\"}", "refused"), Row("replicate", 401, "{}", "denied"),
        Row("replicate", 402, "{}", "scarce"), Row("replicate", 403, "{}", "refused"),
        Row("replicate", 404, "{}", "refused"),
        Row("replicate", 422, "{\"detail\":\"m\"}", "refused"),
        Row(
            "replicate", 429, "{\"detail\":\"Request was throttled. Your rate limit resets in ~30s.\"}",
            "scarce(\"Request was throttled. Your rate limit resets in ~30s. (429)\", retryAfter: Optional(30 s"),
        Row("replicate", 500, "{}", "unknown"), Row("replicate", 504, "", "unknown"),
        Row("elevenlabs", 200, "{\"audio_base64\":\"\(picture)\",\"alignment\":null}", "finished"),
        Row("elevenlabs", 200, "{\"audio_base64\":\"\"}", "unknown"),
        Row("elevenlabs", 400, eleven("max_character_limit_exceeded"), "refused"),
        Row("elevenlabs", 404, eleven("voice_not_found"), "refused"),
        Row("elevenlabs", 401, eleven("invalid_api_key"), "denied"),
        Row("elevenlabs", 401, eleven("quota_exceeded"), "scarce(\"no money"),
        Row(
            "elevenlabs", 401, "{\"detail\":{\"status\":\"quota_exceeded\",\"message\":\"m\"}}", "scarce(\"no money"),
        Row("elevenlabs", 402, eleven("payment_required"), "scarce(\"no money"),
        Row("elevenlabs", 401, eleven("detected_unusual_activity"), "denied"),
        Row("elevenlabs", 403, eleven("only_for_creator+"), "refused"), Row("elevenlabs", 409, eleven("x"), "unknown"),
        Row("elevenlabs", 422, "{\"detail\":[{\"loc\":[\"body\"],\"msg\":\"field required\"}]}", "refused"),
        Row("elevenlabs", 425, "{}", "scarce"),
        Row("elevenlabs", 429, eleven("too_many_concurrent_requests"), "scarce"),
        Row("elevenlabs", 429, eleven("system_busy"), "scarce"),
        Row("elevenlabs", 422, eleven("bad_prompt"), "moderated"),
        Row("elevenlabs", 500, "{\"detail\":\"m\"}", "unknown"),
        Row("azure", 200, "RIFF" + String(repeating: "x", count: 60), "finished"), Row("azure", 200, "", "refused"),
        Row("azure", 200, "<html>" + String(repeating: "x", count: 60), "unknown"), Row("azure", 400, "", "refused"),
        Row("azure", 401, "", "denied"), Row("azure", 403, "", "denied"), Row("azure", 404, "", "refused"),
        Row("azure", 415, "", "refused"), Row("azure", 429, "", "scarce(\"status 429\", retryAfter: Optional(2 s"),
        Row("azure", 502, "", "unknown"), Row("azure", 503, "", "unknown"),
        Row("google", 200, "{\"audioContent\":\"\(picture)\"}", "finished"), Row("google", 200, "{}", "unknown"),
        Row("google", 400, AnswerTests.google(400, "INVALID_ARGUMENT", "longer than the limit"), "refused"),
        Row(
            "google", 400, AnswerTests.google(400, "INVALID_ARGUMENT", "m", "[{\"reason\":\"API_KEY_INVALID\"}]"),
            "denied"),
        Row(
            "google", 403, AnswerTests.google(403, "PERMISSION_DENIED", "m", "[{\"reason\":\"BILLING_DISABLED\"}]"),
            "scarce(\"no billing"), Row("google", 401, AnswerTests.google(401, "UNAUTHENTICATED", "m"), "denied"),
        Row(
            "google", 429,
            AnswerTests.google(429, "RESOURCE_EXHAUSTED", "m", "[{\"retryDelay\":\"12s\"}]"),
            "scarce(\"m (429)\", retryAfter: Optional(12 s"), Row("google", 404, "", "refused"),
        Row("google", 500, AnswerTests.google(500, "INTERNAL", "m"), "unknown"),
        Row("google", 502, "<html>", "unknown"),
        Row("comfyui", 200, "{\"prompt_id\":\"5e0f\",\"number\":1,\"node_errors\":{}}", "accepted(\"5e0f\")"),
        Row(
            "comfyui", 200, "{\"prompt_id\":\"5e0f\",\"node_errors\":{\"4\":{\"errors\":[{\"message\":\"x\"}]}}}",
            "refused"),
        Row(
            "comfyui", 400,
            comfy("prompt_outputs_failed_validation", "Value not in list: ckpt_name: 'm' not in ['a']"), "denied"),
        Row("comfyui", 400, comfy("missing_node_type"), "denied"),
        Row("comfyui", 400, comfy("prompt_no_outputs"), "refused"),
        Row("comfyui", 403, "", "denied"), Row("comfyui", 413, "", "refused"), Row("comfyui", 500, "", "unknown"),
        Row("a1111", 200, "{\"images\":[\"\(picture)\"],\"info\":\"{\\\"index_of_first_image\\\":0}\"}", "finished"),
        Row("a1111", 200, "{\"images\":[\"data:image/png;base64,\(picture)\"],\"info\":\"\"}", "finished"),
        Row("a1111", 200, "{\"images\":[],\"info\":\"\"}", "unknown"),
        Row("a1111", 401, "{}", "denied"), Row("a1111", 404, "{\"detail\":\"Not Found\"}", "denied"),
        Row("a1111", 404, "{\"detail\":\"Init image not found\"}", "refused"),
        Row("a1111", 400, "{\"error\":\"HTTPException\",\"detail\":\"Sampler not found\"}", "refused"),
        Row("a1111", 422, "{\"detail\":[{\"msg\":\"m\"}]}", "refused"),
        Row("a1111", 500, "{\"error\":\"HTTPException\",\"detail\":\"Invalid encoded image\"}", "refused"),
        Row("a1111", 500, "{\"error\":\"OutOfMemoryError\",\"errors\":\"CUDA out of memory\"}", "denied"),
        Row("a1111", 503, "{\"detail\":{\"msg\":\"m\"}}", "scarce"),
        Row("a1111", 500, "Internal Server Error", "unknown"),
        Row("sdcpp", 202, "{\"id\":\"job_1\",\"status\":\"queued\"}", "accepted(\"job_1\")"),
        Row("sdcpp", 400, "{\"error\":\"invalid generation parameters\"}", "refused"),
        Row("sdcpp", 400, "{\"error\":\"unsupported mode\"}", "denied"), Row("sdcpp", 404, "", "denied"),
        Row("sdcpp", 429, "{\"error\":\"job queue is full\"}", "scarce"), Row("sdcpp", 500, "{}", "unknown"),
        Row("rembg", 400, "{\"detail\":\"Image exceeds maximum size.\"}", "refused"),
        Row("rembg", 422, "{\"detail\":[{\"msg\":\"Field required\"}]}", "refused"),
        Row("rembg", 500, "Internal Server Error", "unknown"), Row("rembg", 200, "<html>", "unknown"),
    ]

    static let states: [Row] = [
        Row("flux", 200, "{\"status\":\"Pending\",\"result\":null}", "running"), Row("flux", 202, "{}", "running"),
        Row(
            "flux", 200, "{\"status\":\"Ready\",\"cost\":4.5,\"result\":{\"sample\":\"https://d.bfl.ai/x.png\"}}",
            "succeeded(Providers.ServiceOutput.link(\"https://d.bfl.ai/x.png\", isKeyed: false), cost: Optional(0.045"),
        Row("flux", 200, "{\"status\":\"Ready\",\"result\":{}}", "failed"),
        Row("flux", 200, "{\"status\":\"Request Moderated\"}", "moderated"),
        Row(
            "flux", 200, "{\"status\":\"Content Moderated\",\"details\":{\"Moderation Reasons\":[\"gore\"]}}",
            "moderated(\"gore\""), Row("flux", 200, "{\"status\":\"Error\"}", "failed"),
        Row("flux", 404, "{\"status\":\"Task not found\"}", "busy"), Row("flux", 500, "", "busy"),
        Row("replicate", 200, "{\"status\":\"processing\"}", "running"),
        Row("replicate", 200, "{\"status\":\"succeeded\",\"output\":\"https://r/x.png\"}", "succeeded"),
        Row("replicate", 200, "{\"status\":\"succeeded\",\"output\":[\"https://r/x.png\"]}", "succeeded"),
        Row("replicate", 200, "{\"status\":\"succeeded\",\"output\":null,\"data_removed\":true}", "lost"),
        Row("replicate", 200, "{\"status\":\"failed\",\"error\":\"flagged as sensitive (E005)\"}", "moderated"),
        Row("replicate", 200, "{\"status\":\"failed\",\"error\":\"E1001\"}", "failed"),
        Row("replicate", 200, "{\"status\":\"canceled\"}", "failed"),
        Row("replicate", 200, "{\"status\":\"aborted\"}", "failed(\"it never began\", cost: Optional(0"),
        Row("replicate", 404, "{}", "lost"),
        Row("elevenlabs", 200, "ID3xxxx", "succeeded"), Row("elevenlabs", 200, "{}", "busy"),
        Row("elevenlabs", 404, "{}", "lost"),
        Row("comfyui", 200, "{}", "further(\"queue\")"), Row("comfyui", 200, "{}", "lost", stage: "again"),
        Row(
            "comfyui", 200, "{\"queue_running\":[[1,\"id-1\",{}]],\"queue_pending\":[]}", "running", stage: "queue"),
        Row("comfyui", 200, "{\"queue_running\":[],\"queue_pending\":[]}", "further(\"again\")", stage: "queue"),
        Row(
            "comfyui", 200,
            "{\"id-1\":{\"status\":{\"status_str\":\"success\"},\"outputs\":{\"9\":{\"images\":[{\"filename\":\"a b.png\",\"subfolder\":\"s/t\",\"type\":\"output\"}]}}}}",
            "succeeded(Providers.ServiceOutput.link(\"/view?filename=a%20b%2Epng&subfolder=s%2Ft&type=output\", isKeyed: true"
        ),
        Row(
            "comfyui", 200,
            "{\"id-1\":{\"status\":{\"status_str\":\"error\",\"messages\":[[\"execution_error\",{\"node_type\":\"KSampler\",\"exception_message\":\"out of memory\"}]]}}}",
            "failed(\"KSampler: out of memory\""),
        Row(
            "comfyui", 200, "{\"id-1\":{\"status\":{\"status_str\":\"success\"},\"outputs\":{}}}", "failed"),
        Row("sdcpp", 200, "{\"status\":\"generating\"}", "running"),
        Row("sdcpp", 200, "{\"status\":\"completed\",\"result\":{\"b64_json\":\"\(picture)\"}}", "succeeded"),
        Row(
            "sdcpp", 200, "{\"status\":\"completed\",\"result\":{\"images\":[{\"b64_json\":\"\(picture)\"}]}}",
            "succeeded"), Row("sdcpp", 200, "{\"status\":\"completed\",\"result\":null}", "failed"),
        Row("sdcpp", 200, "{\"status\":\"failed\",\"error\":{\"message\":\"m\"}}", "failed(\"m\""),
        Row("sdcpp", 200, "{\"status\":\"cancelled\"}", "failed"), Row("sdcpp", 404, "{}", "lost"),
        Row("sdcpp", 410, "{}", "lost"),
    ]

    @Test(arguments: submissions) func submission(row: Row) throws {
        let answer = "\(try PictureAndSoundTests.service(row.backend).read(submission: row.response))"
        #expect(answer.hasPrefix(row.meaning), "\(answer)")
    }

    @Test(arguments: states) func state(row: Row) throws {
        let service = try PictureAndSoundTests.service(row.backend)
        let answer = "\(service.read(state: row.response, of: row.handle, stage: row.stage))"
        #expect(answer.hasPrefix(row.meaning), "\(answer)")
    }
}
