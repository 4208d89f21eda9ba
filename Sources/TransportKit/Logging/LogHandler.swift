/// Where log entries go.
public protocol LogHandler: Sendable {
    /// Takes an entry that is at or above the logger's level. It is called on any thread and must not wait for long.
    func log(_ event: LogEvent)

    /// Whether entries of a level are wanted, for handlers whose level can be changed while loggers hold them.
    ///
    /// It is asked beside the logger's own level, on any thread and often. By default all are wanted.
    func isEnabled(for level: Logger.Level) -> Bool
}

extension LogHandler {
    /// All are wanted.
    public func isEnabled(for level: Logger.Level) -> Bool { true }
}

/// One log entry.
public struct LogEvent: Sendable, Hashable {
    /// How severe it is.
    public var level: Logger.Level
    /// Its text.
    public var message: String
    /// What stands beside the text: the logger's and the entry's own.
    public var metadata: Logger.Metadata
    /// What part of a program it belongs to.
    public var label: String
    /// The place in the source, as `Module/File.swift`.
    public var file: String
    /// The function it stands in.
    public var function: String
    /// The line in the source.
    public var line: UInt
    /// When it was written, from 1970-01-01 00:00:00 UTC on.
    public var timeSinceEpoch: Duration

    /// Makes an entry.
    public init(
        level: Logger.Level,
        message: String,
        metadata: Logger.Metadata = [:],
        label: String,
        file: String = #fileID,
        function: String = #function,
        line: UInt = #line,
        timeSinceEpoch: Duration
    ) {
        self.level = level
        self.message = message
        self.metadata = metadata
        self.label = label
        self.file = file
        self.function = function
        self.line = line
        self.timeSinceEpoch = timeSinceEpoch
    }
}
