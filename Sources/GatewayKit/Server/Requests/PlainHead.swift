internal import Glibc
internal import TransportKit

/// The head of a request that can be read in one way only, so that it needs no library.
///
/// Nearly every request is one: it is there whole, in HTTP/1.1 with one `Host`, at most one `Content-Length`, and nothing
/// but that to say where its body ends. Whatever is in the least unusual is none, and libmicrohttpd judges it.
struct PlainHead {
    private(set) var method = ""
    private(set) var path = ""
    private(set) var query: String?
    private(set) var fields = HTTPFields()
    /// Bytes of the body.
    private(set) var bodyLength = 0
    /// Whether the caller wants no further request on this connection.
    private(set) var closesConnection = false
    /// Bytes of the head, its empty line included.
    private(set) var size = 0

    private var hosts = 0
    private var hasLength = false

    /// Reads a head; `nil` if what has come does not begin with the whole of a plain one.
    ///
    /// - Parameters:
    ///   - bytes: What has come at the connection.
    ///   - limits: What is taken.
    init?(_ bytes: Span<UInt8>, limits: HTTPLimits) {
        var place = 0
        guard readRequestLine(bytes, &place) else { return nil }
        fields.reserveCapacity(12)
        while place < bytes.count, bytes[place] != .carriageReturn {
            guard readField(bytes, &place) else { return nil }
        }
        guard Self.skip("\r\n", bytes, &place), hosts == 1 else { return nil }
        size = place
        guard size <= limits.headBytes, bodyLength <= limits.bodyBytes else { return nil }
    }

    private mutating func readRequestLine(_ bytes: Span<UInt8>, _ place: inout Int) -> Bool {
        while place < bytes.count, (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(bytes[place]) { place += 1 }
        guard (1...16).contains(place) else { return false }
        method = Self.text(bytes, 0..<place)
        guard method != "CONNECT", Self.skip(" /", bytes, &place) else { return false }
        let start = place - 1
        var end: Int?
        while place < bytes.count, (0x21...0x7E).contains(bytes[place]) {
            if bytes[place] == UInt8(ascii: "?"), end == nil { end = place }
            if bytes[place] == UInt8(ascii: "#") { return false }
            place += 1
        }
        path = Self.text(bytes, start..<(end ?? place))
        query = end.map { Self.text(bytes, $0 + 1..<place) }
        return Self.skip(" HTTP/1.1\r\n", bytes, &place)
    }

    private mutating func readField(_ bytes: Span<UInt8>, _ place: inout Int) -> Bool {
        let start = place
        while place < bytes.count, bytes[place].isTokenCharacter { place += 1 }
        let name = start..<place
        guard !name.isEmpty, Self.skip(":", bytes, &place) else { return false }
        while place < bytes.count, bytes[place].isBlank { place += 1 }
        let valueStart = place
        // Blanks are printable, and at the end of the value no part of it.
        while place < bytes.count, bytes[place] != .carriageReturn {
            guard (0x20...0x7E).contains(bytes[place]) || bytes[place] == 0x09 else { return false }
            place += 1
        }
        var valueEnd = place
        while valueEnd > valueStart, bytes[valueEnd - 1].isBlank { valueEnd -= 1 }
        let value = valueStart..<valueEnd
        guard Self.skip("\r\n", bytes, &place), takesField(bytes, name, value) else { return false }
        fields.append(Self.text(bytes, name), Self.text(bytes, value))
        return true
    }

    /// Looks at the fields that say how a request is framed.
    private mutating func takesField(_ bytes: Span<UInt8>, _ name: Range<Int>, _ value: Range<Int>) -> Bool {
        switch name.count {
        case 4 where Self.matches("host", bytes, name): hosts += 1
        case 6 where Self.matches("expect", bytes, name): return false
        case 10 where Self.matches("connection", bytes, name):
            if Self.matches("close", bytes, value) {
                closesConnection = true
            } else {
                return Self.matches("keep-alive", bytes, value)
            }
        case 14 where Self.matches("content-length", bytes, name):
            guard !hasLength, (1...15).contains(value.count) else { return false }
            hasLength = true
            for index in value {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[index]) else { return false }
                bodyLength = bodyLength * 10 + Int(bytes[index] - UInt8(ascii: "0"))
            }
        case 17 where Self.matches("transfer-encoding", bytes, name): return false
        default: break
        }
        return true
    }

    // MARK: Bytes

    private static func text(_ bytes: Span<UInt8>, _ range: Range<Int>) -> String {
        unsafe bytes.extracting(range).withUnsafeBytes { unsafe KnownText.text($0) }
    }

    private static func equals(_ text: StaticString, _ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        unsafe bytes.extracting(range).withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return text.utf8CodeUnitCount == 0 }
            return unsafe memcmp(start, text.utf8Start, text.utf8CodeUnitCount) == 0
        }
    }

    private static func skip(_ text: StaticString, _ bytes: Span<UInt8>, _ place: inout Int) -> Bool {
        let count = text.utf8CodeUnitCount
        guard bytes.count - place >= count else { return false }
        guard equals(text, bytes, place..<place + count) else { return false }
        place += count
        return true
    }

    /// Whether some bytes are a text, which is in lower case, without regard to case.
    private static func matches(_ text: StaticString, _ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        guard range.count == text.utf8CodeUnitCount else { return false }
        for index in 0..<range.count {
            let byte = bytes[range.lowerBound + index]
            let lowered = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
            guard unsafe text.utf8Start[index] == lowered else { return false }
        }
        return true
    }
}

extension UInt8 {
    /// Whether it may stand in a method or a field's name (RFC 9110 §5.6.2).
    var isTokenCharacter: Bool {
        guard self < 0x80 else { return false }
        // One bit a character: those below 64, and those from 64 on.
        let bits: UInt64 = self < 64 ? 0x03FF_6CFA_0000_0000 : 0x57FF_FFFF_C7FF_FFFE
        return bits >> UInt64(self & 63) & 1 == 1
    }

    fileprivate static let carriageReturn: UInt8 = 0x0D
    fileprivate var isBlank: Bool { self == 0x20 || self == 0x09 }
}
