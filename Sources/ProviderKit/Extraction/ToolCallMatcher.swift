/// Walks one format over the bytes from where a call may begin.
struct ToolCallMatcher: Sendable {
    /// How far it is.
    enum Progress: Equatable {
        /// It may be a call.
        case more
        /// It is whole, and ends before this offset.
        case whole(end: Int)
        /// It is no call.
        case dead
    }

    static let longestName = 128

    let format: ToolCallFormat
    // What was found, as offsets from where the call begins.
    private(set) var name: Range<Int>?
    private(set) var bodies: [Range<Int>] = []
    // Where the call ends if its closing mark is left out.
    private(set) var endWithoutClosing: Int?

    private var step = 0
    private var stepStart = 0
    private var offset = 0
    private var matched = 0
    private var boundary = JSONBoundary()
    private var member: JSONMember?

    // The members that a call may have at its outermost, where it is not marked as one.
    private enum JSONMember {
        case name
        case other

        init?(_ name: ArraySlice<UInt8>) {
            let names = ["parameters", "arguments", "type", "function", "id"]
            if name.elementsEqual("name".utf8) {
                self = .name
            } else if names.contains(where: { name.elementsEqual($0.utf8) }) {
                self = .other
            } else {
                return nil
            }
        }
    }

    init(_ format: ToolCallFormat) {
        self.format = format
    }

    /// Takes the next byte.
    ///
    /// - Parameters:
    ///   - bytes: The bytes from where the call begins up to at least this one.
    ///   - names: The names of the tools.
    /// - Returns: How far the format is matched with this byte.
    mutating func consume(in bytes: ArraySlice<UInt8>, names: ToolNames) -> Progress {
        let byte = bytes[bytes.startIndex + offset]
        while true {
            let progress: Progress?
            switch format.steps[step] {
            case .literal(let literal): progress = byte == literal[matched] ? match(literal) : .dead
            case .closing(let literal):
                progress = byte == literal[matched] ? match(literal) : .whole(end: endWithoutClosing ?? offset)
            case .space: progress = byte.isJSONSpace ? stay() : nil
            case .name: progress = consumeName(byte, in: bytes, names: names)
            case .json(let allowsList): progress = consumeJSON(byte, allowsList: allowsList, in: bytes, names: names)
            case .until(let mark): progress = consumeBody(byte, until: mark)
            case .onlyObjectsToEnd: progress = consumeTail(byte)
            }
            // nil: this step has ended before this byte.
            if let progress { return progress }
            advance()
        }
    }

    private mutating func stay() -> Progress {
        offset += 1
        return .more
    }

    private mutating func advance() {
        step += 1
        stepStart = offset
        matched = 0
        boundary = JSONBoundary()
    }

    // Ends the step with this byte.
    private mutating func endStep() -> Progress {
        offset += 1
        guard step + 1 < format.steps.count else { return .whole(end: offset) }
        advance()
        return .more
    }

    private mutating func match(_ literal: [UInt8]) -> Progress {
        matched += 1
        return matched == literal.count ? endStep() : stay()
    }

    private mutating func consumeName(_ byte: UInt8, in bytes: ArraySlice<UInt8>, names: ToolNames) -> Progress? {
        if ToolNames.isPart(byte) {
            return offset - stepStart < Self.longestName ? stay() : .dead
        }
        let range = stepStart..<offset
        guard names.contains(Self.slice(range, of: bytes)) else { return .dead }
        name = range
        return nil
    }

    private mutating func consumeJSON(
        _ byte: UInt8,
        allowsList: Bool,
        in bytes: ArraySlice<UInt8>,
        names: ToolNames
    ) -> Progress {
        if offset == stepStart, byte != UInt8(ascii: "{"), !allowsList || byte != UInt8(ascii: "[") { return .dead }
        switch boundary.consume(byte, at: offset) {
        case .invalid: return .dead
        case .more: return stay()
        case .name(let range):
            // Unmarked JSON that cannot be a call is let go of at once, so that such an answer still streams.
            guard format.firstByte == nil else { return stay() }
            member = JSONMember(Self.slice(range, of: bytes))
            return member == nil ? .dead : stay()
        case .string(let range):
            guard format.firstByte == nil, member == .name else { return stay() }
            return names.contains(Self.slice(range, of: bytes)) ? stay() : .dead
        case .end:
            bodies.append(stepStart..<(offset + 1))
            let progress = endStep()
            // What follows a body is white space and marks; whether those may be missing is seen at the last of them.
            if canEndHere { endWithoutClosing = offset }
            return progress
        }
    }

    private mutating func consumeBody(_ byte: UInt8, until mark: [UInt8]) -> Progress {
        matched = byte == mark[matched] ? matched + 1 : byte == mark[0] ? 1 : 0
        guard matched == mark.count else { return stay() }
        if case .elements = format.body {
            bodies.append(stepStart..<(offset + 1 - mark.count))
        }
        let progress = endStep()
        if canEndHere { endWithoutClosing = offset }
        return progress
    }

    private mutating func consumeTail(_ byte: UInt8) -> Progress {
        if byte.isJSONSpace || byte == UInt8(ascii: ";") { return stay() }
        guard byte == UInt8(ascii: "{") else { return .dead }
        endWithoutClosing = nil
        step -= 1
        stepStart = offset
        boundary = JSONBoundary()
        _ = boundary.consume(byte, at: offset)
        return stay()
    }

    // Whether all that is still due may be left out.
    private var canEndHere: Bool {
        format.steps[step...].allSatisfy {
            switch $0 {
            case .space, .closing, .onlyObjectsToEnd: true
            default: false
            }
        }
    }

    private static func slice(_ range: Range<Int>, of bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        bytes[(bytes.startIndex + range.lowerBound)..<(bytes.startIndex + range.upperBound)]
    }
}

/// The names of the tools that may be called.
struct ToolNames: Sendable {
    private let names: [[UInt8]]

    init(_ names: some Sequence<String>) {
        self.names = names.map { Array($0.utf8) }
    }

    var isEmpty: Bool { names.isEmpty }

    func contains(_ name: ArraySlice<UInt8>) -> Bool {
        names.contains { $0.elementsEqual(name) }
    }

    /// Whether a byte may be part of a name; some callers' tools have dots, colons or slashes in theirs.
    static func isPart(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: ":"), UInt8(ascii: "/"):
            true
        default: false
        }
    }
}
