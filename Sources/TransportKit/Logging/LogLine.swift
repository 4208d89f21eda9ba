/// Takes the named values of one log entry, one after another.
package protocol LogFields {
    /// Adds text.
    mutating func add(_ name: StaticString, _ text: String)
    /// Adds a number.
    mutating func add(_ name: StaticString, _ number: Int)
    /// Adds a number with one digit behind the point.
    mutating func addDecimal(_ name: StaticString, whole: Int, tenth: Int)
}

/// Writes one line of a log straight to bytes, for entries that are made so often that a dictionary would cost too much.
///
/// It looks like the line that the format's handler makes, with the values in the order in which they are added.
package struct LogLine: LogFields {
    private let format: LogFormat
    private var writer = JSONWriter()
    private var hasFields = false

    /// Begins a line.
    package init(_ format: LogFormat, level: Logger.Level, label: String, message: String, time: Duration) {
        self.format = format
        writer.bytes.reserveCapacity(512)
        switch format {
        case .text:
            LogEvent.appendTimestamp(of: time, to: &writer.bytes)
            for text in [" ", level.rawValue, " ", label, ": "] { append(text) }
            append(TextLogHandler.escapingControlCharacters(message))
        case .json:
            writer.write(raw: #"{"time":""#)
            LogEvent.appendTimestamp(of: time, to: &writer.bytes)
            writer.write(raw: #"","level":""#)
            append(level.rawValue)
            writer.write(raw: #"","logger":"#)
            writer.write(label)
            writer.write(raw: #","message":"#)
            writer.write(message)
        }
    }

    /// Adds text.
    package mutating func add(_ name: StaticString, _ text: String) {
        begin(name)
        if format == .text, TextLogHandler.isPlain(text) {
            append(text)
        } else {
            writer.write(text)
        }
    }

    /// Adds a number.
    package mutating func add(_ name: StaticString, _ number: Int) {
        begin(name)
        append(number)
    }

    /// Adds a number with one digit behind the point.
    package mutating func addDecimal(_ name: StaticString, whole: Int, tenth: Int) {
        begin(name)
        append(whole)
        writer.bytes.append(UInt8(ascii: "."))
        append(tenth)
    }

    /// The line with its end.
    package consuming func finished() -> [UInt8] {
        if format == .json { writer.write(raw: hasFields ? "}}" : "}") }
        writer.bytes.append(.lineFeed)
        return writer.bytes
    }

    private mutating func begin(_ name: StaticString) {
        switch format {
        case .text:
            writer.bytes.append(UInt8(ascii: " "))
            writer.write(raw: name)
            writer.bytes.append(UInt8(ascii: "="))
        case .json:
            writer.write(raw: hasFields ? ",\"" : #","metadata":{""#)
            writer.write(raw: name)
            writer.write(raw: "\":")
        }
        hasFields = true
    }

    // Faster than appending the text's bytes as a sequence, which asks for each string's kind again and again.
    private mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { unsafe writer.bytes.append(contentsOf: $0) }
    }

    private mutating func append(_ number: Int) {
        guard number >= 0 else { return append(String(number)) }
        let start = writer.bytes.count
        var rest = number
        repeat {
            writer.bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        } while rest > 0
        writer.bytes[start...].reverse()
    }
}
