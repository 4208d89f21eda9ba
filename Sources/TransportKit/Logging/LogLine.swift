/// Takes the named values of one log entry, one after another.
package protocol LogFields {
    /// Adds text.
    mutating func add(_ name: String, _ text: String)
    /// Adds a number.
    mutating func add(_ name: String, _ number: Int)
    /// Adds a number with one digit behind the point.
    mutating func addDecimal(_ name: String, whole: Int, tenth: Int)
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
            append(" ", level.rawValue, " ")
            append(label, ": ", TextLogHandler.escapingControlCharacters(message))
        case .json:
            append(#"{"time":""#)
            LogEvent.appendTimestamp(of: time, to: &writer.bytes)
            append(#"","level":""#, level.rawValue, #"","logger":"#)
            writer.write(label)
            append(#","message":"#)
            writer.write(message)
        }
    }

    /// Adds text.
    package mutating func add(_ name: String, _ text: String) {
        begin(name)
        if format == .text, TextLogHandler.isPlain(text) {
            append(text)
        } else {
            writer.write(text)
        }
    }

    /// Adds a number.
    package mutating func add(_ name: String, _ number: Int) {
        begin(name)
        append(String(number))
    }

    /// Adds a number with one digit behind the point.
    package mutating func addDecimal(_ name: String, whole: Int, tenth: Int) {
        begin(name)
        append(String(whole), ".", String(tenth))
    }

    /// The line with its end.
    package consuming func finished() -> [UInt8] {
        if format == .json { append(hasFields ? "}}" : "}") }
        writer.bytes.append(.lineFeed)
        return writer.bytes
    }

    private mutating func begin(_ name: String) {
        switch format {
        case .text: append(" ", name, "=")
        case .json: append(hasFields ? ",\"" : #","metadata":{""#, name, "\":")
        }
        hasFields = true
    }

    private mutating func append(_ first: String, _ second: String = "", _ third: String = "") {
        writer.bytes.append(contentsOf: first.utf8)
        if !second.isEmpty { writer.bytes.append(contentsOf: second.utf8) }
        if !third.isEmpty { writer.bytes.append(contentsOf: third.utf8) }
    }
}
