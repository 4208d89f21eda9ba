import ProviderKit
import Testing
import TransportKit

@testable import GatewayKit

@Suite("Gateway")
struct GatewayTests {
    private let ask = #"{"model":"one","messages":[{"role":"user","content":"hi"}]}"#
    private let askStreaming = #"{"model":"one","stream":true,"messages":[{"role":"user","content":"hi"}]}"#

    private func gateway(_ provider: ScriptedProvider, _ options: Gateway.Options = .init()) -> Gateway {
        Gateway(serving: provider, options: options, logger: Logger(label: "test"))
    }

    @Test(
        "What is wrong is said in OpenAI's shape",
        arguments: [
            (.post("/v1/chat/completions", "{"), 400, "invalid_json"),
            (.post("/v1/chat/completions", ""), 400, "invalid_json"),
            (.post("/v1/chat/completions", "[]"), 400, "invalid_json"),
            (.post("/v1/chat/completions", #"{"model":"one"}"#), 400, nil),
            (.post("/v1/nothing", "{}"), 404, "unknown_path"),
            (.get("/v1/chat/completions"), 405, "method_not_allowed"),
            (.get("/v1/models/three"), 404, "model_not_found"),
            (
                GatewayRequest(
                    method: "POST",
                    path: "/v1/chat/completions",
                    fields: ["content-type": "text/plain"],
                    body: [123, 125]
                ), 415, "unsupported_media_type"
            ),
            (GatewayRequest(method: "POST", path: "/v1/chat/completions", body: [123, 125]), 400, "missing_model"),
            (.get("/metrics", role: .guest), 404, "unknown_path"),
            (.get("/_internal/config", role: .guest), 404, "unknown_path"),
        ] as [(GatewayRequest, Int, String?)]
    )
    func refusals(request: GatewayRequest, status: Int, code: String?) async throws {
        let response = await gateway(ScriptedProvider()).respond(to: request)
        #expect(response.status == status)
        let error = try await response.json()["error"]
        #expect(error?["message"]?.string?.isEmpty == false)
        #expect(error?["type"]?.string != nil)
        #expect(error?["request_id"]?.string == response.fields["x-request-id"])
        if let code { #expect(error?["code"]?.string == code) }
    }

    @Test("A guest does not learn where the providers are", arguments: [nil, 400] as [Int?])
    func places(status: Int?) async throws {
        let scripted = ScriptedProvider { _ throws(PlexError) in
            var error = PlexError(
                status == nil ? .network : .invalidRequest,
                "10.1.2.3:8080 refused the request: no such thing at 10.1.2.3:8080",
                provider: "scripted",
                status: status
            )
            error.host = "10.1.2.3:8080"
            throw error
        }
        for role in ListenAddress.Role.allCases {
            var request = GatewayRequest.post("/v1/chat/completions", ask)
            request.peer.role = role
            let message = try await gateway(scripted).respond(to: request).json()["error"]?["message"]?.string
            #expect(message?.contains("10.1.2.3") == (role == .host), "\(message ?? "nothing")")
            #expect(message?.contains("scripted") == true)
        }
    }

    @Test("What is asked of the server as a whole, or expected of it")
    func wholeServer() async throws {
        let gateway = gateway(ScriptedProvider())
        let options = await gateway.respond(to: GatewayRequest(method: "OPTIONS", path: "*"))
        #expect(options.status == 204 && options.fields["allow"]?.contains("POST") == true)
        var request = GatewayRequest.post("/v1/chat/completions", ask)
        request.fields["expect"] = "the unexpected"
        #expect(await gateway.respond(to: request).status == 417)
        request.fields["expect"] = "100-Continue"
        #expect(await gateway.respond(to: request).status == 200)
        #expect(await gateway.respond(to: .get("/")).status == 200)
    }

    @Test("What has no counterpart is named by the caller's own field")
    func callersFields() async throws {
        let scripted = ScriptedProvider { request throws(PlexError) in
            guard request.messages[0].text != "refuse" else {
                throw PlexError(.unsupported, "messages[0].content[0]: no such thing")
            }
            return ChatResponse(
                provider: "scripted",
                model: request.model,
                message: .assistant("hello"),
                finishReason: .stop,
                warnings: [Warning(.dropped, field: "messages[0].content[0].cacheHint", "none")]
            )
        }
        let ask = { (text: String) in
            GatewayRequest.post("/v1/responses", #"{"model":"one","input":[{"role":"user","content":"\#(text)"}]}"#)
        }
        let response = await gateway(scripted).respond(to: ask("hi"))
        #expect(response.fields["x-plex-dropped"] == "input[0].content.cacheHint")
        let error = try await gateway(scripted).respond(to: ask("refuse")).json()["error"]
        #expect(error?["param"] == "input[0].content")
        #expect(error?["message"]?.string?.hasPrefix("input[0].content: ") == true)
    }

    @Test(
        "A provider's failure has the caller's status",
        arguments: [
            (PlexError(.authentication, "the key was refused", status: 401), 502, "upstream_authentication"),
            (PlexError(.rateLimited, "slow down", status: 429, retryAfter: .milliseconds(2500)), 429, nil),
            (PlexError(.notFound, "no such model", status: 404), 404, nil),
            (PlexError(.invalidRequest, "bad", status: 422), 422, nil),
            (PlexError(.timeout(.firstByte), "too slow"), 504, nil), (PlexError(.network, "gone"), 502, nil),
        ] as [(PlexError, Int, String?)],
        [false, true]
    )
    func failures(failure: (PlexError, Int, String?), isStreaming: Bool) async throws {
        var provider = ScriptedProvider()
        provider.answer = { _ throws(PlexError) in throw failure.0 }
        provider.events = { _ in EventScript([], end: .failure(failure.0)).stream }
        let body = isStreaming ? askStreaming : ask
        let response = await gateway(provider).respond(to: .post("/v1/chat/completions", body))
        #expect(response.status == failure.1)
        if let code = failure.2 { #expect(try await response.json()["error"]?["code"]?.string == code) }
        if failure.0.retryAfter != nil { #expect(response.fields["retry-after"] == "3") }
    }

    @Test("An answer is written in OpenAI's dialect, with its way in the header")
    func answer() async throws {
        let response = await gateway(ScriptedProvider()).respond(to: .post("/models/v1/chat/completions", ask))
        #expect(response.status == 200)
        #expect(response.fields["x-plex-provider"] == "scripted")
        #expect(response.fields["x-plex-model"] == "one")
        #expect(response.fields["x-plex-overhead-us"].flatMap { Int($0) } != nil)
        let json = try await response.json()
        #expect(json["choices"]?.array?.first?["message"]?["content"]?.string == "hello")
        #expect(json["usage"]?["total_tokens"]?.int == 4)
    }

    @Test("A stream's events and its end mark")
    func stream() async throws {
        var provider = ScriptedProvider()
        provider.events = { request in
            EventScript([
                .started(StreamStart(provider: "scripted", model: request.model)), .text("hel"), .text("lo"),
                .finished(
                    ChatResponse(
                        provider: "scripted",
                        model: request.model,
                        message: .assistant("hello"),
                        finishReason: .stop
                    )
                ),
            ]).stream
        }
        let response = await gateway(provider).respond(to: .post("/v1/chat/completions", askStreaming))
        #expect(response.status == 200)
        #expect(response.fields["content-type"]?.hasPrefix("text/event-stream") == true)
        let text = await response.text()
        #expect(text.contains(#""content":"hel""#) && text.contains(#""content":"lo""#))
        #expect(text.hasSuffix("data: [DONE]\n\n"))
    }

    @Test("A cut stream ends with an error and no end mark")
    func cut() async throws {
        var provider = ScriptedProvider()
        provider.events = { request in
            EventScript(
                [.started(StreamStart(provider: "scripted", model: request.model)), .text("hel")],
                end: .failure(PlexError(.streamCut, "the connection was closed"))
            ).stream
        }
        let response = await gateway(provider).respond(to: .post("/v1/chat/completions", askStreaming))
        #expect(response.status == 200)
        let text = await response.text()
        #expect(text.contains(#""error""#) && text.contains("stream_cut"))
        #expect(!text.contains("[DONE]"))
    }

    @Test(
        "A caller who leaves cancels the provider's stream, before and after its first event",
        arguments: [false, true]
    )
    func callerGone(afterFirst: Bool) async throws {
        let begin: [ChatEvent] = [.started(StreamStart(provider: "scripted", model: "one")), .text("hel")]
        let script = EventScript(afterFirst ? begin : [], end: .waiting)
        var provider = ScriptedProvider()
        provider.events = { _ in script.stream }
        let gateway = gateway(provider)
        let task = Task { [askStreaming] in
            let response = await gateway.respond(to: .post("/v1/chat/completions", askStreaming))
            return await (response.status, response.text())
        }
        task.cancel()
        let (status, text) = await task.value
        #expect(script.wasCancelled.withLock { $0 })
        #expect(status == (afterFirst ? 200 : 499))
        #expect(!text.contains("[DONE]"))
    }

    @Test("What is forwarded goes through byte for byte")
    func forwarded() async throws {
        let bytes = Array(#"{ "unknown" : 1.50, "choices":[] }"#.utf8)
        var provider = ScriptedProvider()
        provider.forwarding = { request in
            ForwardedAnswer(
                provider: "scripted",
                model: request.model,
                contentType: "application/json",
                body: .whole(bytes, ForwardSummary())
            )
        }
        let response = await gateway(provider).respond(to: .post("/v1/chat/completions", ask))
        #expect(await response.wholeBody() == bytes)
        #expect(response.fields["x-plex-model"] == "one")
    }

    @Test("The header names the model that was asked for, whatever the provider calls it in its answer")
    func modelOfTranslatedAnswers() async throws {
        var provider = ScriptedProvider()
        provider.forwarding = { request in
            let response = ChatResponse(provider: "scripted", model: "one-2026-07", message: .assistant("hello"))
            let start = StreamStart(provider: "scripted", model: "one-2026-07")
            let events: [ChatEvent] = [.started(start), .text("hello"), .finished(response)]
            return ForwardedAnswer(
                provider: "scripted",
                model: "one",
                contentType: "application/json",
                body: request.isStreaming ? .translatedStream(EventScript(events).stream) : .translated(response)
            )
        }
        for body in [ask, askStreaming] {
            let response = await gateway(provider).respond(to: .post("/v1/chat/completions", body))
            #expect(response.status == 200 && response.fields["x-plex-model"] == "one")
        }
    }

    @Test("An error too says what the gateway itself took", arguments: [false, true])
    func overheadOfErrors(isStreaming: Bool) async throws {
        var provider = ScriptedProvider()
        provider.forwarding = { request throws(PlexError) in
            let error = PlexError(.overloaded, "full", provider: "scripted", model: "one", status: 503)
            guard request.isStreaming else { throw error }
            return ForwardedAnswer(
                provider: "scripted",
                model: "one",
                contentType: "application/json",
                body: .translatedStream(EventScript([], end: .failure(error)).stream)
            )
        }
        let response = await gateway(provider)
            .respond(to: .post("/v1/chat/completions", isStreaming ? askStreaming : ask))
        #expect(response.status == 503 && response.fields["x-plex-attempts"] == "1")
        #expect(response.fields["x-plex-overhead-us"].flatMap { Int($0) } != nil)
    }

    @Test("Where no provider can be expected to answer, readiness is asked for again after a while")
    func notReady() async throws {
        var provider = ScriptedProvider()
        provider.forwarding = { _ throws(PlexError) in
            throw PlexError(.network, "gone", provider: "scripted", model: "one")
        }
        let gateway = gateway(provider)
        #expect(await gateway.respond(to: .get("/health/ready")).status == 200)
        for _ in 0..<8 { #expect(await gateway.respond(to: .post("/v1/chat/completions", ask)).status == 502) }
        let response = await gateway.respond(to: .get("/health/ready"))
        #expect(response.status == 503 && response.fields["retry-after"] == "1")
    }

    @Test("Requests above the most at a time are told to come back")
    func full() async throws {
        var options = Gateway.Options()
        options.maximumConcurrentRequests = 0
        let response = await gateway(ScriptedProvider(), options).respond(to: .post("/v1/chat/completions", ask))
        #expect(response.status == 503)
        #expect(response.fields["retry-after"] == "1")
    }

    @Test(
        "A caller's name for its request is kept if it is harmless",
        arguments: [("abc-1", true), ("a b", false), ("a\nb", false)]
    )
    func requestIDs(id: String, isKept: Bool) async {
        var request = GatewayRequest.get("/health")
        request.fields["x-request-id"] = id
        let response = await gateway(ScriptedProvider()).respond(to: request)
        #expect((response.fields["x-request-id"] == id) == isKept)
        #expect(response.fields["x-request-id"]?.isEmpty == false)
    }

    @Test("Models, each once, and one of them")
    func models() async throws {
        let gateway = gateway(ScriptedProvider())
        let list = try await gateway.respond(to: .get("/v1/models")).json()
        #expect(list["data"]?.array?.compactMap { $0["id"]?.string } == ["one", "two"])
        #expect(list["data"]?.array?.first?["owned_by"]?.string == "tests")
        let one = try await gateway.respond(to: .get("/models/v1/models/scripted%2Ftwo")).json()
        #expect(one["id"]?.string == "two")
    }
}
