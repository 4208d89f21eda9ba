import Testing
import TransportKit

@testable import ProviderKit

@Suite("Anthropic's answers go on as they are")
struct AnthropicForwardingTests {
    private static let answer = """
        {"type":"message", "id":"m", "content":[{"type":"text","text":"Hi","x_new":1.50},
         {"type":"tool_use","id":"c","name":"f","input":{"a":1}}],
         "stop_reason":"tool_use","usage":{"input_tokens":3,"cache_read_input_tokens":4,"output_tokens":2}}
        """
    private static let stream = """
        event: message_start
        data: {"type":"message_start","message":{"id":"m","usage":{"input_tokens":3,"output_tokens":1}}}

        : a comment

        event: content_block_start
        data: {"type":"content_block_start","index":0,"content_block":{"type":"new_block","x":1.50}}

        event: content_block_stop
        data: {"type":"content_block_stop","index":0}

        event: message_delta
        data: {"type":"message_delta","delta":{"stop_reason":"max_tokens"},"usage":{"output_tokens":9}}

        event: message_stop
        data: {"type":"message_stop"}


        """

    private func provider(
        _ transport: FakeTransport,
        change: (inout ProviderConfiguration) -> Void = { _ in }
    ) throws -> AnthropicProvider {
        var configuration = ProviderConfiguration(
            id: "p",
            endpoint: try Endpoint(parsing: "https://llm.example.com"),
            apiKey: Secret("sk-canary")
        )
        change(&configuration)
        return AnthropicProvider(configuration: configuration, transport: transport)
    }

    private func request(
        _ body: String,
        _ operation: WireOperation = .anthropicMessages,
        fields: HTTPFields = [:]
    ) throws -> ForwardRequest {
        ForwardRequest(
            operation: operation,
            model: "up",
            body: try ScannedBody(scanning: Array(body.utf8)),
            fields: fields
        )
    }

    private func read(_ stream: ForwardedStream) async throws -> (text: String, summary: ForwardSummary?) {
        var text = ""
        while let piece = try await stream.next() {
            switch piece {
            case .events(let bytes): text += String(decoding: bytes, as: UTF8.self)
            case .finished(let summary): return (text, summary)
            @unknown default: break
            }
        }
        return (text, nil)
    }

    @Test func aWholeAnswer() async throws {
        let transport = FakeTransport(text: Self.answer)
        let body = #"{ "model":"fast", "n_new":1.0e5, "messages":[] }"#
        let sent = try request(body, fields: ["anthropic-beta": "new-thing", "anthropic-version": "1999-01-01"])
        let result = try #require(try await provider(transport).forward(sent))
        guard case .whole(let bytes, let summary) = result.body else {
            Issue.record("a stream came")
            return
        }
        #expect(String(decoding: bytes, as: UTF8.self) == Self.answer)
        #expect(summary.finishReason == .toolCalls)
        #expect(summary.usage == Usage(inputTokens: 7, outputTokens: 2, cachedReadTokens: 4))
        let request = try #require(transport.sent.first)
        guard case .bytes(let went)? = request.body else {
            Issue.record("no body was sent")
            return
        }
        #expect(String(decoding: went, as: UTF8.self) == body.replacing(#""fast""#, with: #""up""#))
        #expect(request.url == "https://llm.example.com/v1/messages")
        #expect(request.fields["anthropic-beta"] == "new-thing" && request.fields["anthropic-version"] == "2023-06-01")
    }

