/// Reads one answer from the bytes of its connection: the head, then the body by its framing.
///
/// It does no I/O: it is given what came and tells what that was.
struct AnswerReader {
    enum Event: Equatable {
        /// All that was given has been read.
        case needsMore
        case head(ResponseHead)
        /// These bytes belong to the body.
        case body(Range<Int>)
        /// The answer is whole; what follows is not part of it.
        case end
        case failed(Failure)
    }

    enum Failure: Equatable {
        case headTooLarge
        case malformed
        case badChunk
        /// The connection ended before any byte, within the head, within the body.
        case nothing, headless, cut
    }

    private enum State {
        case head(ResponseHeadParser)
        case length(Int)
        case chunked(ChunkedDecoder)
        case untilClose
        case ended
    }

    private var state: State
    private let hasNoBody: Bool
    /// Whether the connection can be used again, once the answer is whole.
    private(set) var keepsConnection = false

    /// - Parameters:
    ///   - headLimit: The most bytes of the head, interim ones included.
    ///   - isForHead: Whether the request's method is `HEAD`.
    init(headLimit: Int, isForHead: Bool) {
        state = .head(ResponseHeadParser(limit: headLimit))
        hasNoBody = isForHead
    }

    /// Reads on.
    ///
    /// - Parameters:
    ///   - input: What came.
    ///   - position: Where to read on in it; moved on.
    /// - Returns: What was found; call again unless it is the end, a failure or `needsMore`.
    mutating func next(_ input: Span<UInt8>, _ position: inout Int) -> Event {
        switch state {
        case .head(var parser):
            // Taken out while it changes, so that it is not copied.
            state = .ended
            let outcome = parser.consume(input, &position)
            switch outcome {
            case .more:
                state = .head(parser)
                return .needsMore
            case .head(let head):
                begin(head)
                return .head(ResponseHead(status: head.status, fields: head.fields))
            case .tooLarge: return .failed(.headTooLarge)
            case .malformed: return .failed(.malformed)
            }
        case .length(let left):
            guard left > 0 else { return .end }
            guard position < input.count else { return .needsMore }
            let range = position..<min(input.count, position + left)
            position = range.upperBound
            state = .length(left - range.count)
            return .body(range)
        case .chunked(var decoder):
            let step = decoder.next(input, &position)
            state = .chunked(decoder)
            switch step {
            case .needsMore: return .needsMore
            case .body(let range): return .body(range)
            case .end: return .end
            case .malformed: return .failed(.badChunk)
            }
        case .untilClose:
            guard position < input.count else { return .needsMore }
            defer { position = input.count }
            return .body(position..<input.count)
        case .ended: return .end
        }
    }

    private mutating func begin(_ head: ParsedHead) {
        keepsConnection = head.keepsConnection
        if hasNoBody || head.status == 204 || head.status == 304 {
            state = .length(0)
            return
        }
        switch head.framing {
        case .length(let count): state = .length(count)
        case .chunked: state = .chunked(ChunkedDecoder())
        case .untilClose:
            keepsConnection = false
            state = .untilClose
        }
    }

    /// The peer has closed the connection in order.
    func closed() -> Event {
        switch state {
        case .head(let parser): .failed(parser.isEmpty ? .nothing : .headless)
        case .length(let left): left == 0 ? .end : .failed(.cut)
        case .chunked: .failed(.cut)
        case .untilClose, .ended: .end
        }
    }
}
