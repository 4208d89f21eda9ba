import ProviderKit
import Testing
import TransportKit

@Suite("OpenAI streams")
struct OpenAIStreamTests {
    /// Reads a wire in pieces.
    static func read(_ pieces: [[UInt8]]) async throws -> (events: [ChatEvent], error: PlexError?) {
        let endpoint = try Endpoint(parsing: "https://llm.example.com/v1")
        let context = UpstreamContext(.init(provider: "p", endpoint: endpoint), model: "asked")
        let frames = FrameReader(
            body: HTTPBody(source: FakeBody(pieces.filter { !$0.isEmpty }, ending: .end)),
            framing: .serverSentEvents,
            maximumEventSize: 1 << 20,
            context: context
        )
        let extraction = ExtractionOptions(reasoningTags: true)
        let start = StreamAssembler.Start(provider: "p", model: "asked", extraction: extraction)
        return await ChatStream {
            ChatEventReader(
                frames: frames,
                decoder: OpenAIStreamDecoder(),
                assembler: StreamAssembler(start),
                context: context
            )
        }.outcome()
    }

    @Test(arguments: OpenAITranscript.all)
    func answer(_ transcript: OpenAITranscript) async throws {
        let (events, error) = try await Self.read([Array(transcript.wire.utf8)])
        #expect(error == nil)
        guard case .started(let start)? = events.first, case .finished(let response)? = events.last else {
            Issue.record("begins or ends otherwise: \(events)")
            return
        }
        #expect(start.model == "served" || start.model == "asked")
        #expect(response.message.content == transcript.content)
        #expect(response.finishReason == transcript.finishReason)
        #expect(response.usage == transcript.usage)
        #expect(EventCheck(events).problems == [])
    }

    @Test(arguments: OpenAITranscript.all)
    func everySplitGivesTheSame(_ transcript: OpenAITranscript) async throws {
        let wire = Array(transcript.wire.utf8)
        let whole = try await Self.read([wire]).events
        for position in wire.indices {
            let split = try await Self.read([Array(wire[..<position]), Array(wire[position...])])
            #expect(split.error == nil && split.events == whole, "split at \(position)")
        }
        let bytes = try await Self.read(wire.map { [$0] })
        #expect(bytes.error == nil && bytes.events == whole)
    }

    @Test(arguments: OpenAITranscript.all)
    func aCutIsNeverTakenForTheEnd(_ transcript: OpenAITranscript) async throws {
        let wire = Array(transcript.wire.utf8)
        // Up to the first sign of an end: a finish reason, or the end mark.
        let signs = [
            #""finish_reason":"s"#, #""finish_reason":"t"#, #""finish_reason":"n"#, #""finish_reason":"f"#, "[DONE]",
        ]
        let ends = signs.compactMap { wire.firstRange(of: Array($0.utf8))?.lowerBound }
        let end = try #require(ends.min())
        for length in 0..<end {
            let (events, error) = try await Self.read([Array(wire[..<length])])
            #expect(error?.code == .streamCut, "cut after \(length) bytes")
            #expect(!events.contains { if case .finished = $0 { true } else { false } })
        }
    }

    @Test(arguments: [
        (#"{"error":{"message":"m","type":"server_error","code":null}}"#, PlexError.Code.upstream),
        (#"{"error":{"message":"m","code":429}}"#, .rateLimited),
        (#"{"error":{"message":"m","code":"502"}}"#, .upstream),
        (#"{"error":"m"}"#, .upstream),
        (#"{"object":"error","message":"m","code":400}"#, .invalidRequest),
        (#"{"error":{"message":"maximum context length is 5 tokens"}}"#, .contextLengthExceeded),
        (#"{"choices":[{"index":0,"delta":{},"finish_reason":"error"}]}"#, .upstream),
        (#"{"broken": "#, .malformedResponse),
        ("7", .malformedResponse),
    ])
    func errorsInsideOfAStream(frame: String, code: PlexError.Code) async throws {
        let first = try await Self.read([Array("data: \(frame)\n\n".utf8)])
        #expect(first.events.isEmpty || frame.contains("choices"))
        #expect(first.error?.code == code)
        #expect(first.error?.provider == "p" && first.error?.model == "asked")
        let begun = "data: \(OpenAITranscript.text("a"))\n\ndata: \(frame)\n\ndata: [DONE]\n\n"
        let midway = try await Self.read([Array(begun.utf8)])
        #expect(midway.events.contains(.text("a")))
        #expect(midway.error?.code == code)
    }

    @Test(arguments: ["", ": only a comment\n\n", "data: [DONE]\n\n", "\n\n\n"])
    func anEmptyStreamIsCut(_ wire: String) async throws {
        let (events, error) = try await Self.read([Array(wire.utf8)])
        #expect(events.isEmpty)
        #expect(error?.code == .streamCut)
    }

    @Test func whatHasNoPlaceIsKept() async throws {
        let chunk = """
            {"id":"i","model":"m","created":5,"choices":[{"index":0,"delta":{"content":"a"},"logprobs":{"content":[1]}}]}
            """
        let last = """
            {"id":"i","created":5,"timings":{"ms":0.50},"choices":[{"index":0,"delta":{},"finish_reason":"stop",\
            "stop_reason":7,"logprobs":{"content":[2]}}]}
            """
        let (events, _) = try await Self.read([Array("data: \(chunk)\n\ndata: \(last)\n\ndata: [DONE]\n\n".utf8)])
        guard case .finished(let response)? = events.last else {
            Issue.record("no end")
            return
        }
        #expect(response.extra["logprobs"] == ["content": [1, 2]])
        #expect(response.extra["timings"]?.serializedString == #"{"ms":0.50}"#)
        #expect(response.extra["stop_reason"] == 7)
        #expect(response.extra["created"] == 5)
    }

    @Test func chunksOfTextCompletions() async throws {
        let wire = """
            data: {"id":"i","object":"text_completion","choices":[{"index":0,"text":"a"}]}

            data: {"id":"i","choices":[{"index":0,"text":"b","finish_reason":"length"}]}

            data: [DONE]


            """
        let (events, _) = try await Self.read([Array(wire.utf8)])
        guard case .finished(let response)? = events.last else {
            Issue.record("no end")
            return
        }
        #expect(response.text == "ab" && response.finishReason == .length)
    }
}
