/// Writes a tree as YAML in block style; readers of YAML 1.1 and 1.2 understand the same.
struct YAMLWriter {
    private var text = ""

    /// The tree as a document.
    static func write(_ value: ConfigValue) -> String {
        var writer = YAMLWriter()
        guard let table = value.table, !table.entries.isEmpty else { return writer.scalar(value) + "\n" }
        writer.write(table, indentation: 0)
        return writer.text
    }

    private mutating func write(_ table: ConfigTable, indentation: Int, isInline: Bool = false) {
        for (index, entry) in table.entries.enumerated() {
            // A table in a list begins on the line of its dash.
            let margin = isInline && index == 0 ? "" : String(repeating: " ", count: indentation)
            text += "\(margin)\(Self.string(entry.key)):"
            writeNested(entry.value, indentation: indentation + 2)
        }
    }

    private mutating func writeNested(_ value: ConfigValue, indentation: Int) {
        switch value.content {
        case .table(let table) where !table.entries.isEmpty:
            text += "\n"
            write(table, indentation: indentation)
        case .array(let elements) where !elements.isEmpty:
            text += "\n"
            write(elements, indentation: indentation)
        default: text += " \(scalar(value))\n"
        }
    }

    private mutating func write(_ elements: [ConfigValue], indentation: Int) {
        for element in elements {
            text += String(repeating: " ", count: indentation) + "-"
            if case .table(let table) = element.content, !table.entries.isEmpty {
                text += " "
                write(table, indentation: indentation + 2, isInline: true)
            } else {
                writeNested(element, indentation: indentation + 2)
            }
        }
    }

    private func scalar(_ value: ConfigValue) -> String {
        switch value.content {
        case .null: "null"
        case .bool(let flag): flag ? "true" : "false"
        case .integer(let integer): String(integer)
        case .float(let number): Self.float(number)
        case .string(let text): Self.string(text)
        case .array: "[]"
        case .table: "{}"
        }
    }

    private static func float(_ number: Double) -> String {
        guard number.isFinite else { return number.isNaN ? ".nan" : number < 0 ? "-.inf" : ".inf" }
        // YAML 1.1 takes 1e+16 for a string; it wants the point.
        let text = "\(number)"
        return text.contains(".") ? text : text.replacing("e", with: ".0e", maxReplacements: 1)
    }

    // Plain only where no reader, of whatever version, takes it for anything else.
    private static func string(_ text: String) -> String {
        let isPlain =
            text.utf8.first.map(isLetter) == true
            && text.utf8.allSatisfy { isLetter($0) || isDigit($0) || "_-./".utf8.contains($0) }
        let words = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"]
        return isPlain && !words.contains(text.lowercased()) ? text : QuotedText.doubleQuoted(text, for: .yaml)
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) && byte < 0x80
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
