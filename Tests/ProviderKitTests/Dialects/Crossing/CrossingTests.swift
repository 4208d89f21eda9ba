import ProviderKit
import Testing
import TransportKit

@Suite("Requests of one dialect, written in another")
struct CrossingTests {
    /// A request, what it becomes, and what had no counterpart, named as its caller does.
    struct Crossing: Sendable, CustomTestStringConvertible {
        var from: String
        var to: String
        var request: String
        var expected: String
        var dropped: [String] = []
        var testDescription: String { "\(from) to \(to)" }
    }

    private static let openAI = #"""
        {"model":"m","messages":[
          {"role":"developer","content":"Be kind."},
          {"role":"user","content":[{"type":"text","text":"Look."},
            {"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgo="}}]},
          {"role":"assistant","content":null,"tool_calls":[
            {"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":1.50}"}},
            {"id":"c2","type":"function","function":{"name":"g","arguments":""}}]},
          {"role":"tool","tool_call_id":"c1","content":"one"},{"role":"tool","tool_call_id":"c2","content":"two"},
          {"role":"user","content":"Go on."}],
         "tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}],
         "tool_choice":"auto","parallel_tool_calls":false,"max_completion_tokens":50,"stop":"END","seed":7,
         "temperature":0.5,"service_tier":"flex"}
        """#

    private static let anthropic = #"""
        {"model":"m","max_tokens":50,"system":[{"type":"text","text":"Be kind.","cache_control":{"type":"ephemeral"}}],
         "messages":[{"role":"user","content":"Hi"},
          {"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"s"},
            {"type":"redacted_thinking","data":"d"},{"type":"text","text":"I look."},
            {"type":"tool_use","id":"c1","name":"f","input":{"a":1.50}}]},
          {"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","is_error":true,
            "content":[{"type":"text","text":"no"},{"type":"text","text":"not at all"}]},
            {"type":"text","text":"Again."}]}],
         "tools":[{"name":"f","input_schema":{"type":"object"}},{"type":"web_search_20250305","name":"web_search"}],
         "tool_choice":{"type":"tool","name":"f","disable_parallel_tool_use":true},"top_k":5,
         "metadata":{"user_id":"u"},"service_tier":"auto"}
        """#

    private static let ollama = #"""
        {"model":"m","messages":[{"role":"user","content":"Look","images":["iVBORw0KGgo="]},
          {"role":"assistant","content":"","tool_calls":[{"function":{"name":"f","arguments":{"a":1.50}}}]},
          {"role":"tool","tool_name":"f","content":"one"}],
         "options":{"temperature":0.5,"num_predict":50,"num_ctx":8192},"keep_alive":"5m","stream":false,
         "format":{"type":"object"}}
        """#

    private static let crossings = [
        Crossing(
            from: "openai",
            to: "anthropic",
            request: openAI,
            expected: #"""
                {"model":"m","max_tokens":50,"system":"Be kind.","messages":[
                  {"role":"user","content":[{"type":"text","text":"Look."},
                    {"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBORw0KGgo="}}]},
                  {"role":"assistant","content":[{"type":"tool_use","id":"c1","name":"f","input":{"a":1.50}},
                    {"type":"tool_use","id":"c2","name":"g","input":{}}]},
                  {"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","content":"one"},
                    {"type":"tool_result","tool_use_id":"c2","content":"two"},{"type":"text","text":"Go on."}]}],
                 "tools":[{"name":"f","input_schema":{"type":"object"}}],
                 "tool_choice":{"type":"auto","disable_parallel_tool_use":true},"temperature":0.5,
                 "stop_sequences":["END"]}
                """#,
            dropped: ["service_tier", "seed"]
        ),
        Crossing(
            from: "anthropic",
            to: "openai",
            request: anthropic,
            expected: #"""
                {"model":"m","messages":[{"role":"system","content":"Be kind."},{"role":"user","content":"Hi"},
                  {"role":"assistant","content":"I look.","tool_calls":[
                    {"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":1.50}"}}]},
                  {"role":"tool","tool_call_id":"c1","content":"no\nnot at all"},
                  {"role":"user","content":"Again."}],
                 "tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}],
                 "tool_choice":{"type":"function","function":{"name":"f"}},"parallel_tool_calls":false,
                 "max_tokens":50,"user":"u"}
                """#,
            dropped: [
                "service_tier", "tools[1]", "messages[0].content[0].cache_control",
                "messages[3].content[0].is_error", "top_k",
            ]
        ),
        Crossing(
            from: "anthropic",
            to: "ollama",
            request: anthropic,
            expected: #"""
                {"model":"m","messages":[{"role":"system","content":"Be kind."},{"role":"user","content":"Hi"},
                  {"role":"assistant","content":"I look.","thinking":"hm",
                   "tool_calls":[{"id":"c1","function":{"name":"f","arguments":{"a":1.50}}}]},
                  {"role":"tool","content":"no\nnot at all","tool_name":"f","tool_call_id":"c1"},
                  {"role":"user","content":"Again."}],
                 "tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}],
                 "options":{"top_k":5,"num_predict":50},"stream":false}
                """#,
            dropped: [
                "service_tier", "tools[1]", "messages[3].content[0].is_error", "tool_choice",
                "tool_choice.disable_parallel_tool_use", "metadata.user_id",
                "messages[0].content[0].cache_control",
            ]
        ),
        Crossing(
            from: "ollama",
            to: "anthropic",
            request: ollama,
            expected: #"""
                {"model":"m","max_tokens":50,"messages":[{"role":"user","content":[{"type":"text","text":"Look"},
                    {"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBORw0KGgo="}}]},
                  {"role":"assistant","content":[{"type":"tool_use","id":"call_1_0","name":"f","input":{"a":1.50}}]},
                  {"role":"user","content":[{"type":"tool_result","tool_use_id":"call_1_0","content":"one"}]}],
                 "output_config":{"format":{"type":"json_schema","schema":{"type":"object"}}},"temperature":0.5}
                """#,
            dropped: ["options.num_ctx", "keep_alive"]
        ),
        Crossing(
            from: "ollama",
            to: "ollama",
            request: ollama,
            expected: #"""
                {"model":"m","messages":[{"role":"user","content":"Look","images":["iVBORw0KGgo="]},
                  {"role":"assistant","content":"","tool_calls":[
                    {"id":"call_1_0","function":{"name":"f","arguments":{"a":1.50}}}]},
                  {"role":"tool","tool_name":"f","content":"one","tool_call_id":"call_1_0"}],
                 "options":{"temperature":0.5,"num_predict":50,"num_ctx":8192},"keep_alive":"5m","stream":false,
                 "format":{"type":"object"}}
                """#
        ),
    ]

    @Test(arguments: crossings)
    func request(_ crossing: Crossing) throws {
        let body = try JSONValue(parsing: crossing.request)
        let (served, words) = try WireSide.named(crossing.from).read(body)
        let encoded = try WireSide.named(crossing.to).write(served.request)
        #expect(encoded.body == (try JSONValue(parsing: crossing.expected)), "\(encoded.body.serializedString)")
        let dropped = words(encoded.warnings.filter { $0.code == .dropped }).map(\.field)
        #expect(Set(dropped) == Set(crossing.dropped), "\(dropped)")
    }
}

/// Both sides of a dialect.
struct WireSide: Sendable {
    typealias Words = ([Warning]) -> [Warning]

    var name: String
    /// What its requests' own fields are said to be of.
    var dialect: DialectID
    /// A model whose provider speaks it.
    var model: ModelID?
    var read: @Sendable (JSONValue) throws -> (served: ServedRequest, words: Words)
    var write: @Sendable (ChatRequest) throws -> EncodedRequest

    private init(
        _ name: String,
        _ served: some ServedDialect,
        _ client: some ChatDialect,
        _ dialect: DialectID,
        model: ModelID? = nil
    ) {
        self.name = name
        self.dialect = dialect
        self.model = model
        read = { (try served.decodeRequest($0), served.callersWarnings) }
        write = { request in
            var request = request
            if let model { request.model = model }
            var encoded = try client.encode(request, isStreaming: false)
            // Gemini's stands in the path.
            if case .object(var body) = encoded.body, body["model"] == nil {
                body["model"] = .string(request.model.rawValue)
                encoded.body = .object(body)
            }
            return encoded
        }
    }

    static let all = [
        WireSide("openai", OpenAIChatServed(), OpenAIChatDialect(), .openAI),
        WireSide("anthropic", AnthropicServed(), AnthropicMessagesDialect(), .anthropic),
        WireSide("ollama", OllamaServed(), OllamaDialect(), .ollama),
        WireSide("gemini", GeminiServed(), GeminiDialect(), .gemini),
        WireSide("responses", ResponsesServed(), ResponsesDialect(), .openAIResponses),
    ]

    /// The vendors themselves, with a model of each.
    static let vendors = [
        WireSide(
            "openai",
            OpenAIChatServed(),
            OpenAIChatDialect(flavour: OpenAIPreset.openAI.flavour),
            .openAI,
            model: "gpt-5"
        ),
        WireSide("responses", ResponsesServed(), ResponsesDialect(), .openAIResponses, model: "gpt-5"),
        WireSide("anthropic", AnthropicServed(), AnthropicMessagesDialect(), .anthropic, model: "claude-sonnet-4-5"),
        WireSide("ollama", OllamaServed(), OllamaDialect(), .ollama, model: "llama3.2"),
        WireSide("gemini", GeminiServed(), GeminiDialect(), .gemini, model: "gemini-2.5-flash"),
    ]

    static func named(_ name: String) throws -> WireSide {
        try #require(all.first { $0.name == name })
    }
}
