/// Finds the bytes of a chunked body (RFC 9112 §7.1) in what comes.
///
/// It keeps no bytes: pieces may be cut anywhere.
struct ChunkedDecoder {
    enum Step: Equatable {
        /// All that was given has been read.
        case needsMore
        /// These bytes belong to the body.
        case body(Range<Int>)
        /// The body and its trailer are whole.
        case end
        case malformed
    }

    private enum State {
        case size(digits: Int)
        /// After the size: white space and extensions, which nobody needs.
        case afterSize
        case sizeLineFeed
        case data
        case dataReturn
        case dataLineFeed
        case trailerStart
        case trailer
        case trailerLineFeed
        case lastLineFeed
        case ended
    }

    /// The most bytes of a chunk's line behind its size, and of all lines of the trailer.
    static let lineLimit = 16 * 1024

    private var state = State.size(digits: 0)
    private var left = 0
    private var lineBytes = 0

    /// Reads on.
    ///
    /// - Parameters:
    ///   - input: What came.
    ///   - position: Where to read on in it; moved on.
    /// - Returns: What was found; call again unless it is the end or `needsMore`.
    mutating func next(_ input: Span<UInt8>, _ position: inout Int) -> Step {
        while position < input.count {
            if case .data = state {
                let count = min(left, input.count - position)
                let start = position
                position += count
                left -= count
                if left == 0 { state = .dataReturn }
                return .body(start..<position)
            }
            guard case .ended = state else {
                guard consume(input[position]) else { return .malformed }
                position += 1
                if case .ended = state { return .end }
                continue
            }
            return .end
        }
        return .needsMore
    }

    /// Takes one byte that is not the body's; `false` if it must not be there.
    private mutating func consume(_ byte: UInt8) -> Bool {
        switch state {
        case .size(let digits): return consumeSize(byte, digits)
        case .afterSize:
            lineBytes += 1
            if byte == UInt8(ascii: "\r") {
                state = .sizeLineFeed
                return true
            }
            return lineBytes <= Self.lineLimit && isText(byte)
        case .sizeLineFeed:
            lineBytes = 0
            state = left == 0 ? .trailerStart : .data
            return byte == UInt8(ascii: "\n")
        case .dataReturn:
            state = .dataLineFeed
            return byte == UInt8(ascii: "\r")
        case .dataLineFeed:
            state = .size(digits: 0)
            return byte == UInt8(ascii: "\n")
        case .trailerStart:
            state = byte == UInt8(ascii: "\r") ? .lastLineFeed : .trailer
            lineBytes += 1
            return byte == UInt8(ascii: "\r") || (lineBytes <= Self.lineLimit && FieldBytes.isToken(byte))
        case .trailer:
            lineBytes += 1
            if byte == UInt8(ascii: "\r") {
                state = .trailerLineFeed
                return true
            }
            return lineBytes <= Self.lineLimit && isText(byte)
        case .trailerLineFeed:
            state = .trailerStart
            return byte == UInt8(ascii: "\n")
        case .lastLineFeed:
            state = .ended
            return byte == UInt8(ascii: "\n")
        case .data, .ended: return false
        }
    }

    private mutating func consumeSize(_ byte: UInt8, _ digits: Int) -> Bool {
        let digit: UInt8
        switch byte {
        case 0x30...0x39: digit = byte - 0x30
        case 0x41...0x46: digit = byte - 0x41 + 10
        case 0x61...0x66: digit = byte - 0x61 + 10
        default:
            // White space before the extension is bad, but seen (§7.1.1).
            guard digits > 0 else { return false }
            lineBytes = 0
            state = byte == UInt8(ascii: "\r") ? .sizeLineFeed : .afterSize
            return byte == UInt8(ascii: "\r") || byte == UInt8(ascii: ";") || byte == 0x20 || byte == 0x09
        }
        // Sixteen digits would not fit.
        guard digits < 15 else { return false }
        left = (digits == 0 ? 0 : left << 4) | Int(digit)
        state = .size(digits: digits + 1)
        return true
    }

    private func isText(_ byte: UInt8) -> Bool { (byte >= 0x20 && byte != 0x7F) || byte == 0x09 }
}
