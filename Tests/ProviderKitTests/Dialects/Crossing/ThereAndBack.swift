import ProviderKit
import Testing
import TransportKit

/// A dialect's writer for callers and its reader of providers' answers, one behind the other.
struct ThereAndBack<Served: ServedDialect, Dialect: ChatDialect>: Sendable {
    let served: Served
    let dialect: Dialect
    let context = AnswerContext(id: "answer-x", created: 1_700_000_000, model: "asked")
    let asked = ServedRequest(request: ChatRequest(model: "asked", prompt: "x"), isStreaming: false, wantsUsage: true)

    /// What is read of a whole answer as it is written.
    func whole(_ response: ChatResponse) throws -> ChatResponse {
        let body = served.encodeResponse(response, to: asked, context: context)
        return try dialect.decodeResponse(JSONValue(parsing: body.serialized), provider: "p", model: "asked")
    }

    /// The stream that is written of events.
    func wire(_ events: [ChatEvent]) -> [UInt8] {
        var encoder = served.makeStreamEncoder(for: asked, context: context)
        var bytes: [UInt8] = []
        for event in events { encoder.encode(event, into: &bytes) }
        #expect(encoder.hasEnded)
        return bytes
    }

    /// What is read of a stream that comes in pieces.
    func read(_ pieces: [[UInt8]]) throws -> StreamOutcome {
        try decode(pieces, framing: dialect.framing, decoder: dialect.makeStreamDecoder())
    }

    /// Checks that a streamed answer, its texts in pieces, is read as it was, wherever its wire is cut.
    ///
    /// - Returns: The answer that was read.
    func checkStream(_ response: ChatResponse, _ maker: inout ConversationMaker) throws -> ChatResponse {
        let wire = wire(ResponseReplay.pieces(of: response, &maker))
        let cut = maker.number(0..<wire.count)
        let outcome = try read([Array(wire[..<cut]), Array(wire[cut...])])
        #expect(outcome.isWhole && outcome.failure == nil)
        #expect(EventCheck(outcome.events).problems.isEmpty)
        let read = try #require(outcome.response)
        #expect(read.message == response.message)
        #expect(read.finishReason == response.finishReason && read.usage == response.usage)
        // Whoever reads these events and writes them again has the same.
        #expect(try self.read([self.wire(outcome.events)]).response?.message == response.message)
        return read
    }

    /// Checks that a streamed answer is read the same, cut at each byte.
    func checkEverySplit(_ response: ChatResponse, _ maker: inout ConversationMaker) throws {
        let wire = wire(ResponseReplay.pieces(of: response, &maker))
        let whole = try read([wire])
        for cut in wire.indices {
            #expect(try read([Array(wire[..<cut]), Array(wire[cut...])]) == whole, "cut at \(cut)")
        }
    }
}
