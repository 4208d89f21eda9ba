import ProviderKit
import Testing
import TransportKit

/// The tables of docs/dialects.md that say what becomes of each field, held against what the code does.
@Suite("The document on dialects")
struct DialectDocumentTests {
    private static func compare(_ code: [(String, [String])], _ heading: String) throws {
        let document = try DialectTable.rows(heading)
        for (name, cells) in code {
            #expect(document[name] == cells, "| \(name) | \(cells.joined(separator: " | ")) |")
        }
        #expect(Set(document.keys) == Set(code.map(\.0)))
    }

    private static let sides: [(ModelID, @Sendable (ChatRequest) throws -> EncodedRequest)] = [
        (
            "gpt-5",
            { try OpenAIChatDialect(flavour: OpenAIPreset.openAI.flavour).encode($0, isStreaming: false) }
        ),
        ("gpt-5", { try ResponsesDialect().encode($0, isStreaming: false) }),
        ("claude-sonnet-4-5", { try AnthropicMessagesDialect().encode($0, isStreaming: false) }),
        ("llama3.2", { try OllamaDialect().encode($0, isStreaming: false) }),
        ("gemini-2.5-flash", { try GeminiDialect().encode($0, isStreaming: false) }),
    ]

    // A provider's own model takes what it takes; others' fields are told of elsewhere.
    private static let fields: [(String, @Sendable (inout ChatRequest) -> Void)] = [
        ("`tools`", { $0.tools = [tool] }),
        (
            "`tools[].strict`",
            {
                $0.tools = [tool]; $0.tools[0].isStrict = true
            }
        ),
        (
            "`tools[].cacheHint`",
            {
                $0.tools = [tool]; $0.tools[0].cacheHint = CacheHint()
            }
        ),
        (
            "`toolChoice`: auto",
            {
                $0.tools = [tool]; $0.toolChoice = .auto
            }
        ),
        (
            "`toolChoice`: none",
            {
                $0.tools = [tool]; $0.toolChoice = ToolChoice.none
            }
        ),
        (
            "`toolChoice`: required",
            {
                $0.tools = [tool]; $0.toolChoice = .required
            }
        ),
        (
            "`toolChoice`: one",
            {
                $0.tools = [tool]; $0.toolChoice = .tool("f")
            }
        ),
        (
            "`allowsParallelToolCalls`",
            {
                $0.tools = [tool]; $0.allowsParallelToolCalls = false
            }
        ),
        ("`responseFormat`: JSON", { $0.responseFormat = .jsonObject }),
        (
            "`responseFormat`: a schema",
            { $0.responseFormat = .jsonSchema(JSONSchemaFormat(name: "a", schema: ["type": "object"])) }
        ),
        (
            "`description` of the schema",
            {
                let schema: JSONValue = ["type": "object"]
                $0.responseFormat = .jsonSchema(JSONSchemaFormat(name: "a", description: "words", schema: schema))
            }
        ),
        ("`sampling.temperature` above 1", { $0.sampling.temperature = 1.5 }),
        ("`sampling.topP`", { $0.sampling.topP = 0.9 }),
        ("`sampling.topK`", { $0.sampling.topK = 5 }),
        ("`sampling.seed`", { $0.sampling.seed = 5 }),
        ("`sampling.presencePenalty`", { $0.sampling.presencePenalty = 0.5 }),
        ("`sampling.frequencyPenalty`", { $0.sampling.frequencyPenalty = 0.5 }),
        ("`maximumTokens`", { $0.maximumTokens = 50 }),
        ("`stopSequences`", { $0.stopSequences = ["END"] }),
        ("`reasoning.effort`", { $0.reasoning = ReasoningOptions(effort: "low") }),
        ("`reasoning.budgetTokens`", { $0.reasoning = ReasoningOptions(budgetTokens: 2048) }),
        ("`metadata`", { $0.metadata = ["k": "v"] }),
        ("`user`", { $0.user = "u" }),
        ("`messages[].name`", { $0.messages[0].name = "Ann" }),
        ("instructions inside", { $0.messages += [.assistant("a"), .system("s"), .user("b")] }),
        ("`cacheHint` of a part", { $0.messages[0].content[0].cacheHint = CacheHint() }),
        (
            "`detail` of an image",
            {
                $0.messages[0].content.append(
                    .image(Media(.base64("iVBORw0KGgo="), mediaType: "image/png", detail: "low"))
                )
            }
        ),
        ("image by bytes", { $0.messages[0].content.append(.image(image)) }),
        ("image by URL", { $0.messages[0].content.append(.image(Media(.url("https://e.org/a.png")))) }),
        ("image by a file's name", { $0.messages[0].content.append(.image(Media(.providerFile("f")))) }),
        ("file with a name", { $0.messages[0].content.append(.file(named)) }),
        ("PDF by bytes", { $0.messages[0].content.append(.file(pdf)) }),
        ("PDF by URL", { $0.messages[0].content.append(.file(Media(.url("https://e.org/a.pdf")))) }),
        ("recording", { $0.messages[0].content.append(.audio(Media(.base64("UklGRg=="), mediaType: "audio/wav"))) }),
        ("thoughts without a seal", { $0.messages += answered(.reasoning(Reasoning("hm"))) }),
        ("thoughts with a seal", { $0.messages += answered(.reasoning(Reasoning("hm", signature: "s"))) }),
        ("redacted thoughts", { $0.messages += answered(.reasoning(Reasoning("", redacted: "s"))) }),
        ("refusal", { $0.messages += answered(.refusal("no")) }),
        (
            "arguments that are no JSON",
            { $0.messages += answered(.toolCall(ToolCall(id: "c", name: "f", arguments: "{"))) }
        ),
        (
            "result of a tool: image",
            { $0.messages += called(ToolResult(callID: "c", name: "f", content: [.image(image)])) }
        ),
        (
            "result of a tool: `isError`",
            { $0.messages += called(ToolResult(callID: "c", name: "f", content: [.text("no")], isError: true)) }
        ),
    ]