    @Test func aCountOfTokens() async throws {
        let transport = FakeTransport(text: #"{"input_tokens":5}"#)
        let result = try #require(try await provider(transport).forward(request("{}", .anthropicTokenCount)))
        guard case .whole(let bytes, _) = result.body else {
            Issue.record("a stream came")
            return
        }
        #expect(String(decoding: bytes, as: UTF8.self) == #"{"input_tokens":5}"#)
        #expect(transport.sent.first?.url == "https://llm.example.com/v1/messages/count_tokens")
    }

    @Test func aStream() async throws {
        let transport = FakeTransport(stream: Self.stream)
        let result = try #require(try await provider(transport).forward(request(#"{"stream":true}"#)))
        guard case .stream(let stream) = result.body else {
            Issue.record("no stream came")
            return
        }
        let (text, summary) = try await read(stream)
        #expect(text == Self.stream)
        #expect(summary?.finishReason == .length && summary?.usage == Usage(inputTokens: 3, outputTokens: 9))
    }

    @Test func everySplitGivesTheSameBytes() {
        let wire = Array(Self.stream.utf8)
        for cut in wire.indices {
            var machine = ForwardMachine(AnthropicForwardObserver(), maximumEventSize: 1 << 20)
            let bytes = machine.consume(Array(wire[..<cut])) + machine.consume(Array(wire[cut...])) + machine.finish()
            #expect(bytes == wire, "cut at \(cut)")
            guard case .finished? = machine.end else {
                Issue.record("cut at \(cut): it did not end well")
                return
            }
        }
    }

    @Test func aCutIsNeverTakenForTheEnd() {
        let wire = Array(Self.stream.utf8)
        let end = Self.stream.firstRange(of: "event: message_delta")
        let place = end.map { Self.stream.utf8.distance(from: Self.stream.startIndex, to: $0.lowerBound) } ?? 0
        for cut in 0...place {
            var machine = ForwardMachine(AnthropicForwardObserver(), maximumEventSize: 1 << 20)
            _ = machine.consume(Array(wire[..<cut])) + machine.finish()
            guard case .cut? = machine.end else {
                Issue.record("cut at \(cut): it counts as whole")
                return
            }
        }
        // The end mark alone may be missing, and is added.
        let whole = Self.stream.dropLast("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n".count)
        var machine = ForwardMachine(AnthropicForwardObserver(), maximumEventSize: 1 << 20)
        #expect(machine.consume(Array(whole.utf8)) + machine.finish() == wire)
    }

    @Test func anErrorInAStream() async throws {
        let error = #"{"type":"error","error":{"type":"overloaded_error","message":"busy"}}"#
        let transport = FakeTransport(stream: "event: error\ndata: \(error)\n\n")
        let failure = await #expect(throws: PlexError.self) {
            try await provider(transport).forward(request(#"{"stream":true}"#))
        }
        #expect(failure?.code == .overloaded)
    }

    @Test func aWholeAnswerWhereAStreamWasAskedFor() async throws {
        let transport = FakeTransport(text: Self.answer)
        let result = try #require(try await provider(transport).forward(request(#"{"stream":true}"#)))
        guard case .stream(let stream) = result.body else {
            Issue.record("no stream came")
            return
        }
        let text = try await read(stream).text
        let outcome = try decode(
            [Array(text.utf8)],
            framing: .serverSentEvents,
            decoder: AnthropicMessagesDialect().makeStreamDecoder()
        )
        let call = ToolCall(id: "c", name: "f", arguments: #"{"a":1}"#)
        #expect(outcome.isWhole && outcome.response?.message.toolCalls == [call])
        #expect(outcome.response?.text == "Hi" && outcome.response?.finishReason == .toolCalls)
        #expect(outcome.response?.usage?.inputTokens == 7)
    }

    @Test func whatIsNoAnswer() async throws {
        let transport = FakeTransport(text: #"{"choices":[]}"#)
        let failure = await #expect(throws: PlexError.self) { try await provider(transport).forward(request("{}")) }
        #expect(failure?.code == .malformedResponse)
        let refused = FakeTransport(text: #"{"type":"error","error":{"type":"rate_limit_error","message":"slow"}}"#)
        let error = await #expect(throws: PlexError.self) { try await provider(refused).forward(request("{}")) }
        #expect(error?.code == .rateLimited)
    }

    @Test func declinesWhatNeedsTranslation() async throws {
        let transport = FakeTransport(text: Self.answer)
        let textual = try provider(transport) { $0.extractsTextToolCalls = true }
        #expect(try await textual.forward(request(#"{"tools":[]}"#)) == nil)
        #expect(try await textual.forward(request("{}", .openAIChat)) == nil)
        #expect(transport.sent.isEmpty)
    }
}
