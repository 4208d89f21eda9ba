/// The head of an answer, with what it says about the connection and the body.
struct ParsedHead: Equatable {
    /// How the end of the body is found, if there is one.
    enum Framing: Equatable {
        case length(Int)
        case chunked
        case untilClose
    }

    private(set) var status: Int
    private(set) var fields = HTTPFields()
    private(set) var framing = Framing.untilClose
    /// Whether the connection can be used again after this answer.
    private(set) var keepsConnection: Bool

    /// Reads a head, if it is as it must be.
    ///
    /// - Parameter head: All lines with their ends, the empty one included.
    init?(_ head: Span<UInt8>) {
        guard var feed = head.firstLineFeed(from: 0),
            let (version, status) = Self.readStatus(head, head.line(0, feed))
        else { return nil }
        self.status = status
        keepsConnection = version > 0
        fields.reserveCapacity(12)
        var length: Int?
        var isChunked = false
        var isClosed = false
        while true {
            let start = feed + 1
            guard let end = head.firstLineFeed(from: start) else { return nil }
            feed = end
            let line = head.line(start, end)
            if line.isEmpty { break }
            guard let (name, value) = Self.split(head, line) else { return nil }
            switch name.count {
            case 10 where head.matches("connection", name):
                for option in head.list(value) {
                    if head.matches("close", option) { isClosed = true }
                    if head.matches("keep-alive", option) { keepsConnection = true }
                }
            case 14 where head.matches("content-length", name):
                if length == nil, let count = head.number(value) {
                    length = count
                    break
                }
                for item in head.list(value) {
                    guard let count = head.number(item), length == nil || length == count else { return nil }
                    length = count
                }
                guard length != nil else { return nil }
            case 17 where head.matches("transfer-encoding", name):
                guard !isChunked, head.matches("chunked", value) else { return nil }
                isChunked = true
            default: break
            }
            fields.append(head.text(name), head.text(value))
        }
        // A server of version 1.0 does not know what it says about chunks (RFC 9112 §6.1).
        if isClosed || (isChunked && version == 0) { keepsConnection = false }
        if isChunked {
            guard length == nil else { return nil }
            framing = .chunked
        } else if let length {
            framing = .length(length)
        }
    }

    /// Reads `HTTP/1.1 200 OK`.
    private static func readStatus(_ head: Span<UInt8>, _ line: Range<Int>) -> (version: Int, status: Int)? {
        guard line.count >= 12, head.matches("http/1.", 0..<7), head[8] == UInt8(ascii: " "),
            line.count == 12 || head[12] == UInt8(ascii: " "), FieldBytes.isValue(head.extracting(line)),
            let version = head.number(7..<8), let status = head.number(9..<12), status >= 100
        else { return nil }
        return (version, status)
    }

    /// Reads `name: value`.
    private static func split(_ head: Span<UInt8>, _ line: Range<Int>) -> (name: Range<Int>, value: Range<Int>)? {
        var colon = line.lowerBound
        while colon < line.upperBound, FieldBytes.isToken(head[colon]) { colon += 1 }
        guard colon > line.lowerBound, colon < line.upperBound, head[colon] == UInt8(ascii: ":") else { return nil }
        let value = head.trimming((colon + 1)..<line.upperBound)
        guard FieldBytes.isValue(head.extracting(value)) else { return nil }
        return (line.lowerBound..<colon, value)
    }
}

extension Span<UInt8> {
    /// A line without its end, which is a line feed, with or without a return before it (RFC 9112 §2.2).
    fileprivate func line(_ start: Int, _ feed: Int) -> Range<Int> {
        start..<(feed > start && self[feed - 1] == UInt8(ascii: "\r") ? feed - 1 : feed)
    }

    /// Without the white space at both ends.
    fileprivate func trimming(_ range: Range<Int>) -> Range<Int> {
        var (start, end) = (range.lowerBound, range.upperBound)
        while start < end, self[start] == 0x20 || self[start] == 0x09 { start += 1 }
        while end > start, self[end - 1] == 0x20 || self[end - 1] == 0x09 { end -= 1 }
        return start..<end
    }

    /// The elements of a list that commas separate.
    fileprivate func list(_ range: Range<Int>) -> [Range<Int>] {
        var items: [Range<Int>] = []
        var start = range.lowerBound
        for place in range where self[place] == UInt8(ascii: ",") {
            items.append(trimming(start..<place))
            start = place + 1
        }
        items.append(trimming(start..<range.upperBound))
        return items
    }

    /// Compares with a text in lower case, without regard to case.
    fileprivate func matches(_ text: StaticString, _ range: Range<Int>) -> Bool {
        guard range.count == text.utf8CodeUnitCount else { return false }
        var place = range.lowerBound
        for index in 0..<text.utf8CodeUnitCount {
            let expected = unsafe text.utf8Start[index]
            let isLetter = (0x61...0x7A).contains(expected)
            guard (isLetter ? self[place] | 0x20 : self[place]) == expected else { return false }
            place += 1
        }
        return true
    }

    /// A number of digits only.
    fileprivate func number(_ range: Range<Int>) -> Int? {
        // Eighteen digits always fit.
        guard (1...18).contains(range.count) else { return nil }
        var value = 0
        for place in range {
            guard (0x30...0x39).contains(self[place]) else { return nil }
            value = value * 10 + Int(self[place] - 0x30)
        }
        return value
    }

    fileprivate func text(_ range: Range<Int>) -> String {
        unsafe extracting(range).withUnsafeBytes { unsafe KnownText.text($0) }
    }
}
