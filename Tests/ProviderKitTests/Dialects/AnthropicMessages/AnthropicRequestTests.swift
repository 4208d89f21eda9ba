import ProviderKit
import Testing
import TransportKit

// Shapes: platform.claude.com/docs/en/api/messages and the types of the official Python client 2.11.
@Suite("Anthropic Messages: requests")
struct AnthropicRequestTests {
    static let sonnet: ModelID = "claude-sonnet-4-5"
    static let weather = ToolDefinition(
        name: "weather",
        description: "Weather in a city.",
        parameters: ["type": "object", "properties": ["city": ["type": "string"]]]
    )
    static let call = ToolCall(id: "toolu_1", name: "weather", arguments: #"{"city":"Oslo","n":1.50}"#)

    static let conversations: [GoldenRequest] = [
        GoldenRequest(
            "a plain question",
            .asking(sonnet, .user("Hi")),
            #"{"model":"claude-sonnet-4-5","max_tokens":4096,"messages":[{"role":"user","content":"Hi"}]}"#
        ),
        GoldenRequest(
            "instructions are joined in order",
            .asking(
                sonnet,
                .system("One."),
                Message(role: .developer, content: [.text("Two.")]),
                .user("Hi")
            ),
            #"""
            {"model":"claude-sonnet-4-5","max_tokens":4096,"system":"One.\n\nTwo.",
             "messages":[{"role":"user","content":"Hi"}]}
            """#
        ),
        GoldenRequest(
            "instructions with a cache mark are blocks",
            .asking(
                sonnet,
                .system("One."),
                Message(
                    role: .system,
                    content: [ContentPart(.text("Two."), cacheHint: CacheHint(timeToLive: "1h"))]
                ),
                .user("Hi")
            ),
            #"""
            {"model":"claude-sonnet-4-5","max_tokens":4096,"system":[{"type":"text","text":"One."},
             {"type":"text","text":"Two.","cache_control":{"type":"ephemeral","ttl":"1h"}}],
             "messages":[{"role":"user","content":"Hi"}]}
            """#
        ),
        GoldenRequest(
            "instructions inside the conversation are moved up",
            .asking(sonnet, .user("Hi"), .system("Late."), .user("Again")),
            #"""
            {"model":"claude-sonnet-4-5","max_tokens":4096,"system":"Late.","messages":[{"role":"user","content":[
             {"type":"text","text":"Hi"},{"type":"text","text":"Again"}]}]}
            """#,
            warnings: ["adjusted messages[1]"]
        ),
        GoldenRequest(
            "results of parallel calls stand first in one user message",
            .asking(
                sonnet,
                .user("Hi"),
                Message(
                    role: .assistant,
                    content: [
                        .text("Wait."), .toolCall(call), .toolCall(ToolCall(id: "b:2", name: "now", arguments: "")),
                    ]
                ),
                .toolResult("Rain", for: call),
                Message(
                    role: .tool,
                    content: [
                        .toolResult(
                            ToolResult(
                                callID: "b:2",
                                content: [.text("broken"), .image(Media(.url("https://a/b.png")))],
                                isError: true
                            )
                        )
                    ]
                ),
                .user("So?")
            ),
            #"""
            {"model":"claude-sonnet-4-5","max_tokens":4096,"messages":[{"role":"user","content":"Hi"},
             {"role":"assistant","content":[{"type":"text","text":"Wait."},
              {"type":"tool_use","id":"toolu_1","name":"weather","input":{"city":"Oslo","n":1.50}},
              {"type":"tool_use","id":"b_2","name":"now","input":{}}]},
             {"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","content":"Rain"},
              {"type":"tool_result","tool_use_id":"b_2","is_error":true,"content":[{"type":"text","text":"broken"},
               {"type":"image","source":{"type":"url","url":"https://a/b.png"}}]},
              {"type":"text","text":"So?"}]}]}
            """#
        ),
        GoldenRequest(
            "images and documents",
            .asking(
                sonnet,
                .user([
                    .image(Media(.base64("iVBORw0KGgoAAA"))), .image(Media(.url("data:image/webp;base64,UklG"))),
                    .file(Media(.base64("JVBERi0x"), filename: "a.pdf")), .file(Media(.url("https://a/b.pdf"))),
                    .file(Media(.base64("SGVsbG8="), mediaType: "text/markdown")),
                    .file(Media(.providerFile("file_1"))), .text(""),
                ])
            ),
            #"""
            {"model":"claude-sonnet-4-5","max_tokens":4096,"messages":[{"role":"user","content":[
             {"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBORw0KGgoAAA"}},
             {"type":"image","source":{"type":"base64","media_type":"image/webp","data":"UklG"}},
             {"type":"document","title":"a.pdf","source":{"type":"base64","media_type":"application/pdf","data":"JVBERi0x"}},
             {"type":"document","source":{"type":"url","url":"https://a/b.pdf"}},
             {"type":"document","source":{"type":"text","media_type":"text/plain","data":"Hello"}},
             {"type":"document","source":{"type":"file","file_id":"file_1"}}]}]}
            """#
        ),
        GoldenRequest(
            "reasoning goes back sealed and in order",
            .asking(
                sonnet,
                .user("Hi"),
                Message(
                    role: .assistant,
                    content: [
                        .reasoning(Reasoning("Hm.", signature: "sig==")), .reasoning(Reasoning("", redacted: "blob")),
                        .reasoning(Reasoning("Another model's thought")), .toolCall(call),
                    ]
                ),
                .toolResult("Rain", for: call)
            ),
            #"""
            {"model":"claude-sonnet-4-5","max_tokens":4096,"messages":[{"role":"user","content":"Hi"},
             {"role":"assistant","content":[{"type":"thinking","thinking":"Hm.","signature":"sig=="},
              {"type":"redacted_thinking","data":"blob"},
              {"type":"tool_use","id":"toolu_1","name":"weather","input":{"city":"Oslo","n":1.50}}]},
             {"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","content":"Rain"}]}]}
            """#,
            warnings: ["dropped messages[1].content[2]"]
        ),
        GoldenRequest(
            "another server's thoughts go back without a seal",
            .asking(
                "deepseek",
                .user("Hi"),
                Message(role: .assistant, content: [.reasoning(Reasoning("Hm.")), .text("A")]),
                .user("B")
            ),
            #"""
            {"model":"deepseek","max_tokens":4096,"messages":[{"role":"user","content":"Hi"},
             {"role":"assistant","content":[{"type":"thinking","thinking":"Hm.","signature":""},{"type":"text","text":"A"}]},
             {"role":"user","content":"B"}]}
            """#
        ),
        GoldenRequest(
            "fields of this dialect go back with a part, those of others do not",
            .asking(
                sonnet,
                .user("Hi"),
                Message(
                    role: .assistant,
                    content: [
                        ContentPart(.text("A"), extra: ["citations": [["type": "page_location"]], "annotations": []]),
                        ContentPart(.unknown(["type": "server_tool_use", "id": "s"])),
                    ]
                ),
                .user("B")
            ),
            #"""
            {"model":"claude-sonnet-4-5","max_tokens":4096,"messages":[{"role":"user","content":"Hi"},
             {"role":"assistant","content":[{"type":"text","text":"A","citations":[{"type":"page_location"}]},
              {"type":"server_tool_use","id":"s"}]},{"role":"user","content":"B"}]}
            """#,
            warnings: ["dropped messages[1].content[0].annotations"]
        ),
    ]

    static let settings: [GoldenRequest] = [
        GoldenRequest(
            "tools, choice and schema",
            .asking(sonnet, .user("Hi")).with {
                $0.tools = [
                    weather, ToolDefinition(name: "web_search", extra: ["type": "web_search_20250305", "max_uses": 2]),
                ]
                $0.tools[0].cacheHint = CacheHint()
                $0.tools[0].isStrict = true
                $0.toolChoice = .tool("weather")
                $0.allowsParallelToolCalls = false
                $0.responseFormat = .jsonSchema(JSONSchemaFormat(name: "x", schema: ["type": "object"]))
            },
            #"""
            {"model":"claude-sonnet-4-5","max_tokens":4096,"messages":[{"role":"user","content":"Hi"}],
             "tools":[{"name":"weather","description":"Weather in a city.","strict":true,
              "input_schema":{"type":"object","properties":{"city":{"type":"string"}}},"cache_control":{"type":"ephemeral"}},
              {"name":"web_search","type":"web_search_20250305","max_uses":2}],
             "tool_choice":{"type":"tool","name":"weather","disable_parallel_tool_use":true},
             "output_config":{"format":{"type":"json_schema","schema":{"type":"object"}}}}
            """#
        ),
        GoldenRequest(
            "parallel calls switched off without a choice",
            .asking(sonnet, .user("Hi")).with {
                $0.tools = [ToolDefinition(name: "a", parameters: [:])]
                $0.allowsParallelToolCalls = false
            },
            #"""
            {"model":"claude-sonnet-4-5","max_tokens":4096,"messages":[{"role":"user","content":"Hi"}],
             "tools":[{"name":"a","input_schema":{"type":"object"}}],
             "tool_choice":{"type":"auto","disable_parallel_tool_use":true}}
            """#
        ),
        GoldenRequest(
            "no tools, and any tool",
            .asking(sonnet, .user("Hi")).with {
                $0.tools = [ToolDefinition(name: "a", parameters: ["type": "object"])]
                $0.toolChoice = ToolChoice.none
            },
            #"""
            {"model":"claude-sonnet-4-5","max_tokens":4096,"messages":[{"role":"user","content":"Hi"}],
             "tools":[{"name":"a","input_schema":{"type":"object"}}],"tool_choice":{"type":"none"}}
            """#
        ),
        GoldenRequest(
            "what fits and what does not",
            .asking(sonnet, .user("Hi")).with {
                $0.sampling = Sampling(
                    temperature: 1.5,
                    topK: 40,
                    seed: 7,
                    presencePenalty: 0.1,
                    frequencyPenalty: 0.2
                )
                $0.maximumTokens = 100
                $0.stopSequences = ["END"]
                $0.user = "u1"
                $0.metadata = ["run": "7"]
                $0.responseFormat = .jsonObject
                $0.toolChoice = .required
            },
            #"""
            {"model":"claude-sonnet-4-5","max_tokens":100,"messages":[{"role":"user","content":"Hi"}],
             "temperature":1,"top_k":40,"stop_sequences":["END"],"metadata":{"user_id":"u1"}}
            """#,
            warnings: [
                "dropped toolChoice", "dropped responseFormat", "dropped sampling.seed",
                "dropped sampling.presencePenalty", "dropped sampling.frequencyPenalty",
                "adjusted sampling.temperature", "dropped metadata.run",
            ]
        ),
        GoldenRequest(
            "temperature with top-p, older model",
            .asking("claude-3-5-haiku-20241022", .user("Hi")).with {
                $0.sampling = Sampling(temperature: 0.5, topP: 0.9)
            },
            #"""
            {"model":"claude-3-5-haiku-20241022","max_tokens":4096,"messages":[{"role":"user","content":"Hi"}],
             "temperature":0.5,"top_p":0.9}
            """#
        ),
        GoldenRequest(
            "temperature without top-p, newer model",
            .asking(sonnet, .user("Hi")).with { $0.sampling = Sampling(temperature: 0.5, topP: 0.9) },
            #"""
            {"model":"claude-sonnet-4-5","max_tokens":4096,"messages":[{"role":"user","content":"Hi"}],
             "temperature":0.5}
            """#,
            warnings: ["dropped sampling.topP"]
        ),
        GoldenRequest(
            "no sampling for the newest",
            .asking("claude-opus-4-7", .user("Hi")).with { $0.sampling = Sampling(temperature: 0.5, topK: 3) },
            #"{"model":"claude-opus-4-7","max_tokens":4096,"messages":[{"role":"user","content":"Hi"}]}"#,
            warnings: ["dropped sampling.temperature", "dropped sampling.topK"]
        ),
        GoldenRequest(
            "the caller's own fields win",
            .asking(sonnet, .user("Hi")).with {
                $0.maximumTokens = 100
                $0.extra = ["max_tokens": 7, "service_tier": "auto"]
            },
            #"""
            {"model":"claude-sonnet-4-5","max_tokens":7,"messages":[{"role":"user","content":"Hi"}],
             "service_tier":"auto"}
            """#
        ),
    ]

    @Test("Conversations become the body that the API wants", arguments: conversations)
    func conversation(golden: GoldenRequest) throws {
        try check(golden)
    }

    @Test("Settings become fields, or a warning", arguments: settings)
    func setting(golden: GoldenRequest) throws {
        try check(golden)
    }

    private func check(_ golden: GoldenRequest) throws {
        let encoded = try AnthropicMessagesDialect().encode(golden.request, isStreaming: false)
        #expect(encoded.body == (try JSONValue(parsing: golden.body)), "\(encoded.body.serializedString)")
        #expect(encoded.shortWarnings == golden.warnings)
        #expect(encoded.path == "/v1/messages")
    }

    @Test("Only what reads the answer decides whether it streams", arguments: [false, true])
    func streamOfTheCaller(isStreaming: Bool) throws {
        let request = ChatRequest(model: "m", prompt: "Hi").with { $0.extra = ["stream": .bool(!isStreaming)] }
        let messages = try AnthropicMessagesDialect().encode(request, isStreaming: isStreaming).body
        #expect(messages["stream"] == (isStreaming ? true : nil))
        let chat = try OllamaDialect().encode(request, isStreaming: isStreaming).body
        #expect(chat["stream"] == .bool(isStreaming))
        let text = try OllamaCompletionDialect().encode(request, isStreaming: isStreaming).body
        #expect(text["stream"] == .bool(isStreaming))
    }

    @Test("Numbers in a call's arguments keep their digits")
    func digits() throws {
        let request = ChatRequest.asking(
            Self.sonnet,
            .user("Hi"),
            Message(role: .assistant, content: [.toolCall(Self.call)]),
            .toolResult("Rain", for: Self.call)
        )
        let encoded = try AnthropicMessagesDialect().encode(request, isStreaming: true)
        #expect(encoded.body.serializedString.contains(#""n":1.50"#))
        #expect(encoded.body["stream"] == true)
    }

    static let refused: [(ContentPart, PlexError.Code, String)] = [
        (.toolCall(ToolCall(id: "a", name: "f", arguments: "{")), .invalidRequest, "messages[0].content[0].arguments"),
        (.toolCall(ToolCall(id: "a", name: "f", arguments: "[]")), .invalidRequest, "messages[0].content[0].arguments"),
        (.audio(Media(.base64("UklG"))), .unsupported, "messages[0].content[0]"),
        (.image(Media(.base64("AAAA"))), .invalidRequest, "media type"),
        (.file(Media(.base64("AAAA"), mediaType: "video/mp4")), .unsupported, "video/mp4"),
        (.file(Media(.base64("/w=="), mediaType: "text/plain")), .invalidRequest, "UTF-8"),
        (.text(""), .invalidRequest, "messages"),
    ]

    @Test("What cannot be sent is refused by name", arguments: refused)
    func refusal(part: ContentPart, code: PlexError.Code, words: String) throws {
        let request = ChatRequest.asking(Self.sonnet, Message(role: .assistant, content: [part]))
        let error = #expect(throws: PlexError.self) {
            try AnthropicMessagesDialect().encode(request, isStreaming: false)
        }
        #expect(error?.code == code)
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    }

    @Test("A schema for a model that takes none, and an unknown role, are refused")
    func refusedSettings() {
        let schema = ChatRequest.asking("claude-3-opus-20240229", .user("Hi")).with {
            $0.responseFormat = .jsonSchema(JSONSchemaFormat(name: "x", schema: [:]))
        }
        #expect(throws: PlexError.self) { try AnthropicMessagesDialect().encode(schema, isStreaming: false) }
        let role = ChatRequest.asking(Self.sonnet, Message(role: "critic", content: [.text("Hi")]))
        #expect(throws: PlexError.self) { try AnthropicMessagesDialect().encode(role, isStreaming: false) }
    }

    @Test("Counting tokens sends only what is part of the prompt")
    func tokenCount() throws {
        let request = ChatRequest.asking(Self.sonnet, .system("S"), .user("Hi")).with {
            $0.sampling.temperature = 0.5
            $0.stopSequences = ["x"]
            $0.tools = [Self.weather]
        }
        let encoded = try AnthropicMessagesDialect().encodeTokenCount(request)
        #expect(encoded.path == "/v1/messages/count_tokens")
        #expect(encoded.body.object?.names == ["model", "system", "messages", "tools"])
    }
}
