import ProviderKit
import Testing
import TransportKit

@testable import GatewayKit

@Suite("Endpoints of Anthropic's and Ollama's dialects")
struct OtherDialectsTests {
    private func gateway(_ provider: ScriptedProvider) -> Gateway {
        Gateway(serving: provider, options: Gateway.Options(), logger: Logger(label: "test"))
    }

    private static let anthropic = #"{"model":"one","max_tokens":9,"messages":[{"role":"user","content":"hi"}]"#
    private static let ollama = #"{"model":"one","messages":[{"role":"user","content":"hi"}]"#

    private func streaming(_ end: EventScript.End = .whole) -> ScriptedProvider {
        var provider = ScriptedProvider()
        provider.events = { request in
            let response = ChatResponse(
                provider: "scripted",
                model: request.model,
                message: .assistant("hello"),
                finishReason: .stop,
                usage: Usage(inputTokens: 3, outputTokens: 1)
            )
            let warning = Warning(.dropped, field: "sampling.topK", "there is none")
            let start = StreamStart(provider: "scripted", model: request.model)
            let events: [ChatEvent] = [.started(start), .warning(warning), .text("hel"), .text("lo")]
            if case .whole = end { return EventScript(events + [.finished(response)]).stream }
            return EventScript(events, end: end).stream
        }
        return provider
    }

    @Test(arguments: ["/v1/messages", "/models/v1/messages"])
    func messages(path: String) async throws {
        let response = await gateway(ScriptedProvider()).respond(to: .post(path, Self.anthropic + "}"))
        #expect(response.status == 200 && response.fields["x-plex-provider"] == "scripted")
        let json = try await response.json()
        #expect(json["type"] == "message" && json["stop_reason"] == "end_turn" && json["model"] == "one")
        #expect(json["content"] == [["type": "text", "text": "hello"]])
        #expect(json["usage"] == ["input_tokens": 3, "output_tokens": 1])
    }

