/// Collects the head of the final answer from the lines that libcurl hands over, interim answers included.
struct HeadLineCollector {
    enum Outcome: Equatable {
        case more
        /// The final answer's head is whole.
        case head(ResponseHead)
        case tooLarge
        case malformed
    }

    private let limit: Int
    private var size = 0
    private var head = ResponseHead()

    /// Makes a parser that accepts at most `limit` bytes of lines, interim answers included.
    init(limit: Int) {
        self.limit = limit
    }

    /// Takes one line with its line end.
    mutating func consume(_ line: some BidirectionalCollection<UInt8>) -> Outcome {
        size += line.count
        guard size <= limit else { return .tooLarge }
        let text = line.trimming { $0 == 0x0A || $0 == 0x0D }
        guard let first = text.first else {
            guard head.status >= 200 else { return head.status >= 100 ? .more : .malformed }
            defer { head = ResponseHead() }
            return .head(head)
        }
        if text.starts(with: "HTTP/".utf8) { return startAnswer(text) }
        if first.isSpace {
            // A folded line (RFC 9112 §5.2) goes on with the value above it.
            head.fields.extendLast(String(decoding: text.trimming(\.isSpace), as: UTF8.self))
            return .more
        }
        guard let colon = text.firstIndex(of: UInt8(ascii: ":")) else { return .malformed }
        let value = text[text.index(after: colon)...]
        head.fields.append(
            String(decoding: text[..<colon].trimming(\.isSpace), as: UTF8.self),
            String(decoding: value.trimming(\.isSpace), as: UTF8.self)
        )
        return .more
    }

    private mutating func startAnswer(_ line: some Collection<UInt8>) -> Outcome {
        // "HTTP/1.1 200 OK"
        let code = line.drop { $0 != UInt8(ascii: " ") }.drop { $0 == UInt8(ascii: " ") }
            .prefix { $0 != UInt8(ascii: " ") }
        guard code.count == 3, code.allSatisfy({ (0x30...0x39).contains($0) }) else { return .malformed }
        let status = code.reduce(0) { $0 * 10 + Int($1) - 0x30 }
        guard status >= 100 else { return .malformed }
        head = ResponseHead(status: status)
        return .more
    }
}

extension UInt8 {
    fileprivate var isSpace: Bool { self == UInt8(ascii: " ") || self == UInt8(ascii: "\t") }
}

extension BidirectionalCollection<UInt8> {
    /// Without the bytes at both ends that match.
    fileprivate func trimming(_ matches: (UInt8) -> Bool) -> SubSequence {
        var rest = self[...]
        while let last = rest.last, matches(last) { rest = rest.dropLast() }
        return rest.drop(while: matches)
    }
}
