internal import TransportKit

/// Reads JSON into a tree; unlike a wire's JSON, a name that occurs twice is an error.
enum JSONConfigReader {
    static func read(_ bytes: [UInt8]) throws(ConfigSyntaxError) -> ConfigValue {
        if bytes.allSatisfy({ [0x20, 0x09, 0x0A, 0x0D].contains($0) }) {
            return ConfigValue(.table(ConfigTable()))
        }
        do {
            _ = try JSONValue(parsing: bytes, maximumDepth: ConfigLimits.depth)
        } catch {
            throw ConfigSyntaxError(
                message: error.message,
                position: error.offset.map { position(of: $0, in: bytes) }
            )
        }
        var walk = Walk(bytes: bytes)
        return try walk.makeValue()
    }

    private static func position(of offset: Int, in bytes: [UInt8]) -> ConfigValue.Position {
        let before = bytes.prefix(offset)
        let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        return ConfigValue.Position(
            line: before.count { $0 == UInt8(ascii: "\n") } + 1,
            column: String(decoding: before[lineStart...], as: UTF8.self).unicodeScalars.count + 1
        )
    }
}

// A second walk over text that is known to be JSON: it knows where each value stands.
private struct Walk {
    let bytes: [UInt8]
    var index = 0
    var line = 1
    var lineStart = 0
    var count = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func makeValue() throws(ConfigSyntaxError) -> ConfigValue {
        skipSpace()
        count += 1
        guard count <= ConfigLimits.values else { throw ConfigSyntaxError(message: "the file has too many values") }
        let position = position
        let content: ConfigValue.Content =
            switch bytes[index] {
            case UInt8(ascii: "{"): .table(try makeTable())
            case UInt8(ascii: "["): .array(try makeArray())
            default: try scalar(takeToken())
            }
        return ConfigValue(content, at: position)
    }

    private mutating func makeTable() throws(ConfigSyntaxError) -> ConfigTable {
        var table = ConfigTable()
        while !isAtEnd(UInt8(ascii: "}")) {
            let position = position
            guard case .string(let key) = try scalar(takeToken()) else { continue }
            skipSpace()
            index += 1  // the colon
            guard table.append(key, at: position, try makeValue()) else {
                throw ConfigSyntaxError(message: "the key \(key) occurs twice", position: position)
            }
        }
        return table
    }

    private mutating func makeArray() throws(ConfigSyntaxError) -> [ConfigValue] {
        var elements: [ConfigValue] = []
        while !isAtEnd(UInt8(ascii: "]")) {
            elements.append(try makeValue())
        }
        return elements
    }

    // Steps over the opening bracket or a comma, and over the closing bracket.
    private mutating func isAtEnd(_ bracket: UInt8) -> Bool {
        skipSpace()
        if bytes[index] != bracket { index += 1 }
        skipSpace()
        guard bytes[index] == bracket else { return false }
        index += 1
        return true
    }

    private mutating func takeToken() -> ArraySlice<UInt8> {
        let start = index
        if bytes[index] == UInt8(ascii: "\"") {
            index += 1
            while bytes[index] != UInt8(ascii: "\"") {
                index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
            }
            index += 1
        } else {
            while index < bytes.count, !Self.endsToken(bytes[index]) { index += 1 }
        }
        return bytes[start..<index]
    }

    private static func endsToken(_ byte: UInt8) -> Bool {
        byte <= 0x20 || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "]") || byte == UInt8(ascii: "}")
    }

    private func scalar(_ token: ArraySlice<UInt8>) throws(ConfigSyntaxError) -> ConfigValue.Content {
        let value: JSONValue
        do {
            value = try JSONValue(parsing: Array(token))
        } catch {
            throw ConfigSyntaxError(message: error.message, position: position)
        }
        switch value {
        case .bool(let value): return .bool(value)
        case .string(let value): return .string(value)
        case .number(let number): return Int(number.text).map { .integer($0) } ?? .float(number.double)
        default: return .null
        }
    }

    private mutating func skipSpace() {
        while index < bytes.count, bytes[index] <= 0x20 {
            index += 1
            if bytes[index - 1] == UInt8(ascii: "\n") {
                line += 1
                lineStart = index
            }
        }
    }

    private var position: ConfigValue.Position {
        let scalars = String(decoding: bytes[lineStart..<index], as: UTF8.self).unicodeScalars.count
        return ConfigValue.Position(line: line, column: scalars + 1)
    }
}
