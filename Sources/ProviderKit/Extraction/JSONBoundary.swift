/// Finds where a JSON object or array ends, byte by byte, without building it.
///
/// It is strict enough to notice early that text is not JSON (a byte that has no place outside strings, a bracket that does
/// not fit); whether the whole is valid JSON is for the parser to say.
struct JSONBoundary: Sendable {
    /// What a byte did.
    enum Step: Equatable {
        /// The value goes on.
        case more
        /// A string of the outermost object is whole, and is a member's name.
        case name(Range<Int>)
        /// A string of the outermost object is whole, and is a member's value.
        case string(Range<Int>)
        /// The value ends with this byte.
        case end
        /// This is not JSON.
        case invalid
    }

    static let maximumDepth = 128

    // The closing brackets that are due, innermost last.
    private var due: [UInt8] = []
    private var isInString = false
    private var isEscaped = false
    private var stringStart = 0
    private var lastMark: UInt8 = 0

    /// Takes a byte.
    ///
    /// - Parameters:
    ///   - byte: The byte.
    ///   - offset: Its place, for the ranges that are given back.
    /// - Returns: What the byte did.
    mutating func consume(_ byte: UInt8, at offset: Int) -> Step {
        if isInString { return consumeInString(byte, at: offset) }
        switch byte {
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            due.append(byte + 2)  // In ASCII a closing bracket stands two after its opening one.
            lastMark = byte
            return due.count > Self.maximumDepth ? .invalid : .more
        case UInt8(ascii: "}"), UInt8(ascii: "]"):
            guard due.popLast() == byte else { return .invalid }
            lastMark = byte
            return due.isEmpty ? .end : .more
        case UInt8(ascii: "\""):
            guard !due.isEmpty else { return .invalid }
            isInString = true
            stringStart = offset + 1
            return .more
        case UInt8(ascii: ","), UInt8(ascii: ":"):
            lastMark = byte
            return due.isEmpty ? .invalid : .more
        case 0x20, 0x09, 0x0A, 0x0D, UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "E"):
            return due.isEmpty ? .invalid : .more
        default: return .invalid
        }
    }

    private mutating func consumeInString(_ byte: UInt8, at offset: Int) -> Step {
        if isEscaped {
            isEscaped = false
            return .more
        }
        switch byte {
        case UInt8(ascii: "\\"):
            isEscaped = true
            return .more
        case UInt8(ascii: "\""):
            isInString = false
            guard due == [UInt8(ascii: "}")] else { return .more }
            return lastMark == UInt8(ascii: ":") ? .string(stringStart..<offset) : .name(stringStart..<offset)
        case 0..<0x20:
            return .invalid
        default:
            return .more
        }
    }
}
