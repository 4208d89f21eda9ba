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
        // Eight at a time: a byte below 0x20, or one that 0x7F turns to zero, leaves its highest bit set.
        let (ones, highs): (UInt64, UInt64) = (0x0101_0101_0101_0101, 0x8080_8080_8080_8080)
        var found: UInt64 = 0
        var place = 0
        while place + 8 <= bytes.count {
            let word = unsafe bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)
            let delete = word ^ (ones &* 0x7F)
            found |= (word &- ones &* 0x20) & ~word | (delete &- ones) & ~delete
            place += 8
        }
        guard found & highs == 0 else { return false }
        while place < bytes.count {
            let byte = unsafe bytes[place]
            if byte < 0x20 || byte == 0x7F { return false }
            place += 1
        }
        return true
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
