import ProviderKit
import Testing
import TransportKit

struct ForwardingProviderTests {
    static let chunk = #"{"id":"c","choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":null}],"usage":null}"#
    static let finish = #"{"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#
    static let usage = #"{"id":"c","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}"#
    static let answer = """
        {"id":"c", "choices":[{"index":0,"message":{"content":"Hi"},"finish_reason":"length"}],
         "usage":{"prompt_tokens":3,"completion_tokens":2}, "x_new":1.50, "model":"m-2024"}
        """

    private func request(
        _ body: String,
        _ operation: WireOperation = .openAIChat,
        model: ModelID = "up"
    ) throws -> ForwardRequest {
        ForwardRequest(operation: operation, model: model, body: try ScannedBody(scanning: Array(body.utf8)))
    }

    private func forward(_ transport: FakeTransport, _ request: ForwardRequest) async throws -> ForwardedAnswer {
        try #require(try await OpenAIProvider.make(transport, key: "sk-canary").forward(request))
    }

    private func text(_ request: HTTPRequest?) -> String {
        guard case .bytes(let bytes)? = request?.body else { return "" }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test(
        arguments: [
            (.openAIChat, "/chat/completions", answer), (.openAICompletion, "/completions", answer),
            (
                .openAIEmbedding, "/embeddings",
                #"{"object":"list","data":[{"embedding":[0.10]}],"usage":{"prompt_tokens":3}}"#
            ),
        ] as [(WireOperation, String, String)]
    )
    func forwardsBytes(_ operation: WireOperation, _ path: String, _ answer: String) async throws {
        let transport = FakeTransport(
            fields: ["content-type": "application/json", "x-request-id": "r-1"],
            text: answer
        )
        let body = #"{ "model" : "fast", "n_new": 1.0e5, "input":["\u00e9"], "stream_options":null, "stream":false }"#
        let result = try await forward(transport, request(body, operation))
        #expect(text(transport.sent.first) == body.replacing(#""fast""#, with: #""up""#))
        let sent = try #require(transport.sent.first)
        #expect(transport.sent.count == 1)
        #expect(sent.url == "https://llm.example.com/v1\(path)")
        #expect(sent.method == "POST")
        #expect(sent.fields["content-type"] == "application/json")
        #expect(sent.credentials["authorization"] != nil)
        #expect(!sent.isStreaming)
        guard case .whole(let bytes, let summary) = result.body else {
            Issue.record("a stream came")
            return
        }
        #expect(String(decoding: bytes, as: UTF8.self) == answer)
        #expect(summary.usage?.inputTokens == 3)
        #expect(summary.finishReason == (operation == .openAIEmbedding ? nil : .length))
        #expect(result.requestID == "r-1")
        #expect(result.provider == "p")
        #expect(result.model == "up")
        #expect(result.contentType == "application/json")
    }

    @Test func addressesADeployment() async throws {
        let transport = FakeTransport(text: Self.answer)
        let provider = try OpenAIProvider.make(transport, base: "https://r.openai.azure.com", key: "k")
        _ = try await provider.forward(request(#"{"model":"a"}"#, model: "my gpt"))
        let sent = try #require(transport.sent.first)
        let base = "https://r.openai.azure.com/openai/deployments/my%20gpt/chat/completions"
        #expect(sent.url == "\(base)?api-version=2024-10-21")
        #expect(sent.credentials["api-key"] != nil)
    }

    @Test func declinesWhatNeedsTranslation() async throws {
        let transport = FakeTransport(text: Self.answer)
        let provider = try OpenAIProvider.make(transport) { $0.extractsTextToolCalls = true }
        #expect(try await provider.forward(request(#"{"model":"a","tools":[]}"#)) == nil)
        #expect(try await provider.forward(request(#"{"model":"a"}"#, "anthropic/messages")) == nil)
        #expect(transport.sent.isEmpty)
        #expect(try await provider.forward(request(#"{"model":"a"}"#)) != nil)
        #expect(transport.sent.count == 1)
    }

    @Test func wantsAKeyWhereTheServerDoes() async throws {
        let transport = FakeTransport(text: Self.answer)
        let provider = try OpenAIProvider.make(transport, base: "https://api.openai.com/v1")
        let error = await #expect(throws: PlexError.self) { try await provider.forward(request(#"{"model":"a"}"#)) }
        #expect(error?.code == .authentication)
        #expect(transport.sent.isEmpty)
    }

    // MARK: Streams

    private func collect(_ answer: ForwardedAnswer) async throws -> (text: String, summary: ForwardSummary?) {
        guard case .stream(let stream) = answer.body else { return ("", nil) }
        var text = ""
        while let piece = try await stream.next() {
            switch piece {
            case .events(let bytes): text += String(decoding: bytes, as: UTF8.self)
            case .finished(let summary):
                #expect(try await stream.next() == nil)
                return (text, summary)
            }
        }
        Issue.record("the stream ended quietly")
        return (text, nil)
    }

    private func stream(_ events: [String]) -> String {
        events.map { "data: \($0)\n\n" }.joined()
    }

    @Test func forwardsAStreamAsItIs() async throws {
        let source = ": hello\n\n" + stream([Self.chunk, Self.finish, Self.usage, "[DONE]"])
        let transport = FakeTransport(stream: source + stream([Self.chunk]))
        let body = #"{"stream":true,"model":"up","stream_options":{"include_usage":true}}"#
        let result = try await collect(try await forward(transport, request(body)))
        #expect(text(transport.sent.first) == body)
        #expect(transport.sent.first?.isStreaming == true)
        #expect(result.text == source)
        #expect(result.summary?.usage?.outputTokens == 2)
        #expect(result.summary?.finishReason == .stop)
        #expect(transport.body.isCancelled)
    }

    @Test func hidesUsageThatNobodyAskedFor() async throws {
        let transport = FakeTransport(stream: stream([Self.chunk, Self.finish, Self.usage, "[DONE]"]))
        let result = try await collect(try await forward(transport, request(#"{"stream":true,"model":"up"}"#)))
        #expect(text(transport.sent.first) == #"{"stream_options":{"include_usage":true},"stream":true,"model":"up"}"#)
        let seen = Self.chunk.replacing(#","usage":null"#, with: "")
        #expect(result.text == stream([seen, Self.finish, "[DONE]"]))
        #expect(result.summary?.usage?.outputTokens == 2)
    }

    @Test func asksForNoUsageWhereItIsNotTaken() async throws {
        var preset = OpenAIPreset(name: "x", displayName: "X")
        preset.flavour.takesStreamOptions = false
        let source = stream([Self.chunk, Self.finish, "[DONE]"])
        let transport = FakeTransport(stream: source)
        let provider = try OpenAIProvider.make(transport, preset: preset)
        let body = #"{"stream":true,"model":"up"}"#
        let answer = try #require(try await provider.forward(request(body)))
        #expect(text(transport.sent.first) == body)
        #expect(try await collect(answer).text == source)
    }

    @Test(arguments: [true, false])
    func writesAWholeAnswerAsAStream(_ asksForUsage: Bool) async throws {
        let transport = FakeTransport(text: Self.answer)
        let options = asksForUsage ? #","stream_options":{"include_usage":true}"# : ""
        let answer = try await forward(transport, request(#"{"stream":true,"model":"up"\#(options)}"#))
        #expect(answer.contentType == "text/event-stream")
        let (text, summary) = try await collect(answer)
        #expect(text.contains(#""delta":{"content":"Hi"},"finish_reason":"length""#))
        #expect(text.contains(#""x_new":1.50"#))
        #expect(text.contains(#""prompt_tokens":3"#) == asksForUsage)
        #expect(text.hasSuffix("data: [DONE]\n\n"))
        #expect(summary?.usage?.inputTokens == 3)
    }

    @Test(
        arguments: [
            (#"{"error":{"message":"it broke","code":"server_error"}}"#, .upstream),
            (#"{"object":"error","message":"it broke"}"#, .upstream),
            (#"[{"error":{"message":"it broke"}}]"#, .upstream),
            (#"{"choices":"#, .malformedResponse), ("[1]", .malformedResponse), ("[DONE]", .streamCut),
        ] as [(String, PlexError.Code)]
    )
    func throwsBeforeTheFirstEvent(_ event: String, _ code: PlexError.Code) async throws {
        let transport = FakeTransport(stream: ": wait\n\n" + stream([event, Self.chunk, "[DONE]"]))
        let error = await #expect(throws: PlexError.self) {
            try await forward(transport, request(#"{"stream":true}"#))
        }
        #expect(error?.code == code)
        #expect(error?.provider == "p")
        #expect(error?.requestID == "req-9")
        #expect(transport.body.isCancelled)
    }

    @Test func givesWhatCameBeforeAnError() async throws {
        let bad = #"{"error":{"message":"it broke: sk-canary"}}"#
        let transport = FakeTransport(stream: stream([Self.finish, bad, "[DONE]"]))
        let answer = try await forward(transport, request(#"{"stream":true}"#))
        guard case .stream(let stream) = answer.body else { return }
        #expect(try await stream.next() == .events(Array("data: \(Self.finish)\n\n".utf8)))
        for _ in 0..<2 {
            let error = await #expect(throws: PlexError.self) { try await stream.next() }
            #expect(error?.code == .upstream)
            #expect(error?.description.contains("sk-canary") == false)
        }
    }

    @Test func limitsWhatComesBeforeTheFirstEvent() async throws {
        let pieces = Array(repeating: Array(": keep-alive\n\n".utf8), count: 100)
        let transport = FakeTransport(fields: ["content-type": "text/event-stream"], pieces: pieces, ending: .stall)
        let provider = try OpenAIProvider.make(transport) { $0.maximumEventSize = 1000 }
        let error = await #expect(throws: PlexError.self) { try await provider.forward(request(#"{"stream":true}"#)) }
        #expect(error?.code == .malformedResponse)
    }

    @Test func aBrokenConnectionAfterTheFinishEndsWell() async throws {
        let closed = TransportError(.closed, "closed")
        let transport = FakeTransport(stream: stream([Self.chunk, Self.finish]), ending: .failure(closed))
        let result = try await collect(try await forward(transport, request(#"{"stream":true,"stream_options":1}"#)))
        #expect(result.text.hasSuffix("data: [DONE]\n\n"))
        #expect(result.summary?.finishReason == .stop)
    }

    @Test func cancellationIsAnError() async throws {
        let transport = FakeTransport(stream: stream([Self.chunk]), ending: .stall)
        let answer = try await forward(transport, request(#"{"stream":true}"#))
        guard case .stream(let stream) = answer.body else { return }
        let task = Task { () -> PlexError.Code? in
            do throws(PlexError) {
                while try await stream.next() != nil {}
                return nil
            } catch {
                return error.code
            }
        }
        task.cancel()
        #expect(await task.value == .cancelled)
    }
}
