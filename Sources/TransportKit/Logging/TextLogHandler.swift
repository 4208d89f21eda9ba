/// Writes one line of text for each entry, for people to read.
///
/// `2026-01-31T23:59:59.123Z info gateway: Request answered model="gpt 4" status=200`
public struct TextLogHandler: LogHandler {
    private let sink: any LogSink

    /// Makes a handler.
    ///
    /// - Parameter descriptor: The file descriptor to write to, by default standard error; it must stay open.
    public init(descriptor: Int32 = 2) {
        sink = DescriptorSink(descriptor: descriptor)
    }

    /// Makes a handler.
    ///
    /// - Parameter sink: Where the lines go.
    package init(sink: some LogSink) {
        self.sink = sink
    }

    /// Writes an entry.
    public func log(_ event: LogEvent) {
        sink.write(LogFormat.text.line(for: event), isUrgent: event.level >= .error)
    }

    /// The line without its end.
    static func line(for event: LogEvent) -> String {
        var line =
            "\(event.timestamp) \(event.level.rawValue) \(event.label): \(escapingControlCharacters(event.message))"
        for (name, value) in event.metadata.sorted(by: { $0.key < $1.key }) {
            line += " \(escapingControlCharacters(name))=\(quotingIfNeeded(value.description))"
        }
        return line
    }

    private static func quotingIfNeeded(_ text: String) -> String {
        isPlain(text) ? text : JSONValue.string(text).serializedString
    }

    /// Whether a value needs no quotes.
    static func isPlain(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "=") }
    }

    // A line end in a message must not make a second entry, nor an escape sequence reach a terminal.
    static func escapingControlCharacters(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                result += "\\u{\(String(scalar.value, radix: 16))}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
