import ProviderTesting
import Testing
import TransportKit

/// A request finds a model that can do what it needs, whichever dialect says so.
@Suite(.timeLimit(.minutes(5))) struct GatewayCapabilityTests {
    /// A need, the route whose first target cannot do it, and that target.
    enum Need: String, CaseIterable {
        case vision, tools, schema, reasoning

        var first: String {
            switch self {
            case .vision, .tools: "plain"
            case .schema, .reasoning: "old"
            }
        }
    }

    /// A way to ask.
    enum Dialect: String, CaseIterable {
        case openAI, anthropic, ollama, gemini

        func path(_ model: String) -> String {
            switch self {
            case .openAI: "/v1/chat/completions"
            case .anthropic: "/v1/messages"
            case .ollama: "/api/chat"
            case .gemini: "/v1beta/models/\(model):generateContent"
            }
        }
    }

    private static let pixel: JSONValue = "iVBORw0KGgo="
    private static let schema: JSONValue = ["type": "object", "properties": ["x": ["type": "string"]]]
    // Words of other dialects and of this one, where they mean nothing.
    private static let talk: JSONValue =
        #"What is {"type":"image_url"}, "images": ["a"], {"type": "image"}, "thinking_budget": 5 or "json_schema"?"#
    private static let talkativeSchema: JSONValue = [
        "type": "object",
        "properties": [
            "format": ["type": "object"], "images": ["type": "array"], "image": ["type": "string"],
            "responseSchema": ["type": "object"], "think": ["type": "boolean"], "type": ["type": "string"],
        ],
    ]

    private static func body(_ dialect: Dialect, _ model: String, _ need: Need?) -> JSONValue {
        var body: JSONObject = dialect == .gemini ? [:] : ["model": .string(model)]
        let text = need == nil ? talk : "Hi"
        var tool: JSONValue?
        if need == .tools { tool = schema }
        // The first target of these routes takes tools.
        if need == nil, model == "schema" || model == "reasoning" { tool = talkativeSchema }
        switch dialect {
        case .openAI:
            let image: JSONValue = ["type": "image_url", "image_url": ["url": "data:image/png;base64,iVBORw0KGgo="]]
            let words: JSONValue = ["type": "text", "text": text]
            body["messages"] = [["role": "user", "content": .array(need == .vision ? [words, image] : [words])]]
            if let tool { body["tools"] = [["type": "function", "function": ["name": "f", "parameters": tool]]] }
            if need == .schema {
                body["response_format"] = ["type": "json_schema", "json_schema": ["name": "a", "schema": schema]]
            }
            if need == .reasoning { body["reasoning_effort"] = "low" }
        case .anthropic:
            let image: JSONValue = [
                "type": "image", "source": ["type": "base64", "media_type": "image/png", "data": pixel],
            ]
            let words: JSONValue = ["type": "text", "text": text]
            body["max_tokens"] = 4096
            body["messages"] = [["role": "user", "content": .array(need == .vision ? [words, image] : [words])]]
            if let tool { body["tools"] = [["name": "f", "input_schema": tool]] }
            if need == .schema { body["output_config"] = ["format": ["type": "json_schema", "schema": schema]] }
            if need == .reasoning { body["thinking"] = ["type": "enabled", "budget_tokens": 1024] }
        case .ollama:
            var message: JSONObject = ["role": "user", "content": text]
            message["images"] = .array(need == .vision ? [pixel] : [])
            body["messages"] = [.object(message)]
            body["stream"] = false
            if let tool { body["tools"] = [["type": "function", "function": ["name": "f", "parameters": tool]]] }
            if need == .schema { body["format"] = schema }
            if need == .reasoning { body["think"] = true }
        case .gemini:
            let image: JSONValue = ["inline_data": ["mime_type": "image/png", "data": pixel]]
            let words: JSONValue = ["text": text]
            body["contents"] = [["role": "user", "parts": .array(need == .vision ? [words, image] : [words])]]
            if let tool {
                body["tools"] = [["functionDeclarations": [["name": "f", "parametersJsonSchema": tool]]]]
            }
            if need == .schema {
                body["generationConfig"] = [
                    "responseMimeType": "application/json", "responseSchema": ["type": "OBJECT"],
                ]
            }
            if need == .reasoning { body["generationConfig"] = ["thinkingConfig": ["thinkingBudget": 1024]] }
        }
        return .object(body)
    }

    private static func configuration(_ upstream: ScriptedUpstream) -> String {
        let routes = [
            ("vision", #""plain/m", "good/gpt-4o""#), ("tools", #""plain/m", "good/gpt-4o""#),
            ("schema", #""old/gpt-3.5-turbo", "good/gpt-4o""#), ("reasoning", #""old/gpt-3.5-turbo", "good/o3-mini""#),
        ]
        return upstream.provider("plain", .ollama) + upstream.provider("old") + upstream.provider("good")
            + routes.map { "[[routes]]\nmodel = \"\($0.0)\"\ntargets = [\($0.1)]\n\n" }.joined()
    }

    @Test("tools, images, schemas and reasoning are seen in each dialect; talk of them is not")
    func needs() async throws {
        try await ScriptedUpstream.run { request in
            request.isModelListing ? .models(["m"]) : .text("Hello")
        } body: { upstream in
            let gateway = try await GatewayProcess.start(providers: Self.configuration(upstream))
            for dialect in Dialect.allCases {
                for need in Need.allCases {
                    let model = need.rawValue
                    for asked in [need, nil] {
                        let body = Self.body(dialect, model, asked)
                        let answer = try await gateway.ask("POST", dialect.path(model), body)
                        let name = "\(dialect), \(need), \(asked == nil ? "only talk" : "needed")"
                        #expect(answer.status == 200, "\(name): \(answer.text)")
                        let provider = asked == nil ? need.first : "good"
                        #expect(answer.fields["x-plex-provider"] == provider, "\(name)")
                    }
                }
            }
        }
    }

    @Test("where nobody reasons, a wish for it is no reason to refuse")
    func reasoningIsAWish() async throws {
        try await ScriptedUpstream.run(.text("Hello")) { upstream in
            let route = "[[routes]]\nmodel = \"r\"\ntargets = [\"old/gpt-3.5-turbo\", \"old/gpt-4\"]\n"
            let gateway = try await GatewayProcess.start(providers: upstream.provider("old") + route)
            let answer = try await gateway.ask("POST", "/v1/messages", Self.body(.anthropic, "r", .reasoning))
            #expect(answer.status == 200, "\(answer.text)")
        }
    }
}
