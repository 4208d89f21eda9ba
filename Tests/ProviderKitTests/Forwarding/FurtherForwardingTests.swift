import Testing
import TransportKit

@testable import ProviderKit

@Suite("Answers of Responses, of Ollama, and of sound and pictures go on as they are")
struct FurtherForwardingTests {
    /// A dialect's stream, what looks at it, and what is read in it.
    struct Sample: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var wire: String
        var isLines: Bool
        var observer: @Sendable () -> any ForwardObserver
        var summary: ForwardSummary
        /// Where the last event begins.
        var end: String
    }

    @Test(
        "A response that is only announced is no beginning, so that another provider can be tried",
        arguments: [
            (
                "response.failed",
                #"{"response":{"object":"response","error":{"code":"server_error","message":"no"}}}"#, false
            ),
            ("response.output_item.added", #"{"output_index":0,"item":{"type":"message"}}"#, true),
            ("response.completed", #"{"response":{"object":"response","status":"completed","output":[]}}"#, true),
        ]
    )
    func announcements(type: String, event: String, hasBegun: Bool) throws {
        var machine = ForwardMachine(ResponsesForwardObserver(), maximumEventSize: 1 << 16)
        for name in ["response.created", "response.in_progress"] {
            _ = machine.consume(Array("data: {\"type\":\"\(name)\",\"response\":{}}\n\n".utf8))
        }
        #expect(!machine.hasBegun && !machine.hasEnded)
        guard case .object(var object) = try JSONValue(parsing: event) else { return }
        object["type"] = .string(type)
        _ = machine.consume(Array("data: \(JSONValue.object(object).serializedString)\n\n".utf8))
        #expect(machine.hasBegun == hasBegun)
        #expect(machine.hasEnded == (type != "response.output_item.added"))
    }

    @Test(
        "Vectors and counts of tokens go through where the body names no other model",
        arguments: [
            (#"{"content":{"parts":[{"text":"a"}]}}"#, true), (#"{"model":"models/e","content":{}}"#, true),
            (#"{"requests":[{"model":"models/e"},{"model":"e"}]}"#, true),
            (#"{"requests":[{"model":"models/e"},{"model":"models/other"}]}"#, false),
            (#"{"model":"other"}"#, false), (#"{"generateContentRequest":{"model":"models/e"}}"#, true),
            (#"{"generateContentRequest":{"model":"models/other"}}"#, false), ("[", false),
        ]
    )
    func geminiEmbeddings(body: String, goesThrough: Bool) {
        #expect(GeminiPlainForwardDialect.namesOnly("e", Array(body.utf8)) == goesThrough)
    }

    @Test func geminiVectorsAreToldFromErrors() throws {
        let dialect = GeminiPlainForwardDialect.embedding
        #expect(
            try dialect.summary(ofWhole: Array(#"{"embeddings":[{"values":[0.50]}],"x":1}"#.utf8)) == ForwardSummary()
        )
        #expect(throws: ForwardRefusal.self) {
            try dialect.summary(ofWhole: Array(#"{"error":{"status":"NOT_FOUND","message":"no"}}"#.utf8))
        }
        #expect(throws: ForwardRefusal.self) { try dialect.summary(ofWhole: Array(#"{"candidates":[]}"#.utf8)) }
    }

    private static let samples = [
        Sample(
            testDescription: "responses",
            wire: ResponsesTranscripts.all,
            isLines: false,
            observer: { ResponsesForwardObserver() },
            summary: ForwardSummary(
                usage: Usage(inputTokens: 30, outputTokens: 15, cachedReadTokens: 5, reasoningTokens: 4),
                finishReason: .toolCalls
            ),
            end: "event: response.completed"
        ),
        Sample(
            testDescription: "ollama",
            wire: """
                {"model":"m","message":{"role":"assistant","content":"He"},"done":false}\r
                {"model":"m","message":{"role":"assistant","content":"y","x_new":1.50},"done":false}

                {"model":"m","message":{"role":"assistant","content":"","tool_calls":[{"function":{"name":"f"}}]},"done":false}
                {"model":"m","done":true,"done_reason":"stop","prompt_eval_count":3,"eval_count":2}

                """,
            isLines: true,
            observer: { OllamaForwardObserver() },
            summary: ForwardSummary(usage: Usage(inputTokens: 3, outputTokens: 2), finishReason: .toolCalls),
            end: #"{"model":"m","done":true"#
        ),
        Sample(
            testDescription: "pictures",
            wire: """
                event: image_generation.partial_image
                data: {"type":"image_generation.partial_image","b64_json":"aaaa"}

                event: image_generation.completed
                data: {"type":"image_generation.completed","b64_json":"bbbb","usage":{"input_tokens":3,"output_tokens":2}}


                """,
            isLines: false,
            observer: { MediaForwardObserver() },
            summary: ForwardSummary(usage: Usage(inputTokens: 3, outputTokens: 2)),
            end: "event: image_generation.completed"
        ),
    ]

    private func machine(_ sample: Sample) -> ForwardMachine {
        ForwardMachine(sample.observer(), cutsLines: sample.isLines, maximumEventSize: 1 << 20)
    }

    @Test(arguments: samples)
    func everySplitGivesTheSameBytes(_ sample: Sample) {
        let wire = Array(sample.wire.utf8)
        for cut in wire.indices {
            var machine = machine(sample)
            let bytes = machine.consume(Array(wire[..<cut])) + machine.consume(Array(wire[cut...])) + machine.finish()
            #expect(bytes == wire, "cut at \(cut)")
            guard case .finished(let summary)? = machine.end else {
                Issue.record("cut at \(cut): it did not end well")
                return
            }
            #expect(summary == sample.summary)
        }
    }

    @Test(arguments: samples)
    func aCutIsNeverTakenForTheEnd(_ sample: Sample) throws {
        let text = sample.wire
        let end = try #require(text.firstRange(of: sample.end)).lowerBound
        let place = text.utf8.distance(from: text.startIndex, to: end)
        for cut in 0...place {
            var machine = machine(sample)
            _ = machine.consume(Array(text.utf8.prefix(cut))) + machine.finish()
            guard case .cut? = machine.end else {
                Issue.record("cut at \(cut): it ended as if it were whole")
                return
            }
        }
    }

    @Test(
        "An error in a stream is one",
        arguments: [
            (samples[0], "event: error\ndata: {\"type\":\"error\",\"code\":\"server_error\",\"message\":\"x\"}\n\n"),
            (
                samples[0],
                "data: {\"type\":\"response.failed\",\"response\":{\"object\":\"response\",\"error\":{\"message\":\"x\"}}}\n\n"
            ),
            (samples[1], "{\"error\":\"x\"}\n"),
            (samples[2], "data: {\"error\":{\"message\":\"x\"}}\n\n"), (samples[1], "{\"broken\": \n"),
        ]
    )
    func failure(_ sample: Sample, _ event: String) {
        var machine = machine(sample)
        _ = machine.consume(Array(event.utf8))
        guard case .failed? = machine.end else {
            Issue.record("it was taken for an event")
            return
        }
    }

    @Test("A last line without its end counts if it is whole")
    func lastLine() {
        var machine = machine(Self.samples[1])
        let wire = Array(Self.samples[1].wire.dropLast().utf8)
        #expect(machine.consume(wire) + machine.finish() == wire + [0x0A])
        guard case .finished? = machine.end else {
            Issue.record("it did not end well")
            return
        }
    }

    private func sent(
        _ provider: (FakeTransport) throws -> any ForwardingProvider,
        _ operation: WireOperation,
        _ body: ScannedBody,
        _ answer: FakeTransport,
        fields: HTTPFields = [:]
    ) async throws -> (ForwardedAnswer, HTTPRequest, String) {
        let request = ForwardRequest(operation: operation, model: "up", body: body, fields: fields)
        let result = try #require(try await provider(answer).forward(request))
        let sent = try #require(answer.sent.first)
        guard case .bytes(let bytes)? = sent.body else { return (result, sent, "") }
        return (result, sent, String(decoding: bytes, as: UTF8.self))
    }

    private func configuration() throws -> ProviderConfiguration {
        ProviderConfiguration(id: "p", endpoint: try Endpoint(parsing: "https://llm.example.com/v1"))
    }

    @Test(
        "Ollama gets its own words on its own path",
        arguments: [
            (WireOperation.ollamaChat, "/api/chat", #"{"message":{"content":"Hi"},"done":true,"done_reason":"stop"}"#),
            (.ollamaGenerate, "/api/generate", #"{"response":"Hi","done":true}"#),
            (.ollamaEmbed, "/api/embed", #"{"embeddings":[[0.5]]}"#),
            (.ollamaEmbedding, "/api/embeddings", #"{"embedding":[0.5]}"#),
        ]
    )
    func ollama(_ operation: WireOperation, _ path: String, _ answer: String) async throws {
        let body = try ScannedBody(scanning: Array(#"{ "model":"fast","stream":false, "x_new":1.50 }"#.utf8))
        let (result, request, went) = try await sent(
            { OllamaProvider(configuration: try configuration(), transport: $0) },
            operation,
            body,
            FakeTransport(text: answer)
        )
        #expect(request.url == "https://llm.example.com\(path)")
        #expect(went == #"{ "model":"up","stream":false, "x_new":1.50 }"#)
        guard case .whole(let bytes, _) = result.body else {
            Issue.record("a stream came")
            return
        }
        #expect(String(decoding: bytes, as: UTF8.self) == answer)
    }

    @Test("A form goes through with another model, whatever comes back")
    func form() async throws {
        let form = """
            --b0\r\nContent-Disposition: form-data; name="file"; filename="model"\r\nContent-Type: audio/wav\r\n\r\n\
            RIFF name="model"\r\n--b\r\n--b0\r\ncontent-disposition: form-data; name="model"\r\n\r\nfast\r\n--b0\r\n\
            Content-Disposition: form-data; name="response_format"\r\n\r\ntext\r\n--b0--\r\n
            """
        let type = "multipart/form-data; boundary=b0"
        let body = try ScannedBody(scanningForm: Array(form.utf8), contentType: type)
        #expect(body.model == "fast" && body.isForm && !body.isStreaming)
        let transport = FakeTransport(fields: ["content-type": "text/plain"], pieces: [Array("Hello".utf8)])
        let (result, request, went) = try await sent(
            { OpenAIProvider(configuration: try configuration(), transport: $0) },
            .openAITranscription,
            body,
            transport,
            fields: ["content-type": type]
        )
        #expect(request.url == "https://llm.example.com/v1/audio/transcriptions")
        #expect(request.fields["content-type"] == type)
        #expect(went == form.replacing("\r\nfast\r\n", with: "\r\nup\r\n"))
        #expect(result.contentType == "text/plain")
        guard case .whole(let bytes, _) = result.body else {
            Issue.record("a stream came")
            return
        }
        #expect(String(decoding: bytes, as: UTF8.self) == "Hello")
    }

    @Test(
        "What is no form is not taken for one",
        arguments: [
            ("multipart/form-data", "--b\r\n"), ("multipart/form-data; boundary=b", ""),
            ("multipart/form-data; boundary=b", "--b\r\nno head"),
            ("multipart/form-data; boundary=b", "--b\r\n\r\n\r\nx"),
            ("text/plain; boundary=b", "--b--"), ("multipart/form-data; boundary=", "--"),
            (
                "multipart/form-data; boundary=b",
                "--b\r\nContent-Disposition: form-data; name=model\r\n\r\na\r\n--b\r\n"
                    + "Content-Disposition: form-data; name=model\r\n\r\nb\r\n--b--"
            ),
            (
                "multipart/form-data; boundary=b",
                "--b\r\nContent-Disposition: form-data; name=model\r\n\r\n--b--"
            ),
        ]
    )
    func noForm(_ type: String, _ body: String) {
        #expect(throws: JSONError.self) { try ScannedBody(scanningForm: Array(body.utf8), contentType: type) }
    }

    @Test("A form without a model gets one")
    func formWithoutModel() throws {
        let form = "--b\r\nContent-Disposition: form-data; name=\"prompt\"\r\n\r\nx\r\n--b--\r\n"
        let type = "Multipart/Form-Data; charset=utf-8; boundary=\"b\""
        let body = try ScannedBody(scanningForm: Array(form.utf8), contentType: type)
        #expect(body.model == nil)
        let again = try ScannedBody(scanningForm: body.rewritten(model: "up", addingUsage: true), contentType: type)
        #expect(again.model == "up")
    }
}
