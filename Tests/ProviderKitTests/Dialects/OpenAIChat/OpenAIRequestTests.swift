import ProviderKit
import Testing
import TransportKit

@Suite("OpenAI requests")
struct OpenAIRequestTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var preset: OpenAIPreset = .compatible
        var request = ChatRequest(model: "m", prompt: "Hi")
        var isStreaming = false
        /// The expected body without `model`, and without `messages` where these are the plain prompt.
        var body: String
        var dropped: [String] = []

        init(
            _ name: String,
            _ preset: OpenAIPreset,
            streams: Bool = false,
            dropped: [String] = [],
            _ change: (inout ChatRequest) -> Void,
            body: String
        ) {
            testDescription = name
            self.preset = preset
            isStreaming = streams
            self.body = body
            self.dropped = dropped
            change(&request)
        }

        init(
            _ name: String,
            streams: Bool = false,
            dropped: [String] = [],
            _ change: (inout ChatRequest) -> Void,
            body: String
        ) {
            self.init(name, .compatible, streams: streams, dropped: dropped, change, body: body)
        }
    }

    static let prompt: JSONValue = [["role": "user", "content": "Hi"]]

    @Test(arguments: fields + messages)
    func body(_ test: Case) throws {
        let dialect = OpenAIChatDialect(flavour: test.preset.flavour)
        let encoded = try dialect.encode(test.request, isStreaming: test.isStreaming)
        var body = try #require(encoded.body.object)
        #expect(body.removeValue(forName: "model") == .string(test.request.model.rawValue))
        if body["messages"] == Self.prompt { body["messages"] = nil }
        #expect(JSONValue.object(body).serializedString == (try JSONValue(parsing: test.body)).serializedString)
        #expect(encoded.warnings.map(\.field) == test.dropped)
    }

    @Test(
        "What cannot be shown is refused: the answer would be to something else",
        arguments: [
            .file(Media(.url("https://x/f.pdf"))), .audio(Media(.url("https://x/a.wav"))),
            .image(Media(.providerFile("file-1"))),
        ] as [ContentPart]
    )
    func refused(part: ContentPart) {
        let request = ChatRequest(model: "m", messages: [.user([.text("see"), part])])
        let error = #expect(throws: PlexError.self) { try OpenAIChatDialect().encode(request, isStreaming: false) }
        #expect(error?.code == .unsupported)
        #expect(error?.parameter == "messages[0].content[1]")
    }

    @Test("The images of a turn's results stand behind all of them")
    func imagesOfResults() throws {
        let image = ContentPart.image(Media(.url("https://x/i.png")))
        func result(_ id: String, _ parts: [ContentPart]) -> ContentPart {
            ContentPart(.toolResult(ToolResult(callID: id, content: parts)))
        }
        let calls = ["a", "b"].map { ContentPart.toolCall(ToolCall(id: $0, name: "f", arguments: "{}")) }
        let request = ChatRequest(
            model: "m",
            messages: [
                .user("x"), Message(role: .assistant, content: calls),
                Message(role: .tool, content: [result("a", [image])]),
                Message(role: .tool, content: [result("b", [.text("none")])]), .assistant("I see."),
            ]
        )
        let encoded = try OpenAIChatDialect().encode(request, isStreaming: false)
        let messages = try #require(encoded.body["messages"]?.array)
        #expect(messages.map { $0["role"]?.string } == ["user", "assistant", "tool", "tool", "user", "assistant"])
        #expect(messages[4]["content"]?.array?.first?["type"] == "image_url")
        #expect(encoded.warnings.map(\.code) == [.adjusted])
        #expect(encoded.warnings.map(\.field) == ["messages[2].content[0].content"])
    }

    @Test func severalAnswersAreRefused() {
        var request = ChatRequest(model: "m", prompt: "Hi")
        request.extra = ["n": 2]
        let error = #expect(throws: PlexError.self) { try OpenAIChatDialect().encode(request, isStreaming: false) }
        #expect(error?.code == .unsupported)
    }

    static let fields: [Case] = [
        Case("nothing set", { _ in }, body: "{}"),
        Case(
            "sampling",
            {
                $0.sampling = Sampling(temperature: 0.7, topP: 0.9, seed: 3, presencePenalty: 1, frequencyPenalty: -0.5)
            },
            body: """
                {"temperature":0.7,"top_p":0.9,"seed":3,"presence_penalty":1,"frequency_penalty":-0.5}
                """
        ),
        Case("top_k has no place", dropped: ["sampling.topK"], { $0.sampling.topK = 40 }, body: "{}"),
        Case("top_k of an engine", .llamaCpp, { $0.sampling.topK = 40 }, body: #"{"top_k":40}"#),
        Case("seed at Mistral", .mistral, { $0.sampling.seed = 1 }, body: #"{"random_seed":1}"#),
        Case("limit", { $0.maximumTokens = 9 }, body: #"{"max_tokens":9}"#),
        Case("limit at OpenAI", .openAI, { $0.maximumTokens = 9 }, body: #"{"max_completion_tokens":9}"#),
        Case(
            "limit of a reasoning model elsewhere",
            {
                $0.model = "o3-mini"
                $0.maximumTokens = 9
            },
            body: #"{"max_completion_tokens":9}"#
        ),
        Case("stop", { $0.stopSequences = ["a", "b"] }, body: #"{"stop":["a","b"]}"#),
        Case("effort", { $0.reasoning = .init(effort: .low) }, body: #"{"reasoning_effort":"low"}"#),
        Case(
            "budget has no place",
            dropped: ["reasoning.budgetTokens"],
            { $0.reasoning = .init(budgetTokens: 100) },
            body: "{}"
        ),
        Case(
            "budget at OpenRouter",
            .openRouter,
            dropped: ["reasoning.effort"],
            { $0.reasoning = .init(effort: .low, budgetTokens: 100) },
            body: #"{"reasoning":{"max_tokens":100}}"#
        ),
        Case(
            "user and metadata at OpenAI",
            .openAI,
            {
                $0.user = "u"
                $0.metadata = ["b": "2", "a": "1"]
            },
            body: #"{"metadata":{"a":"1","b":"2"},"user":"u"}"#
        ),
        Case(
            "user and metadata at Mistral",
            .mistral,
            dropped: ["metadata", "user"],
            {
                $0.user = "u"
                $0.metadata = ["a": "1"]
            },
            body: "{}"
        ),
        Case(
            "stream asks for usage",
            streams: true,
            { _ in },
            body: #"{"stream":true,"stream_options":{"include_usage":true}}"#
        ),
        Case("stream at Mistral", .mistral, streams: true, { _ in }, body: #"{"stream":true}"#),
        Case(
            "own fields win, but the kind of answer is the caller's call",
            streams: true,
            {
                $0.sampling.temperature = 1
                $0.extra = [
                    "temperature": .number(JSONNumber(uncheckedText: "0.70")), "logprobs": true, "stream": false,
                    "stream_options": ["x": 1],
                ]
            },
            body: """
                {"temperature":0.70,"logprobs":true,"stream":true,"stream_options":{"x":1,"include_usage":true}}
                """
        ),
        Case(
            "JSON object",
            { $0.responseFormat = .jsonObject },
            body: #"{"response_format":{"type":"json_object"}}"#
        ),
        Case(
            "JSON schema",
            { $0.responseFormat = .jsonSchema(.init(name: "s", schema: ["type": "object"], isStrict: true)) },
            body: """
                {"response_format":{"type":"json_schema","json_schema":\
                {"name":"s","schema":{"type":"object"},"strict":true}}}
                """
        ),
        Case(
            "JSON schema at DeepSeek",
            .deepSeek,
            dropped: ["responseFormat"],
            { $0.responseFormat = .jsonSchema(.init(name: "s", schema: [:])) },
            body: #"{"response_format":{"type":"json_object"}}"#
        ),
        Case(
            "tools",
            {
                $0.tools = [ToolDefinition(name: "t", description: "d", parameters: ["type": "object"], isStrict: true)]
                $0.toolChoice = .tool("t")
                $0.allowsParallelToolCalls = false
            },
            body: """
                {"tools":[{"type":"function","function":{"name":"t","description":"d",\
                "parameters":{"type":"object"},"strict":true}}],\
                "tool_choice":{"type":"function","function":{"name":"t"}},"parallel_tool_calls":false}
                """
        ),
        Case("choice without tools", dropped: ["toolChoice"], { $0.toolChoice = .required }, body: "{}"),
    ]
}
