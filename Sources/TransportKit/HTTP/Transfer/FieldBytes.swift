/// What header fields are made of (RFC 9110 §5.6.2, §5.5).
package enum FieldBytes {
    /// The characters of a token, one bit each: those below 64, and those from 64 to 127.
    @inline(__always)
    static func isToken(_ byte: UInt8) -> Bool {
        guard byte < 0x80 else { return false }
        let bits: UInt64 = byte < 64 ? 0x03FF_6CFA_0000_0000 : 0x57FF_FFFF_C7FF_FFFE
        return bits >> UInt64(byte & 63) & 1 == 1
    }

    static func isToken(_ bytes: Span<UInt8>) -> Bool {
        for index in bytes.indices where !isToken(bytes[index]) { return false }
        return !bytes.isEmpty
    }

    /// Whether there is no control character but tabs.
    static func isValue(_ bytes: Span<UInt8>) -> Bool {
        if unsafe bytes.withUnsafeBytes({ unsafe isPrintable($0) }) { return true }
        for index in bytes.indices {
            let byte = bytes[index]
            if (byte < 0x20 && byte != 0x09) || byte == 0x7F { return false }
        }
        return true
    }

    /// Whether there is no control character at all.
    package static func isPrintable(_ bytes: UnsafeRawBufferPointer) -> Bool {
        unsafe every(bytes) { word in
            below(0x20, word) | equal(0x7F, word)
        } byte: {
            $0 >= 0x20 && $0 != 0x7F
        }
    }

    /// Whether it is one or more visible characters of ASCII, no colon among them: what can be the name of a field that is
    /// written.
    package static func isVisibleName(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count > 0 else { return false }
        return unsafe every(bytes) { word in
            below(0x21, word) | equal(0x7F, word) | equal(UInt8(ascii: ":"), word) | word
        } byte: {
            $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ":")
        }
    }

    // MARK: Eight at a time

    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highs: UInt64 = 0x8080_8080_8080_8080

    /// Whether all bytes are good: eight at a time, where a bad one has its highest bit set in what `bad` makes of them.
    @inline(__always)
    private static func every(
        _ bytes: UnsafeRawBufferPointer,
        bad: (UInt64) -> UInt64,
        byte isGood: (UInt8) -> Bool
    ) -> Bool {
        let count = bytes.count
        guard count >= 8 else {
            for place in 0..<count where unsafe !isGood(bytes[place]) { return false }
            return true
        }
        var found: UInt64 = 0
        var place = 0
        while place + 8 < count {
            found |= unsafe bad(bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
            place += 8
        }
        // The last eight, of which some may have been looked at.
        found |= unsafe bad(bytes.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self))
        return found & highs == 0
    }

    /// Sets the highest bit of bytes below a limit of at most 0x80; of what follows such a byte nothing is known.
    @inline(__always)
    private static func below(_ limit: UInt64, _ word: UInt64) -> UInt64 {
        (word &- ones &* limit) & ~word
    }

    /// Sets the highest bit of bytes that are equal to another, below 0x80; of what follows such a byte nothing is known.
    @inline(__always)
    private static func equal(_ byte: UInt8, _ word: UInt64) -> UInt64 {
        let difference = word ^ (ones &* UInt64(byte))
        return (difference &- ones) & ~difference
    }
}

/// What the transport makes of header fields that it knows.
enum KnownField {
    /// Says how a message is framed or its connection used, which is the transport's own business.
    case framing
    case host
    case userAgent
    case accept
    case acceptEncoding
    case contentType

    init?(_ name: String) {
        // Most names are told apart by their length.
        func matches(_ other: StaticString) -> Bool {
            let name = name.utf8.span
            for index in name.indices where unsafe name[index] | 0x20 != other.utf8Start[index] { return false }
            return true
        }
        switch name.utf8.count {
        case 2 where matches("te"): self = .framing
        case 4 where matches("host"): self = .host
        case 6 where matches("accept"): self = .accept
        case 6 where matches("expect"): self = .framing
        case 7 where matches("upgrade"): self = .framing
        case 10 where matches("user-agent"): self = .userAgent
        case 10 where matches("connection") || matches("keep-alive"): self = .framing
        case 12 where matches("content-type"): self = .contentType
        case 14 where matches("content-length"): self = .framing
        case 15 where matches("accept-encoding"): self = .acceptEncoding
        case 17 where matches("transfer-encoding"): self = .framing
        default: return nil
        }
    }
}
