import ProviderKit
import Testing
import TransportKit

@Suite("Gemini's dialect, as a server speaks it")
struct GeminiServedTests {
    private let context = AnswerContext(id: "x", created: 1_700_000_000, model: "fast")
    private let asked = ServedRequest(
        request: ChatRequest(model: "fast", prompt: "x"),
        isStreaming: true,
        wantsUsage: true
    )

    private func read(_ body: String) throws -> ChatRequest {
        try GeminiServed().decodeRequest(JSONValue(parsing: body)).request
    }

    @Test func request() throws {
        let request = try read(
            #"""
            {"model":"m","system_instruction":{"parts":[{"text":"s"}]},
             "contents":[{"role":"user","parts":[{"text":"look"},{"inline_data":{"mime_type":"image/png","data":"iVBO"}}]},
              {"role":"model","parts":[{"text":"hm","thought":true},
                {"functionCall":{"name":"f","args":{"a":1.50}},"thoughtSignature":"s"},
                {"functionCall":{"id":"own","name":"g"}}]},
              {"role":"user","parts":[{"functionResponse":{"name":"f","response":{"result":"one"}}},
                {"functionResponse":{"id":"own","name":"g","response":{"error":"no"}}},{"text":"go on"}]}],
             "tools":[{"functionDeclarations":[{"name":"f","parameters":{"type":"OBJECT","properties":
                {"a":{"type":"NUMBER","nullable":true}}}}]},{"googleSearch":{}}],
             "toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["f"]}},
             "generationConfig":{"temperature":0.5,"maxOutputTokens":7,"stopSequences":["a"],"top_k":3,
              "responseMimeType":"application/json","responseSchema":{"type":"STRING"},
              "thinkingConfig":{"thinkingBudget":64},"speechConfig":{"x":1}},"safetySettings":[]}
            """#
        )
        let first = ToolCall(id: "call_0", name: "f", arguments: #"{"a":1.50}"#, signature: "s")
        let second = ToolCall(id: "own", name: "g", arguments: "{}")
        let results = [
            ToolResult(callID: "call_0", name: "f", content: [.text("one")]),
            ToolResult(callID: "own", name: "g", content: [.text("no")], isError: true),
        ]
        #expect(
            request.messages == [
                .system("s"), .user([.text("look"), .image(Media(.base64("iVBO"), mediaType: "image/png"))]),
                Message(role: .assistant, content: [.reasoning(Reasoning("hm")), .toolCall(first), .toolCall(second)]),
                Message(role: .tool, content: results.map { .toolResult($0) }), .user([.text("go on")]),
            ]
        )
        let schema: JSONValue = ["type": "object", "properties": ["a": ["type": ["number", "null"]]]]
        #expect(request.tools == [ToolDefinition(name: "f", parameters: schema)])
        #expect(request.toolChoice == .tool("f"))
        #expect(request.responseFormat == .jsonSchema(JSONSchemaFormat(name: "answer", schema: ["type": "string"])))
        #expect(request.sampling == Sampling(temperature: 0.5, topK: 3))
        #expect(request.maximumTokens == 7 && request.reasoning == ReasoningOptions(budgetTokens: 64))
        #expect(
            request.extra == [
                "tools": [["googleSearch": [:]]], "generationConfig": ["speechConfig": ["x": 1]], "safetySettings": [],
            ]
        )
    }

    @Test(
        "What is wrong is named",
        arguments: [
            (#"{"model":"m"}"#, "contents"), (#"{"model":"m","contents":[]}"#, "contents"),
            (#"{"model":"m","contents":[{"role":"odd","parts":[]}]}"#, "contents[0].role"),
            (#"{"model":"m","contents":[{"role":"user"}]}"#, "contents[0].parts"),
            (
                #"{"model":"m","contents":[{"parts":[{"inlineData":{"data":"x"}}]}]}"#,
                "contents[0].parts[0].inlineData.mimeType"
            ),
            (
                #"{"model":"m","contents":[{"parts":[{"functionResponse":{"name":"f","response":{}}}]}]}"#,
                "contents[0].parts[0].functionResponse"
            ),
            (
                #"{"model":"m","contents":[{"parts":[{"text":"x"}]}],"generationConfig":{"candidateCount":2}}"#,
                "generationConfig.candidateCount"
            ),
        ]
    )
    func bad(body: String, field: String) throws {
        let error = #expect(throws: PlexError.self) { try read(body) }
        #expect(error?.parameter == field)
    }

    @Test(arguments: 0..<200)
    func requestsThereAndBack(seed: Int) throws {
        var maker = ConversationMaker(seed: seed)
        var request = maker.anthropicRequest()
        request.extraDialect = .gemini
        request.extra = [:]
        request.user = nil
        request.allowsParallelToolCalls = nil
        request.tools = request.tools.map {
            ToolDefinition(name: $0.name, description: $0.description, parameters: $0.parameters)
        }
        if request.tools.isEmpty { request.toolChoice = nil }
        request.messages = request.messages.compactMap { message in
            var message = message
            message.content = message.content.compactMap { part in
                switch part.kind {
                case .text(let text): .text(text)
                case .toolCall: part
                case .image(let media): media.mediaType == nil ? nil : .image(media)
                default: nil
                }
            }
            return message.role == .tool || message.content.isEmpty ? nil : message
        }
        guard request.messages.contains(where: { $0.role != .system }) else { return }
        request.messages = request.messages.reduce(into: []) { messages, message in
            if messages.last?.role == message.role {
                messages[messages.count - 1].content += message.content
            } else {
                messages.append(message)
            }
        }
        let encoded = try GeminiDialect().encode(request, isStreaming: false)
        #expect(encoded.warnings.isEmpty)
        var body = try #require(encoded.body.object)
        body["model"] = .string(request.model.rawValue)
        let read = try read(JSONValue.object(body).serializedString)
        #expect(read == request)
    }

    private static func answer(_ maker: inout ConversationMaker) -> ChatResponse {
        var response = maker.anthropicResponse()
        response.message.content = response.message.content.compactMap { part in
            switch part.kind {
            case .reasoning(let reasoning): reasoning.text.isEmpty ? nil : .reasoning(Reasoning(reasoning.text))
            case .toolCall(let call):
                .toolCall(
                    ToolCall(
                        id: call.id,
                        name: call.name,
                        arguments: call.arguments,
                        signature: call.id == "call_1" ? "s" : nil
                    )
                )
            default: part
            }
        }
        response.message.content = response.message.content.reduce(into: []) { content, part in
            // Two of a kind are one on the way.
            switch (content.last?.kind, part.kind) {
            case (.text?, .text), (.reasoning?, .reasoning): break
            default: content.append(part)
            }
        }
        if response.message.content.isEmpty { response.message.content = [.text("x")] }
        response.finishReason = response.toolCalls.isEmpty ? maker.some([.stop, .length]) : .toolCalls
        response.rawFinishReason = response.finishReason == .length ? "MAX_TOKENS" : "STOP"
        response.usage?.cachedWriteTokens = nil
        response.extra = [:]
        return response
    }

    @Test(arguments: 0..<200)
    func answersThereAndBack(seed: Int) throws {
        var maker = ConversationMaker(seed: seed)
        let response = Self.answer(&maker)
        for form in [GeminiServed.Form.events, .array] {
            let way = ThereAndBack(served: GeminiServed(form), dialect: GeminiDialect())
            #expect(try way.whole(response) == response)
            var wire = way.wire(ResponseReplay.pieces(of: response, &maker))
            if form == .array {
                // The same pieces, as events.
                wire = try (JSONValue(parsing: wire).array ?? []).flatMap { piece in
                    Array("data: ".utf8) + piece.serialized + Array("\n\n".utf8)
                }
            }
            let outcome = try way.read([wire])
            #expect(outcome.isWhole && EventCheck(outcome.events).problems.isEmpty)
            #expect(outcome.response?.message == response.message)
            #expect(outcome.response?.usage == response.usage && outcome.response?.id == response.id)
            #expect(outcome.response?.finishReason == response.finishReason)
        }
    }

    @Test func errors() {
        let error = CallerError(
            status: 429,
            message: "slow",
            code: "rate_limit_exceeded",
            requestID: "r",
            retryAfter: .seconds(7)
        )
        let body = GeminiServed().encodeError(error)
        #expect(body["error"]?["code"] == 429 && body["error"]?["status"] == "RESOURCE_EXHAUSTED")
        let read = GeminiDialect().decodeError(body)
        #expect(read?.code == .rateLimited && read?.retryAfter == .seconds(7) && read?.message == "slow")
        var encoder = GeminiServed(.array).makeStreamEncoder(for: asked, context: context)
        var bytes: [UInt8] = []
        encoder.encode(.text("a"), into: &bytes)
        encoder.encode(error, into: &bytes)
        let pieces = (try? JSONValue(parsing: bytes))?.array
        #expect(pieces?.count == 2 && pieces?.last == body)
    }
}
