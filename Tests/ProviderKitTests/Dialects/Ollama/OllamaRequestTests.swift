import ProviderKit
import Testing
import TransportKit

// Shapes: docs/api.md of github.com/ollama/ollama and the types of the official Python client 0.6.
@Suite("Ollama: requests")
struct OllamaRequestTests {
    static let weather = ToolDefinition(
        name: "weather",
        description: "Weather in a city.",
        parameters: ["type": "object", "properties": ["city": ["type": "string"]]]
    )
    static let call = ToolCall(id: "call_1", name: "weather", arguments: #"{"city":"Oslo","n":1.50}"#)

    static let conversations: [GoldenRequest] = [
        GoldenRequest(
            "a plain question",
            .asking("llama3.2", .system("S"), .user("Hi")),
            #"""
            {"model":"llama3.2","stream":false,
             "messages":[{"role":"system","content":"S"},{"role":"user","content":"Hi"}]}
            """#
        ),
        GoldenRequest(
            "images as Base64, developer as system",
            .asking(
                "llava",
                Message(role: .developer, content: [.text("S")]),
                .user([
                    .text("What"), .image(Media(.base64("iVBO"), mediaType: "image/png")),
                    .image(Media(.url("data:image/png;base64,AAAA"))), .text("is this?"),
                ])
            ),
            #"""
            {"model":"llava","stream":false,"messages":[{"role":"system","content":"S"},
             {"role":"user","content":"What\nis this?","images":["iVBO","AAAA"]}]}
            """#
        ),
        GoldenRequest(
            "calls with objects, results with the tool's name",
            .asking(
                "qwen3",
                .user("Hi"),
                Message(
                    role: .assistant,
                    content: [
                        .reasoning(Reasoning("Hm.")), .toolCall(call),
                        .toolCall(ToolCall(id: "b", name: "now", arguments: " ")),
                    ]
                ),
                Message(
                    role: .tool,
                    content: [
                        .toolResult(ToolResult(callID: "call_1", content: [.text("Rain")])),
                        .toolResult(ToolResult(callID: "b", name: "clock", content: [.text("no")], isError: true)),
                    ]
                )
            ),
            #"""
            {"model":"qwen3","stream":false,"messages":[{"role":"user","content":"Hi"},
             {"role":"assistant","content":"","thinking":"Hm.","tool_calls":[
              {"id":"call_1","function":{"name":"weather","arguments":{"city":"Oslo","n":1.50}}},
              {"id":"b","function":{"name":"now","arguments":{}}}]},
             {"role":"tool","content":"Rain","tool_name":"weather","tool_call_id":"call_1"},
             {"role":"tool","content":"no","tool_name":"clock","tool_call_id":"b"}]}
            """#,
            warnings: ["dropped messages[2].content[1].isError"]
        ),
        GoldenRequest(
            "settings",
            .asking("llama3.2", .user("Hi")).with {
                $0.sampling = Sampling(
                    temperature: 0.5,
                    topP: 0.9,
                    topK: 40,
                    seed: 7,
                    presencePenalty: 1,
                    frequencyPenalty: 0.25
                )
                $0.maximumTokens = 64
                $0.stopSequences = ["END"]
                $0.responseFormat = .jsonObject
                $0.tools = [weather]
                $0.extra = ["keep_alive": "10m", "options": ["num_ctx": 8192, "seed": 8]]
            },
            #"""
            {"model":"llama3.2","stream":false,"messages":[{"role":"user","content":"Hi"}],
             "tools":[{"type":"function","function":{"name":"weather","description":"Weather in a city.",
              "parameters":{"type":"object","properties":{"city":{"type":"string"}}}}}],"format":"json","keep_alive":"10m",
             "options":{"temperature":0.5,"top_p":0.9,"top_k":40,"seed":8,"presence_penalty":1,"frequency_penalty":0.25,
              "num_predict":64,"stop":["END"],"num_ctx":8192}}
            """#
        ),
        GoldenRequest(
            "a schema, and what has no counterpart",
            .asking("llama3.2", .user("Hi")).with {
                $0.responseFormat = .jsonSchema(JSONSchemaFormat(name: "x", schema: ["type": "object"]))
                $0.tools = [weather]
                $0.toolChoice = .required
                $0.allowsParallelToolCalls = false
                $0.metadata = ["a": "b"]
                $0.user = "u"
                $0.messages[0].name = "Ann"
            },
            #"""
            {"model":"llama3.2","stream":false,"messages":[{"role":"user","content":"Hi"}],"format":{"type":"object"},
             "tools":[{"type":"function","function":{"name":"weather","description":"Weather in a city.",
              "parameters":{"type":"object","properties":{"city":{"type":"string"}}}}}]}
            """#,
            warnings: [
                "dropped messages[0].name", "dropped toolChoice", "dropped allowsParallelToolCalls", "dropped metadata",
                "dropped user",
            ]
        ),
        GoldenRequest(
            "no tools for one who must not call any",
            .asking("llama3.2", .user("Hi")).with {
                $0.tools = [weather]
                $0.toolChoice = ToolChoice.none
            },
            #"{"model":"llama3.2","stream":false,"messages":[{"role":"user","content":"Hi"}]}"#
        ),
    ]

    @Test("Requests become the body that the server wants", arguments: conversations)
    func request(golden: GoldenRequest) throws {
        let encoded = try OllamaDialect().encode(golden.request, isStreaming: false)
        #expect(encoded.body == (try JSONValue(parsing: golden.body)), "\(encoded.body.serializedString)")
        #expect(encoded.shortWarnings == golden.warnings)
        #expect(encoded.path == "/api/chat")
    }

    @Test("The wish for a stream is written out, and digits are kept")
    func stream() throws {
        let request = ChatRequest.asking(
            "qwen3",
            .user("Hi"),
            Message(role: .assistant, content: [.toolCall(Self.call)])
        )
        let encoded = try OllamaDialect().encode(request, isStreaming: true)
        #expect(encoded.body["stream"] == true)
        #expect(encoded.body.serializedString.contains(#""n":1.50"#))
    }

    static let thinking: [(ModelID, ReasoningOptions, JSONValue?, [String])] = [
        ("qwen3", ReasoningOptions(), nil, []), ("qwen3", ReasoningOptions(effort: "none"), false, []),
        ("qwen3", ReasoningOptions(effort: .low), true, ["adjusted reasoning.effort"]),
        ("qwen3", ReasoningOptions(budgetTokens: 500), true, ["adjusted reasoning.budgetTokens"]),
        ("qwen3", ReasoningOptions(budgetTokens: 0), false, []),
        ("gpt-oss:20b", ReasoningOptions(effort: .high), "high", []),
        ("gpt-oss:20b", ReasoningOptions(effort: .minimal), "low", ["adjusted reasoning.effort"]),
    ]

    @Test("Thinking is switched, or put in words where the model takes them", arguments: thinking)
    func think(model: ModelID, reasoning: ReasoningOptions, value: JSONValue?, warnings: [String]) throws {
        let request = ChatRequest.asking(model, .user("Hi")).with { $0.reasoning = reasoning }
        let encoded = try OllamaDialect().encode(request, isStreaming: false)
        #expect(encoded.body["think"] == value)
        #expect(encoded.shortWarnings == warnings)
    }

    static let refused: [(ContentPart, PlexError.Code, String)] = [
        (.image(Media(.url("https://a/b.png"))), .unsupported, "messages[0].content[0]"),
        (.audio(Media(.base64("AA"))), .unsupported, "messages[0].content[0]"),
        (.file(Media(.base64("AA"))), .unsupported, "messages[0].content[0]"),
        (.toolCall(ToolCall(id: "a", name: "f", arguments: "nope")), .invalidRequest, "content[0].arguments"),
    ]

    @Test("What cannot be sent is refused by name", arguments: refused)
    func refusal(part: ContentPart, code: PlexError.Code, words: String) {
        let request = ChatRequest.asking("llama3.2", Message(role: .user, content: [part]))
        let error = #expect(throws: PlexError.self) { try OllamaDialect().encode(request, isStreaming: false) }
        #expect(error?.code == code)
        #expect(error?.message.contains(words) == true)
        #expect(throws: PlexError.self) { try OllamaDialect().encode(.asking("llama3.2"), isStreaming: false) }
    }
}

extension ChatRequest {
    fileprivate static func asking(_ model: ModelID) -> ChatRequest {
        ChatRequest(model: model, messages: [])
    }
}