    private static let tool = ToolDefinition(name: "f")
    private static let image = Media(.base64("iVBORw0KGgo="), mediaType: "image/png")
    private static let pdf = Media(.base64("JVBERi0="), mediaType: "application/pdf")
    private static let named = Media(.base64("JVBERi0="), mediaType: "application/pdf", filename: "a.pdf")

    private static func answered(_ part: ContentPart) -> [Message] {
        [Message(role: .assistant, content: [.text("a"), part]), .user("b")]
    }

    private static func called(_ result: ToolResult) -> [Message] {
        [
            Message(role: .assistant, content: [.toolCall(ToolCall(id: "c", name: "f", arguments: "{}"))]),
            Message(role: .tool, content: [.toolResult(result)]),
        ]
    }

    @Test("What becomes of each field of a request")
    func requests() throws {
        let rows = Self.fields.map { name, change in
            let cells = Self.sides.map { model, encode in
                var request = ChatRequest(model: model, prompt: "x")
                var plain = request
                change(&request)
                // Beside a part of an answer stands another.
                if request.messages.count > 1 { plain.messages += [.assistant("a"), .user("b")] }
                guard let encoded = try? encode(request), let without = try? encode(plain) else { return "refused" }
                let warnings = encoded.warnings
                if warnings.contains(where: { $0.code == .dropped }) { return "–" }
                if !warnings.isEmpty { return "adjusted" }
                return encoded.body == without.body ? "left out" : "yes"
            }
            return (name, cells)
        }
        try Self.compare(rows, "field of a request")
    }

    @Test("Which word each reason for the end has")
    func ends() throws {
        let reasons: [(String, FinishReason)] = [
            ("it came to its end", .stop), ("token limit", .length), ("waits for tools", .toolCalls),
            ("filter", .contentFilter), ("refusal in words", .refusal), ("refusal without words", .refusal),
            ("paused", .pause), ("another word", "new_word"),
        ]
        let context = AnswerContext(id: "a", created: 1, model: "m")
        let asked = ServedRequest(request: ChatRequest(model: "m", prompt: "x"), isStreaming: false, wantsUsage: true)
        let rows = reasons.map { name, reason in
            var response = ChatResponse(provider: "p", model: "m", message: .assistant("x"))
            if name == "refusal in words" { response.message.content = [.refusal("no")] }
            response.finishReason = reason
            response.rawFinishReason = "raw"
            func body(_ served: some ServedDialect) -> JSONValue {
                served.encodeResponse(response, to: asked, context: context)
            }
            let responses = body(ResponsesServed())
            let words: [JSONValue?] = [
                body(OpenAIChatServed())["choices"]?.array?.first?["finish_reason"],
                responses["incomplete_details"]?["reason"] ?? responses["status"],
                body(AnthropicServed())["stop_reason"], body(OllamaServed())["done_reason"],
                body(GeminiServed())["candidates"]?.array?.first?["finishReason"],
            ]
            return (name, words.map { $0?.string.map { "`\($0)`" } ?? "none" })
        }
        try Self.compare(rows, "end of an answer")
    }
}
