import ProviderKit
import Testing
import TransportKit

@Suite("Gemini's dialect, as its clients speak it")
struct GeminiDialectTests {
    private func body(_ request: ChatRequest) throws -> EncodedRequest {
        try GeminiDialect().encode(request, isStreaming: false)
    }

    @Test func aConversation() throws {
        let call = ToolCall(id: "c1", name: "f", arguments: #"{"a":1.50}"#, signature: "seal")
        let other = ToolCall(id: "c2", name: "g", arguments: "")
        var request = ChatRequest(
            model: "gemini-2.5-flash",
            messages: [
                .system("s"), .user([.text("look"), .image(Media(.base64("iVBORw0KGgo=")))]),
                Message(role: .developer, content: [.text("d")]),
                Message(
                    role: .assistant,
                    content: [
                        .reasoning(Reasoning("hm", signature: "another's")), .text("I look."), .toolCall(call),
                        .toolCall(other),
                    ]
                ),
                .toolResult("one", for: call), .toolResult("no", for: other, isError: true),
                .user([.file(Media(.url("https://e.org/a.pdf"), mediaType: "application/pdf"))]),
            ],
            tools: [ToolDefinition(name: "f", description: "d", parameters: ["type": "object"])],
            toolChoice: .tool("f"),
            responseFormat: .jsonSchema(JSONSchemaFormat(name: "n", schema: ["type": "object"])),
            sampling: Sampling(temperature: 0.5, topP: 0.9, topK: 3, seed: 1),
            maximumTokens: 9,
            stopSequences: ["END"],
            reasoning: ReasoningOptions(effort: .low),
            user: "u"
        )
        request.extra = ["generationConfig": ["candidateCount": 1], "tools": [["googleSearch": [:]]]]
        let encoded = try body(request)
        #expect(encoded.path == "/v1beta/models/gemini-2.5-flash:generateContent")
        let expected = try JSONValue(
            parsing: #"""
                {"systemInstruction":{"parts":[{"text":"s"},{"text":"d"}]},
                 "contents":[
                  {"role":"user","parts":[{"text":"look"},
                    {"inlineData":{"mimeType":"image/png","data":"iVBORw0KGgo="}}]},
                  {"role":"model","parts":[{"text":"I look."},
                    {"functionCall":{"id":"c1","name":"f","args":{"a":1.50}},"thoughtSignature":"seal"},
                    {"functionCall":{"id":"c2","name":"g","args":{}}}]},
                  {"role":"user","parts":[
                    {"functionResponse":{"id":"c1","name":"f","response":{"output":"one"}}},
                    {"functionResponse":{"id":"c2","name":"g","response":{"error":"no"}}},
                    {"fileData":{"fileUri":"https://e.org/a.pdf","mimeType":"application/pdf"}}]}],
                 "tools":[{"functionDeclarations":[{"name":"f","description":"d","parametersJsonSchema":{"type":"object"}}]},
                          {"googleSearch":{}}],
                 "toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["f"]}},
                 "generationConfig":{"temperature":0.5,"topP":0.9,"topK":3,"seed":1,"maxOutputTokens":9,
                  "stopSequences":["END"],"responseMimeType":"application/json",
                  "responseJsonSchema":{"type":"object"},
                  "thinkingConfig":{"includeThoughts":true,"thinkingBudget":2048},"candidateCount":1}}
                """#
        )
        #expect(encoded.body == expected, "\(encoded.body.serializedString)")
        #expect(encoded.shortWarnings == ["adjusted messages[2]", "dropped user"])
    }

    @Test("The first call of a turn has a seal, where the model wants one")
    func seals() throws {
        let calls = ["a", "b"].map { ToolCall(id: $0, name: "f", arguments: "{}") }
        let request = ChatRequest(
            model: "gemini-3-pro-preview",
            messages: [.user("x"), Message(role: .assistant, content: calls.map { .toolCall($0) })],
            reasoning: ReasoningOptions(effort: .high)
        )
        let encoded = try body(request).body
        let parts = encoded["contents"]?.array?.last?["parts"]?.array ?? []
        #expect(parts.map { $0["thoughtSignature"]?.string } == ["skip_thought_signature_validator", nil])
        #expect(encoded["generationConfig"]?["thinkingConfig"]?["thinkingLevel"] == "high")
    }

    @Test(
        arguments: [
            ("gemini-2.5-pro", "/v1beta/models/gemini-2.5-pro:x"), ("models/a b", "/v1beta/models/a%20b:x"),
            ("tunedModels/t1", "/v1beta/tunedModels/t1:x"),
        ]
    )
    func paths(model: String, path: String) throws {
        let encoded = try body(ChatRequest(model: ModelID(model), prompt: "x"))
        #expect(encoded.path == path.dropLast() + "generateContent")
    }

    @Test func aResultWithoutItsCallIsRefused() throws {
        let result = ToolResult(callID: "c", content: [.text("x")])
        let request = ChatRequest(model: "m", messages: [Message(role: .tool, content: [.toolResult(result)])])
        let error = #expect(throws: PlexError.self) { try body(request) }
        #expect(error?.parameter == "messages[0].content[0]")
    }

    private static let answer = #"""
        {"candidates":[{"content":{"role":"model","parts":[{"text":"hm","thought":true},
          {"text":"Hi","thoughtSignature":"t"},{"functionCall":{"name":"f","args":{"a":1.50}},"thoughtSignature":"s"},
          {"inlineData":{"mimeType":"image/png","data":"iVBO"}}]},"finishReason":"STOP","index":0,
          "safetyRatings":[{"category":"c"}]}],
         "usageMetadata":{"promptTokenCount":5,"candidatesTokenCount":2,"thoughtsTokenCount":3,
          "cachedContentTokenCount":4,"totalTokenCount":10},"modelVersion":"gemini-x","responseId":"r"}
        """#

    @Test func wholeAnswer() throws {
        let response = try GeminiDialect { "id" }.decodeResponse(
            JSONValue(parsing: Self.answer),
            provider: "p",
            model: "asked"
        )
        #expect(
            response.message.content == [
                .reasoning(Reasoning("hm")), ContentPart(.text("Hi"), extra: ["thoughtSignature": "t"]),
                .toolCall(ToolCall(id: "id", name: "f", arguments: #"{"a":1.50}"#, signature: "s")),
                .image(Media(.base64("iVBO"), mediaType: "image/png")),
            ]
        )
        #expect(response.finishReason == .toolCalls && response.rawFinishReason == "STOP")
        #expect(response.usage == Usage(inputTokens: 5, outputTokens: 5, cachedReadTokens: 4, reasoningTokens: 3))
        #expect(response.id == "r" && response.model == "gemini-x")
        #expect(response.extra == ["safetyRatings": [["category": "c"]]])
    }

    @Test func stream() throws {
        let parts = [
            #"{"text":"hm","thought":true}"#, #"{"text":"He"}"#, #"{"text":"llo","thoughtSignature":"t"}"#,
            #"{"functionCall":{"name":"f","args":{"a":1.50}},"thoughtSignature":"s"}"#,
        ]
        let events =
            parts.map { #"{"candidates":[{"content":{"role":"model","parts":[\#($0)]},"index":0}],"responseId":"r"}"# }
            + [
                #"{"candidates":[{"content":{"parts":[{"text":""}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":5,"candidatesTokenCount":2}}"#
            ]
        let wire = events.map { "data: \($0)\r\n\r\n" }.joined()
        let whole = try decode(
            [Array(wire.utf8)],
            framing: .serverSentEvents,
            decoder: GeminiStreamDecoder { "id" }
        )
        #expect(whole.isWhole && EventCheck(whole.events).problems.isEmpty)
        #expect(
            whole.response?.message.content == [
                .reasoning(Reasoning("hm")), ContentPart(.text("Hello"), extra: ["thoughtSignature": "t"]),
                .toolCall(ToolCall(id: "id", name: "f", arguments: #"{"a":1.50}"#, signature: "s")),
            ]
        )
        #expect(whole.response?.finishReason == .toolCalls && whole.response?.id == "r")
        #expect(whole.response?.usage == Usage(inputTokens: 5, outputTokens: 2))
        for pieces in cuts(of: wire) {
            let split = try decode(pieces, framing: .serverSentEvents, decoder: GeminiStreamDecoder { "id" })
            #expect(split == whole)
        }
        // Without its last event it is cut.
        let cut = try decode(
            [Array(events.dropLast().map { "data: \($0)\n\n" }.joined().utf8)],
            framing: .serverSentEvents,
            decoder: GeminiStreamDecoder { "id" }
        )
        #expect(!cut.isWhole)
    }

    @Test(
        arguments: [
            ("INVALID_ARGUMENT", "bad", .invalidRequest), ("INVALID_ARGUMENT", "API key not valid.", .authentication),
            ("INVALID_ARGUMENT", "The input token count exceeds the maximum", .contextLengthExceeded),
            ("UNAUTHENTICATED", "x", .authentication), ("PERMISSION_DENIED", "x", .permission),
            ("NOT_FOUND", "x", .notFound), ("RESOURCE_EXHAUSTED", "x", .rateLimited),
            ("RESOURCE_EXHAUSTED", "check your plan and billing details", .quotaExhausted),
            ("UNAVAILABLE", "x", .overloaded), ("INTERNAL", "x", .upstream),
        ] as [(String, String, PlexError.Code)]
    )
    func errors(status: String, message: String, code: PlexError.Code) throws {
        let body: JSONValue = [
            "error": [
                "code": 400, "message": .string(message), "status": .string(status),
                "details": [["@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "2.5s"]],
            ]
        ]
        for form in [body, [body]] {
            let error = GeminiDialect().decodeError(form)
            #expect(error?.code == code && error?.providerCode == status)
            #expect(error?.retryAfter == .milliseconds(2500))
        }
    }

    @Test func aBlockedPromptIsNoAnswer() throws {
        let body: JSONValue = ["promptFeedback": ["blockReason": "SAFETY"]]
        let error = #expect(throws: PlexError.self) {
            try GeminiDialect().decodeResponse(body, provider: "p", model: "m")
        }
        #expect(error?.code == .contentFiltered)
    }

    @Test func provider() async throws {
        let transport = FakeTransport(text: Self.answer)
        let configuration = ProviderConfiguration(
            id: "g",
            endpoint: try Endpoint(parsing: "https://llm.example.com/v1beta"),
            apiKey: Secret("sk-canary")
        )
        let provider = GeminiProvider(configuration: configuration, transport: transport)
        let response = try await provider.respond(to: ChatRequest(model: "gemini-2.5-pro", prompt: "x"))
        #expect(response.text == "Hi")
        let sent = try #require(transport.sent.first)
        #expect(sent.url == "https://llm.example.com/v1beta/models/gemini-2.5-pro:generateContent")
        #expect(sent.credentials["x-goog-api-key"] != nil)
        let body = #"{"contents":[],"x_new":1.50}"#
        let forward = ForwardRequest(
            operation: .geminiGenerate,
            model: "gemini-2.5-pro",
            body: try ScannedBody(scanning: Array(body.utf8))
        )
        let again = GeminiProvider(configuration: configuration, transport: FakeTransport(text: Self.answer))
        guard case .whole(let bytes, let summary)? = try await again.forward(forward)?.body else {
            Issue.record("it was not handed on")
            return
        }
        #expect(String(decoding: bytes, as: UTF8.self) == Self.answer && summary.finishReason == .toolCalls)
        let vectors = FakeTransport(text: #"{"embeddings":[{"values":[1.5,0]},{"values":[2,0.5]}]}"#)
        let embedder = GeminiProvider(configuration: configuration, transport: vectors)
        let embedded = try await embedder.embed(EmbeddingRequest(model: "e", input: ["a", "b"], dimensions: 2))
        #expect(embedded.vectors == [[1.5, 0], [2, 0.5]])
        #expect(vectors.sentBody?["requests"]?.array?.last?["content"] == ["parts": [["text": "b"]]])
    }
}
