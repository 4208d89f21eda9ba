/// How long the body after a message's head is.
enum MessageFraming: Equatable {
    case length(Int)
    case chunked
    case unknown

    /// Looks at the lines of a head, which end in CRLF.
    init(head: ArraySlice<UInt8>) {
        self = .unknown
        var line = head.startIndex
        while let end = head[line...].firstIndex(of: UInt8(ascii: "\n")) {
            switch head[line] | 0x20 {
            case UInt8(ascii: "c"):
                if let value = Self.value(of: Self.contentLength, in: head[line..<end]) {
                    self = .length(
                        value.reduce(0) { (48...57).contains($1) ? $0 &* 10 &+ Int($1) - 48 : $0 }
                    )
                }
            case UInt8(ascii: "t"):
                if Self.value(of: Self.transferEncoding, in: head[line..<end]) != nil { self = .chunked }
            default: break
            }
            line = end + 1
            if line == head.endIndex { return }
        }
    }

    private static let contentLength = Array("content-length:".utf8)
    private static let transferEncoding = Array("transfer-encoding:".utf8)

    private static func value(of name: [UInt8], in line: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard line.count > name.count, zip(line, name).allSatisfy({ $0 | 0x20 == $1 | 0x20 }) else { return nil }
        return line.dropFirst(name.count)
    }
}
