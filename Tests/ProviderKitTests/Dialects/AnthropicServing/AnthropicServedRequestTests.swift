import ProviderKit
import Testing
import TransportKit

@Suite("Anthropic requests, as a server reads them")
struct AnthropicServedRequestTests {
    private func read(_ body: String) throws -> ServedRequest {
        try AnthropicServed().decodeRequest(JSONValue(parsing: body))
    }

    private func messages(_ text: String) throws -> [Message] {
        try read(#"{"model":"m","max_tokens":9,"messages":[\#(text)]}"#).request.messages
    }

    private func settings(_ text: String) throws -> ChatRequest {
        try read(#"{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"x"}],\#(text)}"#).request
    }

    private func parts(_ text: String) throws -> [ContentPart] {
        try messages(#"{"role":"assistant","content":[\#(text)]}"#).flatMap(\.content)
    }

    @Test(
        arguments: [
            (#"{"type":"text","text":"a"}"#, .text("a")),
            (
                #"{"type":"text","text":"a","cache_control":{"type":"ephemeral","ttl":"1h"},"citations":[1]}"#,
                ContentPart(.text("a"), cacheHint: CacheHint(timeToLive: "1h"), extra: ["citations": [1]])
            ),
            (
                #"{"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBO"}}"#,
                .image(Media(.base64("iVBO"), mediaType: "image/png"))
            ),
            (
                #"{"type":"image","source":{"type":"url","url":"https://e.org/i.png"}}"#,
                .image(Media(.url("https://e.org/i.png")))
            ),
            (#"{"type":"image","source":{"type":"file","file_id":"f1"}}"#, .image(Media(.providerFile("f1")))),
            (
                #"{"type":"document","title":"T","source":{"type":"text","media_type":"text/plain","data":"hey"}}"#,
                .file(Media(.base64("aGV5"), mediaType: "text/plain", filename: "T"))
            ),
            (
                #"{"type":"tool_use","id":"c1","name":"f","input":{"a":1.50}}"#,
                .toolCall(ToolCall(id: "c1", name: "f", arguments: #"{"a":1.50}"#))
            ),
            (
                #"{"type":"thinking","thinking":"hm","signature":"s"}"#,
                .reasoning(Reasoning("hm", signature: "s"))
            ),
            (#"{"type":"thinking","thinking":"hm","signature":""}"#, .reasoning(Reasoning("hm"))),
            (#"{"type":"redacted_thinking","data":"d"}"#, .reasoning(Reasoning("", redacted: "d"))),
            (
                #"{"type":"server_tool_use","id":"s","name":"web_search","input":{}}"#,
                ContentPart(.unknown(["type": "server_tool_use", "id": "s", "name": "web_search", "input": [:]]))
            ),
        ] as [(String, ContentPart)]
    )
    func part(text: String, expected: ContentPart) throws {
        #expect(try parts(text) == [expected])
    }

    @Test func resultsOfToolsAreMessagesOfTheirOwn() throws {
        let read = try messages(
            #"""
            {"role":"user","content":[
              {"type":"tool_result","tool_use_id":"c1","is_error":true,
               "content":[{"type":"text","text":"no"},{"type":"image","source":{"type":"url","url":"https://e.org"}}]},
              {"type":"tool_result","tool_use_id":"c2","content":"yes"},{"type":"tool_result","tool_use_id":"c3"},
              {"type":"text","text":"go on"}]}
            """#
        )
        let results: [ContentPart] = [
            .toolResult(
                ToolResult(
                    callID: "c1",
                    content: [.text("no"), .image(Media(.url("https://e.org")))],
                    isError: true
                )
            ),
            .toolResult(ToolResult(callID: "c2", content: [.text("yes")])),
            .toolResult(ToolResult(callID: "c3", content: [])),
        ]
        #expect(read == [Message(role: .tool, content: results), .user("go on")])
    }

    @Test func instructions() throws {
        #expect(try settings(#""system":"be kind""#).messages.first == .system("be kind"))
        let cached = try settings(#""system":[{"type":"text","text":"a","cache_control":{"type":"ephemeral"}}]"#)
        let part = ContentPart(.text("a"), cacheHint: CacheHint())
        #expect(cached.messages == [Message(role: .system, content: [part]), .user("x")])
    }

    @Test func sampling() throws {
        let request = try settings(
            #"""
            "temperature":0.5,"top_p":0.9,"top_k":4,"stop_sequences":["a","b"],"metadata":{"user_id":"u"},
            "service_tier":"auto"
            """#
        )
        #expect(request.sampling == Sampling(temperature: 0.5, topP: 0.9, topK: 4))
        #expect(request.stopSequences == ["a", "b"] && request.user == "u" && request.maximumTokens == 9)
        #expect(request.extra == ["service_tier": "auto"] && request.extraDialect == .anthropic)
    }

    @Test(
        arguments: [
            (#""thinking":{"type":"enabled","budget_tokens":2048}"#, ReasoningOptions(budgetTokens: 2048), []),
            (#""thinking":{"type":"disabled"}"#, ReasoningOptions(effort: ReasoningOptions.Effort.none), []),
            (#""thinking":{"type":"adaptive"}"#, nil, ["thinking"]),
            (#""thinking":{"type":"adaptive"},"output_config":{"effort":"high"}"#, ReasoningOptions(effort: .high), []),
            (#""output_config":{"effort":"low"}"#, ReasoningOptions(effort: .low), []),
            (
                #""thinking":{"type":"enabled","budget_tokens":2048},"output_config":{"effort":"low"}"#,
                ReasoningOptions(budgetTokens: 2048), ["output_config"]
            ),
            (
                #""thinking":{"type":"adaptive","display":"omitted"},"output_config":{"effort":"low"}"#,
                ReasoningOptions(effort: .low), ["thinking"]
            ),
        ] as [(String, ReasoningOptions?, [String])]
    )
    func thinking(text: String, expected: ReasoningOptions?, extra: [String]) throws {
        let request = try settings(text)
        #expect(request.reasoning == expected)
        #expect(request.extra.names == extra)
    }

    @Test func answerByASchema() throws {
        let request = try settings(#""output_config":{"format":{"type":"json_schema","schema":{"type":"object"}}}"#)
        #expect(request.responseFormat == .jsonSchema(JSONSchemaFormat(name: "answer", schema: ["type": "object"])))
    }

    @Test func tools() throws {
        let request = try settings(
            #"""
            "tools":[{"name":"f","description":"d","input_schema":{"type":"object"},"strict":true,
                      "cache_control":{"type":"ephemeral"},"defer_loading":true},
                     {"type":"web_search_20250305","name":"web_search","max_uses":2}]
            """#
        )
        #expect(
            request.tools == [
                ToolDefinition(
                    name: "f",
                    description: "d",
                    parameters: ["type": "object"],
                    isStrict: true,
                    cacheHint: CacheHint(),
                    extra: ["defer_loading": true]
                ),
                ToolDefinition(name: "web_search", extra: ["type": "web_search_20250305", "max_uses": 2]),
            ]
        )
    }

    @Test(
        arguments: [
            (#"{"type":"auto"}"#, .auto, nil), (#"{"type":"any"}"#, .required, nil),
            (#"{"type":"none"}"#, ToolChoice.none, nil),
            (#"{"type":"tool","name":"f","disable_parallel_tool_use":true}"#, .tool("f"), false),
            (#"{"type":"auto","disable_parallel_tool_use":false}"#, .auto, true),
        ] as [(String, ToolChoice, Bool?)]
    )
    func choice(text: String, expected: ToolChoice, parallel: Bool?) throws {
        let request = try settings(#""tool_choice":\#(text)"#)
        #expect(request.toolChoice == expected && request.allowsParallelToolCalls == parallel)
    }

    @Test(
        "What is wrong is named",
        arguments: [
            (#"{"messages":[]}"#, "model"), (#"{"model":"m"}"#, "messages"),
            (#"{"model":"m","messages":[]}"#, "messages"), (#"{"model":"m","messages":{}}"#, "messages"),
            (#"{"model":"m","messages":[{"role":"tool","content":"x"}]}"#, "messages[0].role"),
            (#"{"model":"m","messages":[{"role":"user"}]}"#, "messages[0].content"),
            (#"{"model":"m","messages":[{"role":"user","content":[{"text":"x"}]}]}"#, "messages[0].content[0].type"),
            (
                #"{"model":"m","messages":[{"role":"user","content":[{"type":"tool_result"}]}]}"#,
                "messages[0].content[0].tool_use_id"
            ),
            (
                #"{"model":"m","messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64","data":"x"}}]}]}"#,
                "messages[0].content[0].source.media_type"
            ),
            (
                #"{"model":"m","messages":[{"role":"assistant","content":[{"type":"tool_use","id":"c","name":"f","input":"x"}]}]}"#,
                "messages[0].content[0].input"
            ),
            (#"{"model":"m","max_tokens":0,"messages":[{"role":"user","content":"x"}]}"#, "max_tokens"),
            (
                #"{"model":"m","messages":[{"role":"user","content":"x"}],"tools":[{"name":"f"}]}"#,
                "tools[0].input_schema"
            ),
            (
                #"{"model":"m","messages":[{"role":"user","content":"x"}],"tool_choice":{"type":"tool"}}"#,
                "tool_choice.name"
            ),
            (
                #"{"model":"m","messages":[{"role":"user","content":"x"}],"thinking":{"type":"enabled"}}"#,
                "thinking.budget_tokens"
            ),
        ]
    )
    func bad(body: String, field: String) throws {
        let error = #expect(throws: PlexError.self) { try read(body) }
        #expect(error?.parameter == field)
    }
}
