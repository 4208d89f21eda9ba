/// Where the lines of a log go.
package protocol LogSink: Sendable {
    /// Takes a line with its end.
    ///
    /// - Parameters:
    ///   - line: The line.
    ///   - isUrgent: Whether it must be written at once, since what follows may be a crash.
    func write(_ line: [UInt8], isUrgent: Bool)

    /// How many lines were given up since the start, where that is counted.
    var droppedLines: Int { get }
}

extension LogSink {
    /// None.
    package var droppedLines: Int { 0 }
}

/// What a line looks like.
package enum LogFormat: Sendable, Hashable {
    /// As `TextLogHandler` writes it.
    case text
    /// As `JSONLogHandler` writes it.
    case json

    /// The line of an entry, with its end.
    package func line(for event: LogEvent) -> [UInt8] {
        var line =
            switch self {
            case .text: Array(TextLogHandler.line(for: event).utf8)
            case .json: Array(JSONLogHandler.line(for: event).utf8)
            }
        line.append(.lineFeed)
        return line
    }
}

/// Writes each line at once, on the thread that logs; for programs that may wait for their log.
struct DescriptorSink: LogSink {
    let descriptor: Int32

    func write(_ line: [UInt8], isUrgent: Bool) {
        LineOutput.write(line, to: descriptor)
    }
}
