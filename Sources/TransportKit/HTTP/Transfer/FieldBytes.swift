/// What header fields are made of (RFC 9110 §5.6.2, §5.5).
enum FieldBytes {
    /// The characters of a token, one bit each: those below 64, and those from 64 to 127.
    private static let tokens: (low: UInt64, high: UInt64) = (0x03FF_6CFA_0000_0000, 0x57FF_FFFF_C7FF_FFFE)

    @inline(__always)
    static func isToken(_ byte: UInt8) -> Bool {
        guard byte < 0x80 else { return false }
        return (byte < 64 ? tokens.low >> UInt64(byte) : tokens.high >> UInt64(byte - 64)) & 1 == 1
    }

    static func isToken(_ bytes: Span<UInt8>) -> Bool {
        for index in bytes.indices where !isToken(bytes[index]) { return false }
        return !bytes.isEmpty
    }

    /// Whether there is no control character but tabs.
    static func isValue(_ bytes: Span<UInt8>) -> Bool {
        // Without a way out in between, so that many bytes are looked at in one step.
        var isBad = false
        for index in bytes.indices {
            let byte = bytes[index]
            isBad = isBad || (byte < 0x20 && byte != 0x09) || byte == 0x7F
        }
        return !isBad
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
