/// Writes a tree as TOML 1.0: single values first, then tables, so that none falls into another's.
struct TOMLWriter {
    private var text = ""

    /// The tree as a document.
    ///
    /// - Throws: `InvalidText` if the tree holds `null`, which TOML has not.
    static func write(_ value: ConfigValue) throws(InvalidText) -> String {
        var writer = TOMLWriter()
        if let table = value.table { try writer.write(table, path: []) }
        return writer.text
    }

    private mutating func write(_ table: ConfigTable, path: [String]) throws(InvalidText) {
        for entry in table.entries where !Self.isSection(entry.value) {
            text += "\(Self.key(entry.key)) = \(try inline(entry.value))\n"
        }
        for entry in table.entries where Self.isSection(entry.value) {
            let path = path + [entry.key]
            let name = path.map(Self.key).joined(separator: ".")
            if let table = entry.value.table {
                // A header for a table that holds only further tables says nothing.
                if table.entries.isEmpty || table.entries.contains(where: { !Self.isSection($0.value) }) {
                    header("[\(name)]")
                }
                try write(table, path: path)
            }
            for element in entry.value.array ?? [] {
                header("[[\(name)]]")
                if let table = element.table { try write(table, path: path) }
            }
        }
    }

    private mutating func header(_ header: String) {
        if !text.isEmpty { text += "\n" }
        text += header + "\n"
    }

    private static func isSection(_ value: ConfigValue) -> Bool {
        switch value.content {
        case .table: true
        case .array(let elements): !elements.isEmpty && elements.allSatisfy { $0.table != nil }
        default: false
        }
    }

    private func inline(_ value: ConfigValue) throws(InvalidText) -> String {
        switch value.content {
        case .null: throw InvalidText("TOML has no null; leave the key out")
        case .bool(let flag): return flag ? "true" : "false"
        case .integer(let integer): return String(integer)
        case .float(let number): return number.isNaN ? "nan" : "\(number)"
        case .string(let text): return QuotedText.doubleQuoted(text, for: .toml)
        case .array(let elements):
            var parts: [String] = []
            for element in elements { parts.append(try inline(element)) }
            return "[\(parts.joined(separator: ", "))]"
        case .table(let table):
            var parts: [String] = []
            for entry in table.entries { parts.append("\(Self.key(entry.key)) = \(try inline(entry.value))") }
            return parts.isEmpty ? "{}" : "{ \(parts.joined(separator: ", ")) }"
        }
    }

    private static func key(_ key: String) -> String {
        let isBare = key.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        return isBare && !key.isEmpty ? key : QuotedText.doubleQuoted(key, for: .toml)
    }
}

/// Strings in double quotes, with the escapes that TOML, YAML and JSON share.
enum QuotedText {
    static func doubleQuoted(_ text: String, for format: ConfigurationDocument.Format) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            default:
                if mustEscape(scalar, for: format) {
                    let digits = String(scalar.value, radix: 16)
                    let width = scalar.value > 0xFFFF ? 8 : 4
                    let zeros = String(repeating: "0", count: width - digits.count)
                    quoted += (width == 8 ? "\\U" : "\\u") + zeros + digits
                } else {
                    quoted.unicodeScalars.append(scalar)
                }
            }
        }
        return quoted + "\""
    }

    private static func mustEscape(_ scalar: Unicode.Scalar, for format: ConfigurationDocument.Format) -> Bool {
        switch scalar.value {
        case ..<0x20, 0x7F: true
        // YAML takes the first three for line ends, and forbids the others outside of escapes.
        case 0x85, 0x2028, 0x2029, 0x80...0x9F, 0xFEFF, 0xFFFE, 0xFFFF: format == .yaml
        default: false
        }
    }
}
