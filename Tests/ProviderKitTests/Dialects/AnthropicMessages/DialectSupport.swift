import ProviderKit
import Testing
import TransportKit

/// A request, the body that it has to become, and the warnings as `code field`.
struct GoldenRequest: Sendable, CustomTestStringConvertible {
    var name: String
    var request: ChatRequest
    var body: String
    var warnings: [String]

    init(_ name: String, _ request: ChatRequest, _ body: String, warnings: [String] = []) {
        self.name = name
        self.request = request
        self.body = body
        self.warnings = warnings
    }

    var testDescription: String { name }
}

extension EncodedRequest {
    var shortWarnings: [String] { warnings.map { "\($0.code.rawValue) \($0.field)" } }
}

extension ChatRequest {
    static func asking(_ model: ModelID, _ messages: Message...) -> ChatRequest {
        ChatRequest(model: model, messages: messages)
    }

    func with(_ change: (inout ChatRequest) -> Void) -> ChatRequest {
        var copy = self
        change(&copy)
        return copy
    }
}

/// What came of decoding a stream.
struct StreamOutcome: Sendable, Equatable {
    var events: [ChatEvent] = []
    var isWhole = false
    var failure: PlexError.Code?

    var response: ChatResponse? {
        if case .finished(let response)? = events.last { response } else { nil }
    }
}

/// Cuts a stream's bytes into frames.
private struct Framer {
    let framing: StreamFraming
    var events = SSEDecoder()
    var lines = NDJSONDecoder()

    var hasIncompleteFrame: Bool {
        switch framing {
        case .serverSentEvents: events.hasIncompleteEvent
        case .newlineDelimitedJSON: lines.hasIncompleteLine
        }
    }

    mutating func append(_ piece: [UInt8]) {
        switch framing {
        case .serverSentEvents: events.append(piece)
        case .newlineDelimitedJSON: lines.append(piece)
        }
    }

    mutating func next() throws -> StreamFrame? {
        switch framing {
        case .serverSentEvents: try events.next().map { StreamFrame(event: $0.event, data: $0.data) }
        case .newlineDelimitedJSON: try lines.next().map { StreamFrame(data: $0) }
        }
    }
}

/// Decodes a stream that arrives in the given pieces.
func decode(_ pieces: [[UInt8]], framing: StreamFraming, decoder: some ChatStreamDecoder) throws -> StreamOutcome {
    var outcome = StreamOutcome()
    var decoder = decoder
    var assembler = StreamAssembler(StreamAssembler.Start(provider: "test", model: "asked"))
    var framer = Framer(framing: framing)
    do {
        for piece in pieces {
            framer.append(piece)
            while let frame = try framer.next() {
                var deltas: [StreamDelta] = []
                try decoder.decode(event: frame.event, data: frame.data, into: &deltas)
                assembler.consume(deltas, into: &outcome.events)
            }
        }
        outcome.isWhole = assembler.finish(isCut: framer.hasIncompleteFrame, into: &outcome.events)
    } catch let error as PlexError {
        outcome.failure = error.code
    }
    return outcome
}

/// The pieces of a stream that is cut once, at each place.
func cuts(of stream: String) -> [[[UInt8]]] {
    let bytes = Array(stream.utf8)
    return (0...bytes.count).map { [Array(bytes[..<$0]), Array(bytes[$0...])] }
}
