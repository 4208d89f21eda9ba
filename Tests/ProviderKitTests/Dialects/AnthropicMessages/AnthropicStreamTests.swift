import ProviderKit
import Testing
import TransportKit

@Suite("Anthropic Messages: streams")
struct AnthropicStreamTests {
    private func decode(_ text: String) throws -> StreamOutcome {
        try ProviderKitTests.decode(
            [Array(text.utf8)],
            framing: .serverSentEvents,
            decoder: AnthropicMessagesDialect().makeStreamDecoder()
        )
    }

    @Test("Text streams in and its last event is the whole answer")
    func text() throws {
        let outcome = try decode(AnthropicTranscripts.text)
        let response = ChatResponse(
            id: "msg_01",
            provider: "test",
            model: "claude-sonnet-4-5-20250929",
            message: .assistant("Hello 🌍!"),
            finishReason: .stop,
            rawFinishReason: "stop_sequence",
            usage: Usage(inputTokens: 30, outputTokens: 15, cachedReadTokens: 5),
            extra: ["stop_sequence": "END"]
        )
        #expect(
            outcome.events == [
                .started(StreamStart(id: "msg_01", provider: "test", model: "claude-sonnet-4-5-20250929")),
                .text("Hello"), .text(" 🌍!"), .finished(response),
            ]
        )
        #expect(outcome.isWhole)
    }

    @Test("Thoughts, their seals and calls stream in")
    func tools() throws {
        let outcome = try decode(AnthropicTranscripts.tools)
        let first = ToolCall(id: "toolu_1", name: "get_weather", arguments: #"{"location": "San Francisco, CA"}"#)
        let second = ToolCall(id: "toolu_2", name: "now", arguments: "{}")
        #expect(
            outcome.response?.message.content == [
                .reasoning(Reasoning("Let me look.", signature: "EqQBCgIYAhIM1gbcDa9GJwZA2b3h")),
                .reasoning(Reasoning("", redacted: "EmwKAhgB")), .toolCall(first), .toolCall(second),
            ]
        )
        #expect(outcome.response?.finishReason == .toolCalls)
        #expect(outcome.response?.usage == Usage(inputTokens: 472, outputTokens: 89))
        #expect(outcome.events.contains(.toolCallBegan(index: 0, id: "toolu_1", name: "get_weather")))
        #expect(outcome.events.contains(.toolCallArguments(index: 0, delta: #"{"location": "San"#)))
        #expect(outcome.events.contains(.toolCallEnded(index: 1, call: second)))
    }

    @Test("Blocks of other kinds keep their place, citations stay with their text, unknown events are passed over")
    func serverTool() throws {
        let outcome = try decode(AnthropicTranscripts.serverTool)
        #expect(
            outcome.response?.message.content == [
                ContentPart(
                    .unknown([
                        "type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search",
                        "input": ["query": "rain"],
                    ])
                ),
                ContentPart(
                    .unknown([
                        "type": "web_search_tool_result", "tool_use_id": "srvtoolu_1",
                        "content": [["type": "web_search_result", "url": "https://a.example"]],
                    ])
                ),
                ContentPart(
                    .text("It rains."),
                    extra: ["citations": [["type": "web_search_result_location", "url": "https://a.example"]]]
                ),
            ]
        )
        #expect(outcome.response?.finishReason == .pause)
        #expect(outcome.response?.usage == Usage(inputTokens: 2679, outputTokens: 510))
        #expect(outcome.response?.extra == ["stop_details": ["type": "y"]])
    }

    @Test("What llama.cpp's server sends is read: calls without input at their start, counts of its cache")
    func llamaServer() throws {
        let outcome = try decode(AnthropicTranscripts.llamaServer)
        #expect(outcome.isWhole)
        #expect(outcome.response?.toolCalls.map(\.name) == ["get_weather"])
        #expect(outcome.response?.toolCalls.first?.arguments == #"{"city": "Paris"}"#)
        #expect(outcome.response?.usage == Usage(inputTokens: 115, outputTokens: 32, cachedReadTokens: 0))
        #expect(outcome.response?.finishReason == .toolCalls && outcome.response?.model == "tiny")
    }

    @Test(
        "A stream cut into pieces anywhere gives the same events",
        arguments: [
            AnthropicTranscripts.text, AnthropicTranscripts.tools, AnthropicTranscripts.serverTool,
            AnthropicTranscripts.llamaServer,
        ]
    )
    func pieces(stream: String) throws {
        let whole = try decode(stream)
        #expect(whole.isWhole)
        for pieces in cuts(of: stream) {
            let outcome = try ProviderKitTests.decode(
                pieces,
                framing: .serverSentEvents,
                decoder: AnthropicMessagesDialect().makeStreamDecoder()
            )
            #expect(outcome == whole)
        }
    }

    @Test("A stream that ends before its finish reason and end mark is not whole")
    func cutStreams() throws {
        let stream = AnthropicTranscripts.tools
        let reason = try #require(stream.firstRange(of: "event: message_delta"))
        let beforeReason = Array(stream[..<reason.lowerBound].utf8)
        for length in stride(from: 0, through: beforeReason.count, by: 7) {
            let outcome = try ProviderKitTests.decode(
                [Array(beforeReason[..<length])],
                framing: .serverSentEvents,
                decoder: AnthropicMessagesDialect().makeStreamDecoder()
            )
            #expect(!outcome.isWhole)
            #expect(outcome.response == nil)
        }
    }

    @Test("A call whose input comes at once in the block's start is whole")
    func wholeInput() throws {
        let outcome = try decode(
            #"""
            data: {"type":"message_start","message":{"id":"m"}}

            data: {"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"a","name":"f","input":{"n":1.50}}}

            data: {"type":"content_block_stop","index":0}

            data: {"type":"message_delta","delta":{"stop_reason":"tool_use"}}

            data: {"type":"message_stop"}


            """#
        )
        #expect(outcome.response?.toolCalls == [ToolCall(id: "a", name: "f", arguments: #"{"n":1.50}"#)])
    }

    static let failures: [(String, PlexError.Code)] = [
        (#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#, .overloaded),
        (#"{"type":"error","error":{"type":"rate_limit_error","message":"Slow down"}}"#, .rateLimited),
        (#"{"type":"error","error":{"type":"invalid_request_error","message":"bad"}}"#, .invalidRequest),
        (#"{"type":"error"}"#, .upstream), (#"{"type":"#, .malformedResponse),
        (#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#, .malformedResponse),
    ]

    @Test("Errors and nonsense within a stream fail it", arguments: failures)
    func failure(data: String, code: PlexError.Code) throws {
        let opened = """
            data: {"type":"message_start","message":{"id":"m"}}

            data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":"Hi"}}

            data: \(data)


            """
        let outcome = try decode(opened)
        #expect(outcome.failure == code)
        #expect(!outcome.isWhole)
        #expect(outcome.events.last == .text("Hi"))
    }

    @Test("Frames of the wrong shape are passed over, not trusted")
    func wrongShapes() throws {
        let frames = [
            #"[]"#, #"{}"#, #"{"type":7}"#, #"{"type":"message_start"}"#, #"{"type":"content_block_stop","index":9}"#,
            #"{"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":"x"}}"#,
            #"{"type":"content_block_delta","index":3,"delta":{"type":"text_delta"}}"#,
            #"{"type":"content_block_delta"}"#,
            #"{"type":"message_delta"}"#,
            #"{"type":"message_start","message":{"usage":{"input_tokens":9223372036854775807,"cache_read_input_tokens":9}}}"#,
        ]
        var decoder = AnthropicMessagesDialect().makeStreamDecoder()
        var deltas: [StreamDelta] = []
        for frame in frames {
            try decoder.decode(event: nil, data: Array(frame.utf8), into: &deltas)
        }
        #expect(
            deltas == [
                .start(id: nil, model: nil), .start(id: nil, model: nil),
                .usage(Usage(inputTokens: .max, outputTokens: 0, cachedReadTokens: 9)),
            ]
        )
    }
}
