/// Writes log entries, with values that stand beside the message.
///
/// A logger is a value: changing the level or metadata of one leaves its copies alone. Without a handler it is silent,
/// and so are libraries until a program gives them one:
///
/// ```swift
/// let logger = Logger(label: "gateway", handler: TextLogHandler(), level: .debug)
/// logger.info("Request answered", metadata: ["status": "200"])
/// ```
public struct Logger: Sendable {
    /// What stands beside a message, by name.
    public typealias Metadata = [String: MetadataValue]

    /// The logger that code without one of its own writes to; silent unless a task sets it.
    @TaskLocal public static var current = Logger.disabled

    /// A logger that drops everything.
    public static let disabled = Logger(label: "disabled")

    /// What part of a program it belongs to.
    public let label: String
    /// The lowest level that is written.
    public var logLevel: Level
    /// What stands beside every message.
    public var metadata: Metadata
    private let handler: (any LogHandler)?

    /// Makes a logger that drops everything.
    ///
    /// - Parameter label: What part of a program it belongs to.
    public init(label: String) {
        self.label = label
        logLevel = .info
        metadata = [:]
        handler = nil
    }

    /// Makes a logger.
    ///
    /// - Parameters:
    ///   - label: What part of a program it belongs to.
    ///   - handler: Where entries go.
    ///   - level: The lowest level that is written.
    ///   - metadata: What stands beside every message.
    public init(label: String, handler: some LogHandler, level: Level = .info, metadata: Metadata = [:]) {
        self.label = label
        self.handler = handler
        self.logLevel = level
        self.metadata = metadata
    }

    /// A value that stands beside every message.
    public subscript(metadataKey key: String) -> MetadataValue? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Whether entries of a level are written; to be asked only before costly preparations.
    public func isEnabled(for level: Level) -> Bool {
        guard level >= logLevel, let handler else { return false }
        return handler.isEnabled(for: level)
    }

    /// Writes an entry.
    ///
    /// - Parameters:
    ///   - level: Its severity.
    ///   - message: Its text, made only if the level is written.
    ///   - metadata: What stands beside this message; it goes before the logger's own.
    ///   - file: The place in the source.
    ///   - function: The function it stands in.
    ///   - line: The line in the source.
    @inlinable
    public func log(
        level: Level,
        _ message: @autoclosure () -> Message,
        metadata: @autoclosure () -> Metadata? = nil,
        file: String = #fileID,
        function: String = #function,
        line: UInt = #line
    ) {
        guard isEnabled(for: level) else { return }
        write(level: level, message: message(), metadata: metadata(), file: file, function: function, line: line)
    }

    @usableFromInline
    func write(level: Level, message: Message, metadata: Metadata?, file: String, function: String, line: UInt) {
        var all = self.metadata
        if let metadata { all.merge(metadata) { _, new in new } }
        handler?.log(
            LogEvent(
                level: level,
                message: message.description,
                metadata: all,
                label: label,
                file: file,
                function: function,
                line: line,
                timeSinceEpoch: LogEvent.now
            )
        )
    }
}

extension Logger {
    /// How severe an entry is; the set is closed, so that handlers can map it to their own.
    public enum Level: String, Sendable, Hashable, CaseIterable, Comparable {
        /// Every step, for tracing a program's way.
        case trace
        /// What helps in looking for a fault.
        case debug
        /// What is normal and worth knowing.
        case info
        /// Normal, but worth attention.
        case notice
        /// Not a fault yet.
        case warning
        /// A fault of one operation.
        case error
        /// A fault that needs someone at once.
        case critical

        /// Orders by severity.
        public static func < (lhs: Level, rhs: Level) -> Bool {
            lhs.severity < rhs.severity
        }

        private var severity: Int {
            switch self {
            case .trace: 0
            case .debug: 1
            case .info: 2
            case .notice: 3
            case .warning: 4
            case .error: 5
            case .critical: 6
            }
        }
    }

    /// The text of an entry.
    public struct Message: Sendable, Hashable, ExpressibleByStringInterpolation, CustomStringConvertible {
        /// The text.
        public let description: String
        /// Makes a message.
        public init(stringLiteral value: String) { description = value }
    }

    /// A value that stands beside a message.
    public enum MetadataValue: Sendable {
        /// Text.
        case string(String)
        /// What is made into text only when it is written; a `Secret` stays `<secret>`.
        case stringConvertible(any CustomStringConvertible & Sendable)
        /// Named values.
        case dictionary(Metadata)
        /// A list of values.
        case array([MetadataValue])
    }
}

extension Logger.MetadataValue: ExpressibleByStringInterpolation, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    /// Makes text.
    public init(stringLiteral value: String) { self = .string(value) }
    /// Makes a list.
    public init(arrayLiteral elements: Logger.MetadataValue...) { self = .array(elements) }
    /// Makes named values; the last of several with the same name wins.
    public init(dictionaryLiteral elements: (String, Logger.MetadataValue)...) {
        self = .dictionary(Dictionary(elements) { _, last in last })
    }
}

extension Logger.MetadataValue: Hashable, CustomStringConvertible {
    /// The value as text; what is named stands in the order of the names.
    public var description: String {
        switch self {
        case .string(let text): text
        case .stringConvertible(let value): value.description
        case .array(let values): "[\(values.map(\.description).joined(separator: ", "))]"
        case .dictionary(let values):
            "[\(values.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: ", "))]"
        }
    }

    /// Equal when both are the same kind of value and make the same text.
    public static func == (lhs: Logger.MetadataValue, rhs: Logger.MetadataValue) -> Bool {
        switch (lhs, rhs) {
        case (.array(let left), .array(let right)): left == right
        case (.dictionary(let left), .dictionary(let right)): left == right
        case (.array, _), (.dictionary, _), (_, .array), (_, .dictionary): false
        default: lhs.description == rhs.description
        }
    }

    /// Feeds the text.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(description)
    }
}
