import ProviderKit
import Testing
import TransportKit

/// A refusal is told as one to callers of every dialect, streamed and not.
@Suite("Refusals")
struct RefusalTests {
    private static let context = AnswerContext(id: "a", created: 1, model: "m")
    private static let asked = ServedRequest(
        request: ChatRequest(model: "m", prompt: "x"),
        isStreaming: true,
        wantsUsage: false
    )

    private static let spoken = #"""
        {"id":"i","model":"m","choices":[{"index":0,"finish_reason":"stop",
         "message":{"role":"assistant","content":null,"refusal":"I will not."}}]}
        """#
    private static let silent = #"""
        {"id":"i","type":"message","role":"assistant","model":"m","content":[],"stop_reason":"refusal",
         "usage":{"input_tokens":1,"output_tokens":0}}
        """#
    private static let spokenEvents = [
        #"{"id":"i","model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}"#,
        #"{"id":"i","model":"m","choices":[{"index":0,"delta":{"refusal":"I will"}}]}"#,
        #"{"id":"i","model":"m","choices":[{"index":0,"delta":{"refusal":" not."}}]}"#,
        #"{"id":"i","model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#, "[DONE]",
    ]
    private static let silentEvents = [
        #"{"type":"message_start","message":{"id":"i","model":"m","content":[],"usage":{"input_tokens":1}}}"#,
        #"{"type":"message_delta","delta":{"stop_reason":"refusal"},"usage":{"output_tokens":0}}"#,
        #"{"type":"message_stop"}"#,
    ]

    /// What a caller of each dialect is to find in the answer, and in none of the others' words.
    private static let rows: [(dialect: String, spoken: [String], silent: [String])] = [
        (
            "openai", [#""finish_reason":"stop""#, #""refusal":"I will"#],
            [#""finish_reason":"content_filter""#, #""native_finish_reason":"refusal""#]
        ),
        (
            "responses", [#""status":"completed""#, #""type":"refusal""#],
            [#""status":"incomplete""#, #""reason":"content_filter""#, #""native_finish_reason":"refusal""#]
        ),
        ("anthropic", [#""stop_reason":"refusal""#, #""text":"I will"#], [#""stop_reason":"refusal""#]),
        (
            "ollama", [#""native_done_reason":"refusal""#, #""content":"I will"#],
            [#""native_done_reason":"refusal""#]
        ),
        ("gemini", [#""finishReason":"SAFETY""#, #""text":"I will"#], [#""finishReason":"SAFETY""#]),
    ]

    @Test("They are read as such")
    func reading() throws {
        let whole = try OpenAIChatDialect().decodeResponse(JSONValue(parsing: Self.spoken), provider: "p", model: "m")
        #expect(whole.finishReason == .refusal)
        #expect(whole.message.content == [.refusal("I will not.")])
        #expect(try Self.streamed(OpenAIStreamDecoder(), Self.spokenEvents).last?.response?.finishReason == .refusal)
        let plain = Self.spoken.replacing(#""content":null,"refusal":"I will not.""#, with: #""content":"Yes.""#)
        let answer = try OpenAIChatDialect().decodeResponse(JSONValue(parsing: plain), provider: "p", model: "m")
        #expect(answer.finishReason == .stop)
    }

    @Test("They are told as such", arguments: 0..<rows.count, [true, false])
    func writing(row: Int, isSpoken: Bool) throws {
        let (dialect, spoken, silent) = Self.rows[row]
        let response =
            isSpoken
            ? try OpenAIChatDialect().decodeResponse(JSONValue(parsing: Self.spoken), provider: "p", model: "m")
            : try AnthropicMessagesDialect().decodeResponse(JSONValue(parsing: Self.silent), provider: "p", model: "m")
        let events =
            isSpoken
            ? try Self.streamed(OpenAIStreamDecoder(), Self.spokenEvents)
            : try Self.streamed(AnthropicMessagesDialect().makeStreamDecoder(), Self.silentEvents)
        let answers =
            switch dialect {
            case "openai": Self.answers(OpenAIChatServed(), response, events)
            case "responses": Self.answers(ResponsesServed(), response, events)
            case "anthropic": Self.answers(AnthropicServed(), response, events)
            case "ollama": Self.answers(OllamaServed(), response, events)
            default: Self.answers(GeminiServed(.events), response, events)
            }
        for answer in answers {
            for words in isSpoken ? spoken : silent { #expect(answer.contains(words), "\(answer)") }
            #expect(isSpoken != (answer.contains("content_filter")) || !["openai", "responses"].contains(dialect))
        }
    }

    private static func answers(
        _ served: some ServedDialect,
        _ response: ChatResponse,
        _ events: [ChatEvent]
    ) -> [String] {
        var encoder = served.makeStreamEncoder(for: asked, context: context)
        var bytes: [UInt8] = []
        for event in events { encoder.encode(event, into: &bytes) }
        return [
            served.encodeResponse(response, to: asked, context: context).serializedString,
            String(decoding: bytes, as: UTF8.self),
        ]
    }

    private static func streamed(_ decoder: some ChatStreamDecoder, _ frames: [String]) throws -> [ChatEvent] {
        var decoder = decoder
        var assembler = StreamAssembler(StreamAssembler.Start(provider: "p", model: "m"))
        var events: [ChatEvent] = []
        for frame in frames {
            var deltas: [StreamDelta] = []
            try decoder.decode(event: nil, data: Array(frame.utf8), into: &deltas)
            assembler.consume(deltas, into: &events)
        }
        #expect(assembler.finish(isCut: false, into: &events))
        return events
    }
}

extension ChatEvent {
    fileprivate var response: ChatResponse? {
        if case .finished(let response) = self { response } else { nil }
    }
}
