import ProviderKit
import Testing
import TransportKit

@Suite("OpenAI completions, embeddings and models, as a server speaks them")
struct ServedFurtherTests {
    private let context = AnswerContext(id: "cmpl-1", created: 1_700_000_000, model: "fast")

    @Test func completionRequest() throws {
        let body = try JSONValue(
            parsing: #"""
                {"model":"m","prompt":["Once"],"max_tokens":5,"temperature":0.5,"stop":["a"],"echo":false,"best_of":1,
                 "suffix":null,"stream":true,"stream_options":{"include_usage":true},"logit_bias":{"1":0.50}}
                """#
        )
        let served = try OpenAICompletionServed().decodeRequest(body)
        #expect(served.isStreaming && served.wantsUsage)
        let expected = TextCompletionRequest(
            model: "m",
            prompt: "Once",
            sampling: Sampling(temperature: 0.5),
            maximumTokens: 5,
            stopSequences: ["a"],
            extra: ["logit_bias": ["1": .number(JSONNumber(0.5))]],
            extraDialect: .openAI
        )
        #expect(served.request.extra.names == ["logit_bias"])
        var request = served.request
        request.extra = expected.extra
        #expect(request == expected)
    }

    @Test(
        arguments: [
            (#""suffix":"end""#, "suffix", .unsupported), (#""echo":true"#, "echo", .unsupported),
            (#""logprobs":1"#, "logprobs", .unsupported), (#""best_of":2"#, "best_of", .unsupported),
            (#""n":2"#, "n", .unsupported), (#""max_tokens":"5""#, "max_tokens", .invalidRequest),
            (#""prompt":[1,2]"#, "prompt", .unsupported), (#""prompt":[[1],[2]]"#, "prompt", .unsupported),
            (#""prompt":["a","b"]"#, "prompt", .unsupported), (#""prompt":[]"#, "prompt", .invalidRequest),
            (#""prompt":[{}]"#, "prompt[0]", .invalidRequest), (#""prompt":5"#, "prompt", .invalidRequest),
            (#""prompt":null"#, "prompt", .invalidRequest),
        ] as [(String, String, PlexError.Code)]
    )
    func wrongCompletionRequest(setting: String, field: String, code: PlexError.Code) throws {
        let prompt = setting.contains("prompt") ? "" : #""prompt":"x","#
        let body = try JSONValue(parsing: #"{"model":"m",\#(prompt)\#(setting)}"#)
        let error = #expect(throws: PlexError.self) { try OpenAICompletionServed().decodeRequest(body) }
        #expect(error?.code == code && error?.parameter == field)
    }

    private let response = ChatResponse(
        id: "cmpl-9",
        provider: "p",
        model: "asked",
        message: Message(role: .assistant, content: [.text("upon\n\"a time\"")]),
        finishReason: .length,
        rawFinishReason: "length",
        usage: Usage(inputTokens: 1, outputTokens: 4)
    )

    @Test func completionAnswer() throws {
        let context = AnswerContext(id: "cmpl-1", created: 1, model: "asked")
        let body = OpenAICompletionServed().encodeResponse(response, context: context)
        #expect(body["object"] == "text_completion")
        var read = try OpenAICompletionDialect().decodeResponse(
            JSONValue(parsing: body.serialized),
            provider: "p",
            model: "asked"
        )
        read.extra = [:]
        #expect(read == response)
    }

    @Test func completionStream() async throws {
        let served = OpenAICompletionServed()
        let asked = ServedCompletion(
            request: TextCompletionRequest(model: "asked", prompt: "x"),
            isStreaming: true,
            wantsUsage: true
        )
        let context = AnswerContext(id: "cmpl-1", created: 1, model: "asked")
        var encoder = served.makeStreamEncoder(for: asked, context: context)
        var wire: [UInt8] = []
        for event in ResponseReplay.events(of: response) { encoder.encode(event, into: &wire) }
        #expect(encoder.hasEnded)
        for cut in wire.indices {
            let (events, error) = try await OpenAIStreamTests.read([Array(wire[..<cut]), Array(wire[cut...])])
            guard error == nil, case .finished(var read)? = events.last else {
                Issue.record("cut at \(cut): \(String(describing: error))")
                return
            }
            read.extra = [:]
            #expect(read == response, "cut at \(cut)")
        }
    }

    @Test func embeddingRequest() throws {
        func read(_ text: String) throws -> ServedEmbedding {
            try OpenAIEmbeddingsServed().decodeRequest(JSONValue(parsing: text))
        }
        let one = try read(#"{"model":"m","input":"a","encoding_format":"base64","dimensions":3,"user":"u"}"#)
        #expect(one.isBase64 && one.request.input == ["a"] && one.request.dimensions == 3)
        #expect(one.request.extra == ["user": "u"] && one.request.extraDialect == .openAI)
        let two = try read(#"{"model":"m","input":["a","b"]}"#)
        #expect(!two.isBase64 && two.request.input == ["a", "b"])
    }

    @Test(
        arguments: [
            (#""input":[]"#, "input", .invalidRequest), (#""input":5"#, "input", .invalidRequest),
            (#""input":["a",5]"#, "input[1]", .invalidRequest), (#""input":[1,2]"#, "input", .unsupported),
            (#""input":[[1]]"#, "input", .unsupported), (#""dimensions":3"#, "input", .invalidRequest),
            (#""input":"a","encoding_format":"int8""#, "encoding_format", .invalidRequest),
            (#""input":"a","dimensions":0"#, "dimensions", .invalidRequest),
        ] as [(String, String, PlexError.Code)]
    )
    func wrongEmbeddingRequest(setting: String, field: String, code: PlexError.Code) throws {
        let body = try JSONValue(parsing: #"{"model":"m",\#(setting)}"#)
        let error = #expect(throws: PlexError.self) { try OpenAIEmbeddingsServed().decodeRequest(body) }
        #expect(error?.code == code && error?.parameter == field)
    }

    @Test func embeddingAnswer() {
        let served = OpenAIEmbeddingsServed()
        let answer = EmbeddingResponse(
            vectors: [[1, -0.1], [1e-10, 2]],
            model: "real",
            usage: Usage(inputTokens: 4, outputTokens: 0)
        )
        func write(isBase64: Bool) -> String {
            let asked = ServedEmbedding(request: EmbeddingRequest(model: "m", input: ["a", "b"]), isBase64: isBase64)
            return String(decoding: served.encodeResponse(answer, to: asked, context: context), as: UTF8.self)
        }
        let end = #""model":"fast","usage":{"prompt_tokens":4,"total_tokens":4}}"#
        #expect(
            write(isBase64: false)
                == #"{"object":"list","data":[{"object":"embedding","index":0,"embedding":[1.0,-0.1]},"#
                + #"{"object":"embedding","index":1,"embedding":[1e-10,2.0]}],"# + end
        )
        // base64.b64encode(struct.pack("<2f", 1, -0.1)), and the same for the other one
        #expect(
            write(isBase64: true)
                == #"{"object":"list","data":[{"object":"embedding","index":0,"embedding":"AACAP83MzL0="},"#
                + #"{"object":"embedding","index":1,"embedding":"/+bbLgAAAEA="}],"# + end
        )
    }

    @Test func foreignFieldsOfAnEmbeddingAreTold() throws {
        let answer = EmbeddingResponse(
            vectors: [],
            model: "m",
            warnings: [Warning(.dropped, field: "user", "none")]
        )
        let asked = ServedEmbedding(request: EmbeddingRequest(model: "m", input: []), isBase64: false)
        let bytes = OpenAIEmbeddingsServed().encodeResponse(answer, to: asked, context: context)
        #expect(try JSONValue(parsing: bytes)["warnings"]?.array?.first?["field"] == "user")
    }

    @Test func modelList() {
        let models = [
            Model(id: "b", provider: "p", owner: "o", created: 5), Model(id: "a", provider: "q"),
            Model(id: "b", provider: "r"),
        ]
        #expect(
            OpenAIModelList.encode(models).serializedString == """
                {"object":"list","data":[{"id":"b","object":"model","created":5,"owned_by":"o"},\
                {"id":"a","object":"model","created":0,"owned_by":"q"}]}
                """
        )
    }
}
