import TransportKit

/// Reads an HTTP/1.1 answer piece by piece, and counts the events of a stream while it does.
struct AnswerReader {
    private enum State {
        case head
        case body(left: Int)
        case chunkSize(Int)
        case chunk(left: Int)
        case chunkEnd
        case trailer(isEmpty: Bool)
        case done
    }

    private var state = State.head
    private var head: [UInt8] = []
    private var isLineEmpty = true
    private var hasData = false

    /// The answer's status; 0 before its head is whole.
    private(set) var status = 0
    /// Events with data that are whole; comments do not count.
    private(set) var events = 0
    /// Whether the answer is whole.
    var isDone: Bool { if case .done = state { true } else { false } }

    /// Makes the reader ready for the next answer.
    mutating func reset() {
        state = .head
        head.removeAll(keepingCapacity: true)
        isLineEmpty = true
        hasData = false
        status = 0
        events = 0
    }

    /// Reads what has arrived.
    ///
    /// - Throws: `TransportError` if it is no answer of a kind that the gateway may give.
    mutating func read(_ bytes: ArraySlice<UInt8>) throws(TransportError) {
        var place = bytes.startIndex
        while place < bytes.endIndex {
            switch state {
            case .head:
                let byte = bytes[place]
                place += 1
                head.append(byte)
                if byte == UInt8(ascii: "\n"), head.count >= 4, head[head.count - 3] == UInt8(ascii: "\n") {
                    try readHead()
                }
            case .body(let left):
                // The length counts, not what is in it.
                let taken = min(left, bytes.endIndex - place)
                place += taken
                state = taken == left ? .done : .body(left: left - taken)
            case .chunkSize(let size):
                place += 1
                try readSize(size, bytes[place - 1])
            case .chunk(let left):
                let end = min(place + left, bytes.endIndex)
                count(bytes[place..<end])
                state = end - place == left ? .chunkEnd : .chunk(left: left - (end - place))
                place = end
            case .chunkEnd:
                if bytes[place] == UInt8(ascii: "\n") { state = .chunkSize(0) }
                place += 1
            case .trailer(let isEmpty):
                let byte = bytes[place]
                place += 1
                if byte == UInt8(ascii: "\n") {
                    state = isEmpty ? .done : .trailer(isEmpty: true)
                } else if byte != UInt8(ascii: "\r") {
                    state = .trailer(isEmpty: false)
                }
            case .done:
                throw TransportError(.protocolViolation, "more came than one answer")
            }
        }
    }

    private mutating func readSize(_ size: Int, _ byte: UInt8) throws(TransportError) {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): state = .chunkSize(size * 16 + Int(byte) - 48)
        case UInt8(ascii: "a")...UInt8(ascii: "f"): state = .chunkSize(size * 16 + Int(byte) - 87)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): state = .chunkSize(size * 16 + Int(byte) - 55)
        case UInt8(ascii: "\r"): break
        case UInt8(ascii: "\n"): state = size == 0 ? .trailer(isEmpty: true) : .chunk(left: size)
        default: throw TransportError(.protocolViolation, "a chunk's size is not a number")
        }
    }

    private mutating func readHead() throws(TransportError) {
        // "HTTP/1.1 200 …"
        guard head.count > 12 else { throw TransportError(.protocolViolation, "what came is no HTTP") }
        status = head[9..<12].reduce(0) { $0 * 10 + Int($1) - 48 }
        switch MessageFraming(head: head[...]) {
        case .length(0): state = .done
        case .length(let length): state = .body(left: length)
        case .chunked: state = .chunkSize(0)
        case .unknown:
            throw TransportError(.protocolViolation, "an answer with status \(status) has neither a length nor chunks")
        }
    }

    private mutating func count(_ bytes: ArraySlice<UInt8>) {
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                if isLineEmpty, hasData {
                    events += 1
                    hasData = false
                }
                isLineEmpty = true
            } else if byte != UInt8(ascii: "\r") {
                if isLineEmpty, byte == UInt8(ascii: "d") { hasData = true }
                isLineEmpty = false
            }
        }
    }
}
