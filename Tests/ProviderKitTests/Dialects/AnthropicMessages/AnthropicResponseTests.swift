import ProviderKit
import Testing
import TransportKit

// Shapes: platform.claude.com/docs/en/api/messages (response, errors) and the types of the official Python client 2.11.
@Suite("Anthropic Messages: answers")
struct AnthropicResponseTests {
    private func decode(_ text: String) throws -> ChatResponse {
        try AnthropicMessagesDialect().decodeResponse(try JSONValue(parsing: text), provider: "p", model: "asked")
    }

    @Test("Text, thoughts, calls and blocks of other kinds keep their order")
    func content() throws {
        let response = try decode(
            #"""
            {"id":"msg_1","type":"message","role":"assistant","model":"claude-sonnet-4-5-20250929","content":[
             {"type":"thinking","thinking":"Hm.","signature":"c2ln"},{"type":"redacted_thinking","data":"blob"},
             {"type":"text","text":"It rains.","citations":[{"type":"char_location","cited_text":"rain"}]},
             {"type":"server_tool_use","id":"srvtoolu_1","name":"web_search","input":{"query":"x"}},
             {"type":"tool_use","id":"toolu_1","name":"weather","input":{"city":"Oslo","n":1.50},"caller":{"type":"direct"}}],
             "stop_reason":"tool_use","stop_sequence":null,"container":null,"stop_details":{"type":"x"},
             "usage":{"input_tokens":10,"cache_read_input_tokens":100,"cache_creation_input_tokens":1000,"output_tokens":7,
              "output_tokens_details":{"thinking_tokens":3},"service_tier":"standard"}}
            """#
        )
        #expect(response.id == "msg_1")
        #expect(response.provider == "p" && response.model == "claude-sonnet-4-5-20250929")
        #expect(response.finishReason == .toolCalls && response.rawFinishReason == "tool_use")
        #expect(
            response.usage
                == Usage(
                    inputTokens: 1110,
                    outputTokens: 7,
                    cachedReadTokens: 100,
                    cachedWriteTokens: 1000,
                    reasoningTokens: 3
                )
        )
        #expect(response.extra == ["stop_details": ["type": "x"]])
        #expect(
            response.message.content == [
                .reasoning(Reasoning("Hm.", signature: "c2ln")), .reasoning(Reasoning("", redacted: "blob")),
                ContentPart(
                    .text("It rains."),
                    extra: ["citations": [["type": "char_location", "cited_text": "rain"]]]
                ),
                ContentPart(
                    .unknown([
                        "type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": ["query": "x"],
                    ])
                ),
                ContentPart(
                    .toolCall(ToolCall(id: "toolu_1", name: "weather", arguments: #"{"city":"Oslo","n":1.50}"#)),
                    extra: ["caller": ["type": "direct"]]
                ),
            ]
        )
    }

    @Test(
        "Reasons for the end have common words; unknown ones are kept and not guessed",
        arguments: [
            ("end_turn", FinishReason.stop), ("stop_sequence", .stop), ("max_tokens", .length),
            ("tool_use", .toolCalls),
            ("model_context_window_exceeded", .length), ("pause_turn", .pause), ("refusal", .refusal), ("new", nil),
        ] as [(String, FinishReason?)]
    )
    func finishReason(raw: String, reason: FinishReason?) throws {
        let response = try decode(#"{"content":[],"stop_reason":"\#(raw)"}"#)
        #expect(response.finishReason == reason && response.rawFinishReason == raw)
        #expect(response.usage == nil && response.model == "asked")
    }

    @Test("Thoughts go back as they came, after a turn with tools")
    func roundTrip() throws {
        let blocks =
            #"[{"type":"thinking","thinking":"Hm.","signature":"c2ln"},{"type":"redacted_thinking","data":"blob"},"#
            + #"{"type":"tool_use","id":"t","name":"f","input":{"n":1.0}}]"#
        let response = try decode(#"{"content":\#(blocks),"stop_reason":"tool_use"}"#)
        let call = try #require(response.toolCalls.first)
        let request = ChatRequest(
            model: "claude-sonnet-4-5",
            messages: [.user("Hi"), response.message, .toolResult("1", for: call)]
        )
        let body = try AnthropicMessagesDialect().encode(request, isStreaming: false).body
        #expect(body["messages"]?.array?[1]["content"]?.serializedString == blocks)
    }

    @Test("What is no answer is refused", arguments: ["{}", "[]", "1", #"{"content":"x"}"#])
    func malformed(text: String) {
        let error = #expect(throws: PlexError.self) { try decode(text) }
        #expect(error?.code == .malformedResponse)
    }

    @Test("An error with a good status is an error")
    func errorBody() {
        let error = #expect(throws: PlexError.self) {
            try decode(#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#)
        }
        #expect(error?.code == .overloaded && error?.providerCode == "overloaded_error")
    }

    static let errors: [(String, String, PlexError.Code?)] = [
        ("invalid_request_error", "max_tokens: Field required", .invalidRequest),
        ("invalid_request_error", "prompt is too long: 250000 tokens > 200000 maximum", .contextLengthExceeded),
        ("invalid_request_error", "input length and `max_tokens` exceed context limit", .contextLengthExceeded),
        ("invalid_request_error", "Your credit balance is too low to access the API", .quotaExhausted),
        ("invalid_request_error", "Output blocked by content filtering policy", .contentFiltered),
        ("authentication_error", "invalid x-api-key", .authentication), ("billing_error", "", .quotaExhausted),
        ("permission_error", "", .permission), ("not_found_error", "model: x", .notFound),
        ("request_too_large", "", .invalidRequest), ("rate_limit_error", "", .rateLimited),
        ("api_error", "", .upstream), ("overloaded_error", "", .overloaded), ("timeout_error", "", .upstream),
        ("brand_new_error", "", nil),
    ]

    @Test("The API's words for errors have codes", arguments: errors)
    func error(type: String, message: String, code: PlexError.Code?) {
        let body: JSONValue = [
            "type": "error", "error": ["type": .string(type), "message": .string(message)], "request_id": "req_1",
        ]
        let error = AnthropicMessagesDialect().decodeError(body)
        #expect(error == DialectError(providerCode: type, message: message, code: code))
    }

    @Test("Answers without an error have none", arguments: ["{}", #"{"error":null}"#, #"{"error":{}}"#, "[]"])
    func noError(text: String) throws {
        #expect(AnthropicMessagesDialect().decodeError(try JSONValue(parsing: text)) == nil)
    }
}