    @Test func messagesStreamed() async throws {
        let response = await gateway(streaming()).respond(
            to: .post("/v1/messages", Self.anthropic + #","stream":true}"#)
        )
        #expect(response.fields["content-type"]?.hasPrefix("text/event-stream") == true)
        #expect(response.fields["x-plex-dropped"] == "top_k")
        let text = await response.text()
        #expect(text.hasPrefix("event: message_start\n") && text.hasSuffix("data: {\"type\":\"message_stop\"}\n\n"))
        #expect(text.contains(#""text":"hel""#) && text.contains(#""text":"lo""#))
    }

    @Test(
        "A stream that breaks ends with an error in its dialect",
        arguments: [
            (
                "/v1/messages", anthropic + #","stream":true}"#, "event: error\ndata: {\"type\":\"error\"",
                "message_stop"
            ),
            ("/api/chat", ollama + "}", "\n{\"error\":", "\"done\":true"),
            ("/api/generate", #"{"model":"one","prompt":"hi"}"#, "\n{\"error\":", "\"done\":true"),
        ]
    )
    func cut(path: String, body: String, error: String, end: String) async throws {
        let provider = streaming(.failure(PlexError(.streamCut, "the connection was closed")))
        let response = await gateway(provider).respond(to: .post(path, body))
        #expect(response.status == 200)
        let text = await response.text()
        #expect(text.contains(error) && text.contains("stream_cut") && !text.contains(end))
    }

    @Test(arguments: [
        ("/api/chat", ollama, "message"), ("/api/generate", #"{"model":"one","prompt":"hi""#, "response"),
    ])
    func ollamaAnswers(path: String, body: String, place: String) async throws {
        let whole = await gateway(ScriptedProvider()).respond(to: .post(path, body + #","stream":false}"#))
        let json = try await whole.json()
        #expect(whole.status == 200 && json["done"] == true && json["eval_count"] == 1)
        #expect((json[place]?["content"] ?? json[place]) == "hello")
        // Without a word about it, this dialect streams.
        let streamed = await gateway(streaming()).respond(to: .post(path, body + "}"))
        #expect(streamed.fields["content-type"] == "application/x-ndjson")
        guard case .stream(let stream) = streamed.body else {
            Issue.record("no stream came")
            return
        }
        // No line of this dialect means nothing.
        #expect(stream.keepAlive == nil)
        var bytes: [UInt8] = []
        for await piece in stream { bytes += piece }
        let lines = try String(decoding: bytes, as: UTF8.self).split(separator: "\n").map { line in
            try JSONValue(parsing: String(line))
        }
        #expect(lines.map { ($0[place]?["content"] ?? $0[place])?.string } == ["hel", "lo", ""])
        #expect(lines.last?["done"] == true && lines.last?["done_reason"] == "stop")
        #expect(lines.last?["warnings"] == nil)
    }

    @Test func whatElseOllamaHas() async throws {
        let gateway = gateway(ScriptedProvider())
        let tags = try await gateway.respond(to: .get("/api/tags")).json()
        #expect(tags["models"]?.array?.compactMap { $0["name"]?.string } == ["one", "two"])
        let shown = try await gateway.respond(to: .post("/api/show", #"{"model":"two"}"#)).json()
        #expect(shown["capabilities"] == ["completion"])
        let none = await gateway.respond(to: .post("/api/show", #"{"model":"three"}"#))
        #expect(none.status == 404)
        #expect(try await gateway.respond(to: .get("/api/version")).json()["version"]?.string?.isEmpty == false)
        let vectors = try await gateway.respond(to: .post("/api/embed", #"{"model":"one","input":["ab","c"]}"#)).json()
        #expect(vectors["embeddings"]?.array?.map { $0.array?.compactMap(\.double) } == [[2, 0.5], [1, 0.5]])
        let old = try await gateway.respond(to: .post("/api/embeddings", #"{"model":"one","prompt":"ab"}"#)).json()
        #expect(old["embedding"]?.array?.compactMap(\.double) == [2, 0.5])
    }

    @Test func gemini() async throws {
        let ask = #"{"contents":[{"role":"user","parts":[{"text":"hi"}]}]}"#
        let whole = await gateway(ScriptedProvider()).respond(to: .post("/v1beta/models/one:generateContent", ask))
        let candidate = try await whole.json()["candidates"]?.array?.first
        #expect(whole.status == 200 && candidate?["content"]?["parts"] == [["text": "hello"]])
        #expect(candidate?["finishReason"] == "STOP")
        var request = GatewayRequest.post("/v1beta/models/p/one:streamGenerateContent", ask)
        let array = await gateway(streaming()).respond(to: request)
        #expect(array.fields["content-type"] == "application/json")
        let pieces = try await array.json().array ?? []
        let texts = pieces.map {
            $0["candidates"]?.array?.first?["content"]?["parts"]?.array?.first?["text"]?.string ?? "?"
        }
        #expect(texts == ["hel", "lo", ""] && pieces.last?["modelVersion"] == "p/one")
        request.query = "key=x&alt=sse"
        let events = await gateway(streaming()).respond(to: request)
        #expect(events.fields["content-type"]?.hasPrefix("text/event-stream") == true)
        let text = await events.text()
        #expect(text.hasPrefix("data: {\"candidates\"") && text.contains(#""finishReason":"STOP""#))
        let count = await gateway(ScriptedProvider()).respond(to: .post("/v1beta/models/one:countTokens", ask))
        #expect(try await count.json()["totalTokens"]?.int ?? 0 > 0)
        let models = try await gateway(ScriptedProvider()).respond(to: .get("/v1beta/models")).json()
        #expect(models["models"]?.array?.first?["name"] == "models/one")
        let odd = await gateway(ScriptedProvider()).respond(to: .post("/v1beta/models/one:odd", ask))
        #expect(odd.status == 404)
        #expect(try await odd.json()["error"]?["status"] == "NOT_FOUND")
    }

    @Test func modelsAsAnthropicsClientsWantThem() async throws {
        var request = GatewayRequest.get("/v1/models")
        request.fields["anthropic-version"] = "2023-06-01"
        let list = try await gateway(ScriptedProvider()).respond(to: request).json()
        #expect(list["data"]?.array?.compactMap { $0["id"]?.string } == ["one", "two"])
        #expect(list["data"]?.array?.first?["type"] == "model" && list["has_more"] == false)
    }

    @Test func tokensAreCountedByEstimate() async throws {
        let body = Self.anthropic + #","system":"\#(String(repeating: "word ", count: 100))"}"#
        let count = try await gateway(ScriptedProvider()).respond(to: .post("/v1/messages/count_tokens", body)).json()
        #expect((125...150).contains(count["input_tokens"]?.int ?? 0))
    }

    @Test(
        "A count of tokens is the provider's own where it speaks the dialect, and an estimate where it does not count",
        arguments: [
            (
                .post("/v1/messages/count_tokens", #"{"model":"one","messages":[{"role":"user","content":"hi"}]}"#),
                .anthropicTokenCount, "input_tokens"
            ),
            (
                .post("/v1beta/models/one:countTokens", #"{"contents":[{"role":"user","parts":[{"text":"hi"}]}]}"#),
                .geminiTokenCount, "totalTokens"
            ),
        ] as [(GatewayRequest, WireOperation, String)]
    )
    func tokensAreCountedByTheProvider(request: GatewayRequest, operation: WireOperation, name: String) async throws {
        let bytes = Array(#"{ "\#(name)" : 4711, "unknown": 1.50 }"#.utf8)
        var provider = ScriptedProvider()
        provider.forwarding = { request in
            #expect(request.operation == operation && request.model == "one" && !request.isStreaming)
            return ForwardedAnswer(
                provider: "scripted",
                model: request.model,
                contentType: "application/json",
                body: .whole(bytes, ForwardSummary())
            )
        }
        let counted = await gateway(provider).respond(to: request)
        #expect(await counted.wholeBody() == bytes)
        #expect(counted.fields["x-plex-provider"] == "scripted" && counted.fields["x-plex-model"] == "one")
        // A server of the dialect that does not count.
        provider.forwarding = { _ throws(PlexError) in throw PlexError(.notFound, "no such path", status: 404) }
        let estimate = try await gateway(provider).respond(to: request).json()
        #expect((1..<100).contains(estimate[name]?.int ?? 0))
        provider.forwarding = { _ throws(PlexError) in throw PlexError(.overloaded, "full") }
        #expect(await gateway(provider).respond(to: request).status == 503)
        provider.forwarding = { _ throws(PlexError) in throw PlexError(.notFound, "there is no such model") }
        #expect(await gateway(provider).respond(to: request).status == 404)
    }

    @Test(
        "What is wrong is said in the dialect of the path",
        arguments: [
            (.post("/v1/messages", "{"), 400, "error", "invalid_request_error"),
            (.post("/models/v1/messages", "{}"), 400, "error", "invalid_request_error"),
            (.get("/v1/messages"), 405, "error", "invalid_request_error"),
            (.post("/v1/messages/count_tokens", #"{"model":"one"}"#), 400, "error", "invalid_request_error"),
            (.post("/api/chat", "{"), 400, nil, nil), (.post("/api/chat", #"{"model":"one"}"#), 400, nil, nil),
            (.get("/api/nothing"), 404, nil, nil),
        ] as [(GatewayRequest, Int, String?, String?)]
    )
    func refusals(request: GatewayRequest, status: Int, type: String?, kind: String?) async throws {
        let response = await gateway(ScriptedProvider()).respond(to: request)
        #expect(response.status == status)
        let json = try await response.json()
        #expect(json["type"]?.string == type && json["error"]?["type"]?.string == kind)
        #expect(json["request_id"]?.string == response.fields["x-request-id"])
        if type == nil { #expect(json["error"]?.string?.isEmpty == false) }
    }

    @Test("A request goes on in its own dialect, with what belongs to it in the header")
    func forwarded() async throws {
        let bytes = Array(#"{ "unknown" : 1.50, "content":[] }"#.utf8)
        let seen = Locked<ForwardRequest?>(nil)
        var provider = ScriptedProvider()
        provider.forwarding = { request in
            seen.withLock { $0 = request }
            return ForwardedAnswer(
                provider: "scripted",
                model: request.model,
                contentType: "application/json",
                body: .whole(bytes, ForwardSummary())
            )
        }
        var request = GatewayRequest.post("/v1/messages", Self.anthropic + "}")
        request.fields["anthropic-beta"] = "new-thing"
        request.fields["x-api-key"] = "the caller's own"
        let response = await gateway(provider).respond(to: request)
        #expect(await response.wholeBody() == bytes)
        let forwarded = try #require(seen.withLock { $0 })
        #expect(forwarded.operation == .anthropicMessages && !forwarded.isStreaming)
        #expect(forwarded.fields == ["anthropic-beta": "new-thing"])
        _ = await gateway(provider).respond(to: .post("/api/chat", Self.ollama + "}"))
        #expect(seen.withLock { $0?.isStreaming } == true)
    }
}
