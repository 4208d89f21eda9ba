import ProviderKit
import Testing
import TransportKit

@Suite("Streams of a peer that may write anything")
struct StreamBoundsTests {
    private static func read(_ chunks: [String], maximumSize: Int = 1 << 20) async throws -> (
        events: [ChatEvent], error: PlexError?
    ) {
        let context = UpstreamContext(
            .init(provider: "p", endpoint: try Endpoint(parsing: "https://x.example/v1")),
            model: "m"
        )
        let wire = (chunks + ["[DONE]"]).map { "data: \($0)\n\n" }.joined()
        return await ChatStream {
            ChatEventReader(
                frames: FrameReader(
                    body: HTTPBody(source: FakeBody([Array(wire.utf8)], ending: .end)),
                    framing: .serverSentEvents,
                    maximumEventSize: 1 << 20,
                    context: context
                ),
                decoder: OpenAIStreamDecoder(),
                assembler: StreamAssembler(StreamAssembler.Start(provider: "p", model: "m")),
                context: context,
                maximumSize: maximumSize
            )
        }.outcome()
    }

    private static func delta(_ delta: String, rest: String = "") -> String {
        #"{"id":"i","choices":[{"index":0,"delta":\#(delta)\#(rest)}]}"#
    }

    private static let greatest = "9223372036854775807"

    @Test(
        "counts at the end of the number range stop nothing",
        arguments: [
            #"{"prompt_tokens":-1,"total_tokens":\#(greatest)}"#,
            """
            {"prompt_tokens":\(greatest),"completion_tokens":\(greatest),"total_tokens":1,\
            "completion_tokens_details":{"reasoning_tokens":\(greatest)}}
            """,
        ]
    )
    func counts(_ usage: String) async throws {
        let stop = #"{"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"}],"usage":\#(usage)}"#
        let (events, error) = try await Self.read([stop])
        #expect(error == nil)
        guard case .finished(let response)? = events.last, let usage = response.usage else {
            Issue.record("no end with usage: \(events)")
            return
        }
        #expect(usage.inputTokens >= 0 && usage.outputTokens >= 0)
    }

    @Test("a call's number at the end of the number range stops nothing")
    func callNumbers() async throws {
        let (events, error) = try await Self.read([
            Self.delta(
                #"{"tool_calls":[{"index":\#(Self.greatest),"id":"x","function":{"name":"a","arguments":"{}"}}]}"#
            ),
            Self.delta(#"{"tool_calls":[{"id":"y","function":{"name":"b","arguments":"{}"}}]}"#),
            Self.delta(#"{"tool_calls":[{"index":-1,"id":"z","function":{"name":"c","arguments":"{}"}}]}"#),
        ])
        #expect(error == nil)
        let names = events.compactMap { event in
            if case .toolCallEnded(_, let call) = event { call.name } else { nil }
        }
        #expect(names == ["a", "b", "c"])
    }

    @Test("calls without number and end are refused")
    func manyCalls() async throws {
        let error = try await Self.read(
            (0..<5000).map { Self.delta(#"{"tool_calls":[{"id":"\#($0)","function":{"name":"a"}}]}"#) }
        ).error
        #expect(error?.code == .malformedResponse)
    }

    @Test(
        "what is kept beside the text counts against the limit too",
        arguments: [
            delta(#"{"reasoning_details":[{"type":"reasoning.encrypted","data":"0123456789"}]}"#),
            delta(#"{"reasoning_details":[{"type":"reasoning.text","signature":"0123456789"}]}"#),
            delta(#"{"content":[{"type":"unheard_of","data":"0123456789"}]}"#),
            delta(#"{"tool_calls":[{"index":0,"id":"0123456789","function":{"name":"a"}}]}"#),
            delta("{}", rest: #","logprobs":{"content":[{"token":"0123456789"}]}"#),
        ]
    )
    func keptBeside(_ chunk: String) async throws {
        let error = try await Self.read(Array(repeating: chunk, count: 500), maximumSize: 4000).error
        #expect(error?.code == .malformedResponse && error?.message.contains("larger than") == true)
        let small = try await Self.read(Array(repeating: chunk, count: 5), maximumSize: 4000).error
        #expect(small == nil)
    }

    @Test("fields that are made up are kept only so far")
    func extraFields() async throws {
        let chunks = (0..<1000).map { #"{"id":"i","choices":[{"index":0,"delta":{"content":"a"}}],"f\#($0)":1}"# }
        guard case .finished(let response)? = try await Self.read(chunks).events.last else {
            Issue.record("no end")
            return
        }
        #expect(response.text.utf8.count == 1000)
        #expect(response.extra.count == 256)
    }

    @Test("a failure's words are cut, whatever their length")
    func longFailure() async throws {
        let words = String(repeating: "long\\n", count: 20_000)
        let error = try await Self.read([#"{"error":{"message":"\#(words)","code":"\#(words)"}}"#]).error
        let description = try #require(error).description
        #expect(description.utf8.count < 2000 && !description.contains("\n"))
    }

    @Test("arguments in very many pieces cost as much as they are long", .timeLimit(.minutes(5)))
    func manyPieces() {
        var assembler = StreamAssembler(StreamAssembler.Start(provider: "p", model: "m"))
        var events: [ChatEvent] = []
        let piece = String(repeating: "x", count: 1000)
        let count = 60_000
        for _ in 0..<count {
            let delta = StreamDelta.toolCall(key: 0, id: "i", name: "f", arguments: piece, signature: nil)
            assembler.consume([delta], into: &events)
            events.removeAll(keepingCapacity: true)
        }
        assembler.consume([.endMark], into: &events)
        #expect(assembler.finish(isCut: false, into: &events))
        guard case .finished(let response)? = events.last else {
            Issue.record("no end")
            return
        }
        #expect(response.toolCalls.first?.arguments.utf8.count == count * 1000)
    }
}
