import ProviderKit
import Testing
import TransportKit

@Suite("Ollama's dialect, as a server speaks it")
struct OllamaServedTests {
    private let context = AnswerContext(id: "x", created: 1_700_000_000, model: "fast")
    private let asked = ServedRequest(
        request: ChatRequest(model: "fast", prompt: "x"),
        isStreaming: true,
        wantsUsage: true
    )

    private func read(_ body: String) throws -> ServedRequest {
        try OllamaServed().decodeRequest(JSONValue(parsing: body))
    }

    @Test func request() throws {
        let served = try read(
            #"""
            {"model":"m","messages":[{"role":"system","content":"s"},
              {"role":"user","content":"look","images":["iVBORw0KGgo="]},
              {"role":"assistant","content":"","thinking":"hm","tool_calls":[
                {"function":{"name":"f","arguments":{"a":1.50}}},{"id":"own","function":{"name":"g","arguments":{}}},
                {"function":{"name":"f","arguments":{}}}]},
              {"role":"tool","tool_name":"f","content":"one"},{"role":"tool","tool_name":"f","content":"three"},
              {"role":"tool","tool_call_id":"own","content":"two"}],
             "tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"}}}],
             "format":"json","think":false,"keep_alive":"5m",
             "options":{"temperature":0.5,"num_predict":7,"stop":["a"],"num_ctx":4096,"seed":1}}
            """#
        )
        #expect(served.isStreaming)
        let request = served.request
        let calls = [
            ToolCall(id: "call_2_0", name: "f", arguments: #"{"a":1.50}"#),
            ToolCall(id: "own", name: "g", arguments: "{}"), ToolCall(id: "call_2_2", name: "f", arguments: "{}"),
        ]
        #expect(
            request.messages == [
                .system("s"),
                .user([.text("look"), .image(Media(.base64("iVBORw0KGgo="), mediaType: "image/png"))]),
                Message(role: .assistant, content: [.reasoning(Reasoning("hm"))] + calls.map { .toolCall($0) }),
                .toolResult("one", for: calls[0]), .toolResult("three", for: calls[2]),
                .toolResult("two", for: calls[1]),
            ]
        )
        #expect(request.tools == [ToolDefinition(name: "f", description: "d", parameters: ["type": "object"])])
        #expect(request.responseFormat == .jsonObject)
        #expect(request.reasoning == ReasoningOptions(effort: ReasoningOptions.Effort.none))
        #expect(request.sampling == Sampling(temperature: 0.5, seed: 1))
        #expect(request.maximumTokens == 7 && request.stopSequences == ["a"])
        #expect(request.extra == ["keep_alive": "5m", "options": ["num_ctx": 4096]])
        #expect(request.extraDialect == .ollama)
    }

    @Test func completion() throws {
        let body = #"{"model":"m","system":"s","prompt":"p","images":["iVBORw0KGgo="],"stream":false,"raw":false}"#
        let served = try OllamaServed(isCompletion: true).decodeRequest(JSONValue(parsing: body))
        #expect(!served.isStreaming)
        let image = ContentPart.image(Media(.base64("iVBORw0KGgo="), mediaType: "image/png"))
        #expect(served.request.messages == [.system("s"), .user([.text("p"), image])])
        #expect(served.request.extra.isEmpty)
    }

    @Test(
        "What is wrong is named",
        arguments: [
            (#"{"messages":[]}"#, "model"), (#"{"model":"m","messages":[]}"#, "messages"),
            (#"{"model":"m","messages":[{"role":"odd","content":"x"}]}"#, "messages[0].role"),
            (#"{"model":"m","messages":[{"role":"user","content":3}]}"#, "messages[0].content"),
            (#"{"model":"m","messages":[{"role":"tool","content":"x"}]}"#, "messages[0]"),
            (
                #"{"model":"m","messages":[{"role":"assistant","tool_calls":[{"function":{}}]}]}"#,
                "messages[0].tool_calls[0].function.name"
            ),
            (#"{"model":"m","messages":[{"role":"user","content":"x"}],"format":"xml"}"#, "format"),
            (#"{"model":"m","messages":[{"role":"user","content":"x"}],"options":{"top_k":"a"}}"#, "options.top_k"),
        ]
    )
    func bad(body: String, field: String) throws {
        let error = #expect(throws: PlexError.self) { try read(body) }
        #expect(error?.parameter == field)
    }

    @Test(
        "What only Ollama itself can do is refused",
        arguments: [
            (#"{"model":"m"}"#, "prompt"), (#"{"model":"m","prompt":"p","suffix":"s"}"#, "suffix"),
            (#"{"model":"m","prompt":"p","raw":true}"#, "raw"),
            (#"{"model":"m","prompt":"p","context":[1]}"#, "context"),
        ]
    )
    func badCompletion(body: String, field: String) throws {
        let error = #expect(throws: PlexError.self) {
            try OllamaServed(isCompletion: true).decodeRequest(JSONValue(parsing: body))
        }
        #expect(error?.parameter == field)
    }

    @Test func errorsAndTheirPlaceInAStream() {
        let error = CallerError(status: 502, message: "cut", code: "stream_cut", requestID: "r")
        let expected = #"{"error":"cut","code":"stream_cut","request_id":"r"}"#
        #expect(OllamaServed().encodeError(error).serializedString == expected)
        var encoder = OllamaServed().makeStreamEncoder(for: asked, context: context)
        var bytes: [UInt8] = []
        encoder.encode(error, into: &bytes)
        encoder.encode(.text("more"), into: &bytes)
        #expect(encoder.hasEnded && String(decoding: bytes, as: UTF8.self) == expected + "\n")
    }

    @Test func lines() {
        let call = ToolCall(id: "c", name: "f", arguments: #"{"a":1}"#)
        let response = ChatResponse(
            provider: "p",
            model: "real",
            message: Message(
                role: .assistant,
                content: [.reasoning(Reasoning("hm")), .text("Hi"), .toolCall(call)]
            ),
            finishReason: .toolCalls,
            usage: Usage(inputTokens: 3, outputTokens: 2),
            warnings: [Warning(.dropped, field: "sampling.seed", "there is none")]
        )
        var encoder = OllamaServed().makeStreamEncoder(for: asked, context: context)
        var bytes: [UInt8] = []
        for event in ResponseReplay.events(of: response) { encoder.encode(event, into: &bytes) }
        let head = #"{"model":"fast","created_at":"2023-11-14T22:13:20Z","message":{"role":"assistant","content":"#
        let end = #","done":true,"done_reason":"stop","prompt_eval_count":3,"eval_count":2,"#
        let warning = #""warnings":[{"code":"dropped","field":"options.seed","message":"there is none"}]}"#
        let calls = #""tool_calls":[{"id":"c","function":{"index":0,"name":"f","arguments":{"a":1}}}]}"#
        #expect(
            String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init) == [
                head + #""","thinking":"hm"},"done":false}"#, head + #""Hi"},"done":false}"#,
                head + #"""# + "\"," + calls + #","done":false}"#, head + #"""}"# + end + warning,
            ]
        )
        let whole = OllamaServed(isCompletion: true).encodeResponse(response, to: asked, context: context)
        #expect(whole["response"] == "Hi" && whole["thinking"] == "hm" && whole["done"] == true)
    }

    @Test(arguments: 0..<200)
    func answersThereAndBack(seed: Int) throws {
        var maker = ConversationMaker(seed: seed)
        var response = maker.response(model: "asked")
        // The order of this wire, and what it has room for.
        response.message.content = response.message.content.compactMap { part in
            switch part.kind {
            case .reasoning(let reasoning): .reasoning(Reasoning(reasoning.text))
            case .refusal: nil
            case .toolCall(let call):
                .toolCall(ToolCall(id: call.id, name: call.name, arguments: #"{"a":1.50}"#))
            default: part
            }
        }
        response.id = nil
        let calls = !response.toolCalls.isEmpty
        response.finishReason = calls ? .toolCalls : maker.some([.stop, .length])
        response.rawFinishReason = response.finishReason == .length ? "length" : "stop"
        if let usage = response.usage {
            response.usage = Usage(inputTokens: usage.inputTokens, outputTokens: usage.outputTokens)
        }
        let way = ThereAndBack(served: OllamaServed(), dialect: OllamaDialect())
        var read = try way.whole(response)
        read.extra["created_at"] = nil
        #expect(read == response)
        guard !response.message.content.isEmpty else { return }
        let wire = way.wire(ResponseReplay.pieces(of: response, &maker))
        let whole = try way.read([wire])
        #expect(whole.response?.message == response.message && whole.isWhole)
        #expect(whole.response?.usage == response.usage && whole.response?.finishReason == response.finishReason)
        let cut = maker.number(0..<wire.count)
        let split = try way.read([Array(wire[..<cut]), Array(wire[cut...])])
        #expect(split == whole)
    }

    @Test func embeddings() throws {
        let body = #"{"model":"m","input":["a","b"],"dimensions":2,"truncate":true}"#
        let served = try OllamaEmbedServed().decodeRequest(JSONValue(parsing: body))
        #expect(served.request.input == ["a", "b"] && served.request.dimensions == 2)
        #expect(served.request.extra == ["truncate": true])
        let response = EmbeddingResponse(
            vectors: [[1.5, -0.25], [0, 2]],
            model: "m",
            usage: Usage(inputTokens: 3, outputTokens: 0)
        )
        let bytes = OllamaEmbedServed().encodeResponse(response, to: served, context: context)
        let expected = #"{"model":"fast","embeddings":[[1.5,-0.25],[0.0,2.0]],"prompt_eval_count":3}"#
        #expect(String(decoding: bytes, as: UTF8.self) == expected)
        let old = OllamaEmbedServed(isOld: true)
        let one = try old.decodeRequest(JSONValue(parsing: #"{"model":"m","prompt":"a"}"#))
        #expect(one.request.input == ["a"])
        let vector = old.encodeResponse(response, to: one, context: context)
        #expect(String(decoding: vector, as: UTF8.self) == #"{"embedding":[1.5,-0.25]}"#)
    }

    @Test func models() throws {
        let model = Model(id: "a", provider: "p", created: 1_700_000_000, contextLength: 4096, sizeInBytes: 5)
        let entry = OllamaModelList.encode([model, model])["models"]?.array
        #expect(entry?.count == 1 && entry?.first?["name"] == "a" && entry?.first?["size"] == 5)
        #expect(entry?.first?["modified_at"] == "2023-11-14T22:13:20Z")
        let shown = OllamaModelList.encode(model, Capabilities(features: [.streaming, .tools, .reasoning]))
        #expect(shown["capabilities"] == ["completion", "tools", "thinking"])
        #expect(shown["model_info"]?["general.context_length"] == 4096)
    }
}
