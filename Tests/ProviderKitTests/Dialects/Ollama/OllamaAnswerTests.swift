import ProviderKit
import Testing
import TransportKit

// Shapes: docs/api.md of github.com/ollama/ollama (chat, with tools, with thinking).
@Suite("Ollama: answers and streams")
struct OllamaAnswerTests {
    // Without a name for calls in the wire, each of these is made; one name makes answers comparable.
    private let dialect = OllamaDialect(makeCallID: { "made" })

    private func respond(_ text: String) throws -> ChatResponse {
        try dialect.decodeResponse(try JSONValue(parsing: text), provider: "test", model: "asked")
    }

    private func stream(_ text: String) throws -> StreamOutcome {
        try decode([Array(text.utf8)], framing: .newlineDelimitedJSON, decoder: dialect.makeStreamDecoder())
    }

    @Test("An answer's text, thoughts, counts and times are read")
    func answer() throws {
        let response = try respond(
            #"""
            {"model":"qwen3","created_at":"2025-05-29T09:35:56.836222Z","message":{"role":"assistant","content":"3",
             "thinking":"Count."},"done_reason":"stop","done":true,"total_duration":47975065417,"prompt_eval_count":26,
             "eval_count":298}
            """#
        )
        #expect(response.message.content == [.reasoning(Reasoning("Count.")), .text("3")])
        #expect(response.model == "qwen3" && response.finishReason == .stop && response.rawFinishReason == "stop")
        #expect(response.usage == Usage(inputTokens: 26, outputTokens: 298))
        #expect(
            response.extra.names == ["created_at", "total_duration"]
                && response.extra["total_duration"]?.serializedString == "47975065417"
        )
    }

    @Test("Calls get a name where they have none, and the end is for the tools")
    func calls() throws {
        let response = try respond(
            #"""
            {"model":"llama3.2","message":{"role":"assistant","content":"","tool_calls":[
             {"function":{"name":"get_weather","arguments":{"city":"Tokyo","n":1.50}}},
             {"id":"call_x","function":{"index":1,"name":"now","arguments":{}}}]},"done_reason":"stop","done":true,
             "eval_count":25}
            """#
        )
        #expect(
            response.toolCalls == [
                ToolCall(id: "made", name: "get_weather", arguments: #"{"city":"Tokyo","n":1.50}"#),
                ToolCall(id: "call_x", name: "now", arguments: "{}"),
            ]
        )
        #expect(response.finishReason == .toolCalls && response.rawFinishReason == "stop")
        #expect(response.usage == Usage(inputTokens: 0, outputTokens: 25))
    }

    @Test("Made names do not come again")
    func names() {
        let names = Set((0..<100).map { _ in OllamaDialect.randomCallID() })
        #expect(names.count == 100 && names.allSatisfy { $0.hasPrefix("call_") })
    }

    @Test(
        "Reasons for the end have common words; others are kept and not guessed",
        arguments: [("stop", FinishReason.stop), ("length", .length), ("load", nil)] as [(String, FinishReason?)]
    )
    func finishReason(raw: String, reason: FinishReason?) throws {
        let response = try respond(#"{"message":{"content":"x"},"done":true,"done_reason":"\#(raw)"}"#)
        #expect(response.finishReason == reason && response.rawFinishReason == raw && response.usage == nil)
        let silent = try respond(#"{"message":{"content":"x"},"done":true}"#)
        #expect(silent.finishReason == nil && silent.rawFinishReason == nil)
    }

    @Test(
        "What is no whole answer is refused",
        arguments: ["{}", "[]", #"{"message":{"content":"x"}}"#, #"{"message":{"content":"x"},"done":false}"#]
    )
    func malformed(text: String) {
        let error = #expect(throws: PlexError.self) { try respond(text) }
        #expect(error?.code == .malformedResponse)
    }

    static let errors: [(String, PlexError.Code?)] = [
        ("model 'llama9' not found", .notFound),
        ("registry.ollama.ai/library/gemma:2b does not support tools", .unsupported),
        ("the input length exceeds the context length", .contextLengthExceeded),
        ("server busy, please try again.  maximum pending requests exceeded", .overloaded),
        ("invalid options", nil),
    ]

    @Test("The server's words for errors have codes", arguments: errors)
    func error(message: String, code: PlexError.Code?) throws {
        #expect(dialect.decodeError(["error": .string(message)]) == DialectError(message: message, code: code))
        #expect(dialect.decodeError(["message": ["content": "x"]]) == nil)
    }

    static let transcript = """
        {"model":"qwen3","created_at":"2025-07-07T20:22:19.184789Z","message":{"role":"assistant","content":"","thinking":"Sky"},"done":false}
        {"model":"qwen3","created_at":"2025-07-07T20:22:19.2Z","message":{"role":"assistant","content":"","thinking":"!"},"done":false}
        {"model":"qwen3","created_at":"2025-07-07T20:22:19.3Z","message":{"role":"assistant","content":"The 🌍"},"done":false}
        {"model":"qwen3","created_at":"2025-07-07T20:22:19.4Z","message":{"role":"assistant","content":" turns."},"done":false}
        {"model":"qwen3","created_at":"2025-07-07T20:22:19.5Z","message":{"role":"assistant","content":"","tool_calls":[{"function":{"name":"get_weather","arguments":{"city":"Tokyo"}}},{"function":{"name":"get_weather","arguments":{"city":"Oslo"}}}]},"done":false}
        {"model":"qwen3","created_at":"2025-07-07T20:22:19.6Z","message":{"role":"assistant","content":""},"done_reason":"stop","done":true,"total_duration":182242375,"load_duration":41295167,"prompt_eval_count":169,"eval_count":15}

        """

    @Test("A stream's last event is the whole answer")
    func wholeStream() throws {
        let outcome = try stream(Self.transcript)
        let first = ToolCall(id: "made", name: "get_weather", arguments: #"{"city":"Tokyo"}"#)
        let second = ToolCall(id: "made", name: "get_weather", arguments: #"{"city":"Oslo"}"#)
        #expect(outcome.isWhole)
        #expect(
            outcome.response?.message.content == [
                .reasoning(Reasoning("Sky!")), .text("The 🌍 turns."), .toolCall(first), .toolCall(second),
            ]
        )
        #expect(outcome.events.first == .started(StreamStart(provider: "test", model: "qwen3")))
        #expect(outcome.events.contains(.toolCallEnded(index: 1, call: second)))
        #expect(outcome.response?.finishReason == .toolCalls && outcome.response?.rawFinishReason == "stop")
        #expect(outcome.response?.usage == Usage(inputTokens: 169, outputTokens: 15))
        #expect(outcome.response?.extra["load_duration"] == 41_295_167)
    }

    @Test("A stream cut into pieces anywhere gives the same events")
    func pieces() throws {
        let whole = try stream(Self.transcript)
        for pieces in cuts(of: Self.transcript) {
            let outcome = try decode(pieces, framing: .newlineDelimitedJSON, decoder: dialect.makeStreamDecoder())
            #expect(outcome == whole)
        }
    }

    @Test("A stream that ends before its last line is not whole")
    func cutStreams() throws {
        let bytes = Array(Self.transcript.utf8)
        for length in stride(from: 0, to: bytes.count - 2, by: 5) {
            let outcome = try decode(
                [Array(bytes[..<length])],
                framing: .newlineDelimitedJSON,
                decoder: dialect.makeStreamDecoder()
            )
            #expect(!outcome.isWhole && outcome.response == nil)
        }
    }

    static let failures: [(String, PlexError.Code)] = [
        (#"{"error":"an error was encountered while running the model"}"#, .upstream),
        (#"{"error":"model 'x' not found"}"#, .notFound), ("nonsense", .malformedResponse), ("[]", .malformedResponse),
    ]

    @Test("Errors and nonsense within a stream fail it", arguments: failures)
    func failure(line: String, code: PlexError.Code) throws {
        let outcome = try stream(#"{"message":{"content":"Hi"},"done":false}"# + "\n\(line)\n")
        #expect(outcome.failure == code && outcome.events.last == .text("Hi"))
    }
}
