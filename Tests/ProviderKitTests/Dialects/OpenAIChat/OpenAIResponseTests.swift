import ProviderKit
import Testing
import TransportKit

@Suite("OpenAI answers")
struct OpenAIResponseTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var message: String
        var content: [ContentPart]

        init(_ name: String, _ message: String, _ content: ContentPart...) {
            testDescription = name
            self.message = message
            self.content = content
        }
    }

    static func decode(_ text: String) throws -> ChatResponse {
        try OpenAIChatDialect().decodeResponse(JSONValue(parsing: text), provider: "p", model: "asked")
    }

    @Test(arguments: [
        Case("text", #"{"content":"Hi"}"#, .text("Hi")),
        Case("null", #"{"content":null}"#),
        Case("nothing", "{}"),
        Case("a list", #"{"content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}"#, .text("a"), .text("b")),
        Case("a list of strings", #"{"content":["a"]}"#, .text("a")),
        Case(
            "a list with thoughts",
            #"{"content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]},{"type":"text","text":"b"}]}"#,
            .reasoning(Reasoning("hm")),
            .text("b")
        ),
        Case("an unknown part", #"{"content":[{"type":"video"}]}"#, ContentPart(.unknown(["type": "video"]))),
        Case("refusal", #"{"content":null,"refusal":"no"}"#, .refusal("no")),
        Case("reasoning_content", #"{"content":"a","reasoning_content":"r"}"#, .reasoning(Reasoning("r")), .text("a")),
        Case("reasoning", #"{"content":"a","reasoning":"r"}"#, .reasoning(Reasoning("r")), .text("a")),
        Case(
            "reasoning_details",
            """
            {"content":"a","reasoning":"r","reasoning_details":[{"type":"reasoning.text","text":"r","signature":"s",\
            "format":"f","index":0},{"type":"reasoning.encrypted","data":"e"}]}
            """,
            ContentPart(.reasoning(Reasoning("r", signature: "s")), extra: ["format": "f"]),
            .reasoning(Reasoning("", redacted: "e")),
            .text("a")
        ),
        Case(
            "calls, one without id, one with arguments as object, one with none",
            """
            {"content":null,"tool_calls":[{"id":"x","type":"function","function":{"name":"a","arguments":"{\\"b\\": {}}"}},\
            {"function":{"name":"b","arguments":{"n":1.50}}},{"id":"","function":{"name":"c","arguments":""}}]}
            """,
            .toolCall(ToolCall(id: "x", name: "a", arguments: #"{"b": {}}"#)),
            .toolCall(ToolCall(id: "call_1", name: "b", arguments: #"{"n":1.50}"#)),
            .toolCall(ToolCall(id: "call_2", name: "c", arguments: "{}"))
        ),
        Case(
            "function_call",
            #"{"content":null,"function_call":{"name":"f","arguments":"{}"}}"#,
            .toolCall(ToolCall(id: "call_0", name: "f", arguments: "{}"))
        ),
    ])
    func content(_ test: Case) throws {
        let response = try Self.decode(#"{"choices":[{"message":\#(test.message),"finish_reason":"stop"}]}"#)
        #expect(response.message.content == test.content)
    }

    @Test(arguments: [
        ("stop", FinishReason.stop), ("length", .length), ("tool_calls", .toolCalls), ("function_call", .toolCalls),
        ("content_filter", .contentFilter), ("eos", .stop), ("model_length", .length), ("brand_new", "brand_new"),
    ])
    func finishReason(raw: String, reason: FinishReason) throws {
        let response = try Self.decode(#"{"choices":[{"message":{"content":"a"},"finish_reason":"\#(raw)"}]}"#)
        #expect(response.finishReason == reason)
        #expect(response.rawFinishReason == raw)
    }

    @Test func aMissingFinishReasonIsNotInvented() throws {
        let response = try Self.decode(#"{"choices":[{"message":{"content":"a"},"finish_reason":null}]}"#)
        #expect(response.finishReason == nil && response.rawFinishReason == nil)
    }

    @Test(arguments: [("error", PlexError.Code.upstream), ("insufficient_system_resource", .overloaded)])
    func anEndThatIsAFailure(raw: String, code: PlexError.Code) {
        let error = #expect(throws: PlexError.self) {
            try Self.decode(#"{"choices":[{"message":{"content":"a"},"finish_reason":"\#(raw)"}]}"#)
        }
        #expect(error?.code == code)
    }

    @Test(
        arguments: [
            ("null", nil), ("{}", nil),
            (#"{"prompt_tokens":3,"completion_tokens":4}"#, Usage(inputTokens: 3, outputTokens: 4)),
            (
                """
                {"prompt_tokens":3,"completion_tokens":4,"total_tokens":7,"prompt_tokens_details":{"cached_tokens":2},\
                "completion_tokens_details":{"reasoning_tokens":1}}
                """, Usage(inputTokens: 3, outputTokens: 4, cachedReadTokens: 2, reasoningTokens: 1)
            ),
            (
                #"{"prompt_tokens":3,"completion_tokens":4,"prompt_cache_hit_tokens":1}"#,
                Usage(inputTokens: 3, outputTokens: 4, cachedReadTokens: 1)
            ),
            // Reasoning counted beside the answer.
            (
                """
                {"prompt_tokens":3,"completion_tokens":4,"total_tokens":12,"completion_tokens_details":{"reasoning_tokens":5}}
                """, Usage(inputTokens: 3, outputTokens: 9, reasoningTokens: 5)
            ),
        ] as [(String, Usage?)]
    )
    func usage(text: String, usage: Usage?) throws {
        let response = try Self.decode(#"{"choices":[{"message":{"content":"a"}}],"usage":\#(text)}"#)
        #expect(response.usage == usage)
    }

    @Test func unknownFieldsAreKept() throws {
        let response = try Self.decode(
            """
            {"id":"i","object":"chat.completion","model":"served","created":7,"timings":{"ms":0.50},
             "choices":[{"index":0,"message":{"role":"assistant","content":"a","annotations":[1]},"logprobs":{"content":[]},
             "finish_reason":"stop"},{"index":1,"message":{"content":"b"}}],
             "usage":{"prompt_tokens":1,"completion_tokens":1,"cost":0.10}}
            """
        )
        #expect(response.id == "i")
        #expect(response.model == "served")
        #expect(response.message.extra["annotations"] == [1])
        #expect(response.extra["timings"]?.serializedString == #"{"ms":0.50}"#)
        #expect(response.extra["logprobs"] == ["content": []])
        #expect(response.extra["created"] == 7)
        #expect(response.extra["usage"]?["cost"]?.serializedString == "0.10")
        #expect(response.extra["choices"]?.array?.count == 1)
    }

    @Test(arguments: ["{}", #"{"choices":[]}"#, "[]", "7"])
    func whatIsNoAnswer(_ text: String) {
        let error = #expect(throws: PlexError.self) { try Self.decode(text) }
        #expect(error?.code == .malformedResponse)
    }
}
