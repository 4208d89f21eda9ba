import GatewayKit
import Modelplex
import TransportKit

/// The gateway's log, which nobody who writes to it waits for; where it goes and what it holds can change meanwhile.
final class ServeLog: Sendable {
    /// Where lines go on a thread of their own.
    let writer: LogWriter
    /// For entries of any kind.
    let logger: Logger
    /// For requests.
    let accessLog: AccessLog

    private let manner: Manner
    private let redacting: RedactingLogHandler<Manner>

    /// Opens the log.
    ///
    /// - Parameters:
    ///   - settings: What is logged, and where.
    ///   - secrets: What must never stand in it.
    /// - Throws: `Failure`, if its file cannot be opened.
    init(_ settings: PlexConfiguration.Server.Log, secrets: [Secret]) throws(Failure) {
        writer = LogWriter(to: try Self.destination(settings), format: settings.lineFormat)
        accessLog = AccessLog(to: writer, format: settings.lineFormat, redactor: Redactor(secrets: secrets))
        manner = Manner(writer, settings)
        redacting = RedactingLogHandler(manner, secrets: secrets)
        // The handler knows the level, which may change while there are copies of the logger.
        logger = Logger(label: "gateway", handler: redacting, level: .trace)
    }

    /// What is in effect.
    var settings: PlexConfiguration.Server.Log { manner.settings.withLock { $0 } }

    /// Keeps further secrets out.
    func register(_ secrets: [Secret]) {
        for secret in secrets {
            redacting.register(secret)
            accessLog.register(secret)
        }
    }

    /// Where the gateway itself is spoken of, as things are.
    func announcer(_ console: Console) -> Announcer {
        let settings = settings
        guard settings.file == nil else {
            return Announcer(console: console, people: LogWriter(to: DescriptorDestination()), logger: logger)
        }
        return switch settings.lineFormat {
        case .text: Announcer(console: console, people: writer, logger: nil)
        case .json: Announcer(console: console, people: nil, logger: logger)
        }
    }

    private static func destination(
        _ settings: PlexConfiguration.Server.Log
    ) throws(Failure) -> any LogDestination {
        guard let path = settings.file else { return DescriptorDestination() }
        do {
            return try RotatingLogFile(
                path: path,
                policy: .init(
                    maximumSize: settings.rotates ? settings.maximumSize : nil,
                    isDaily: settings.rotates,
                    keptFiles: settings.keptFiles
                )
            )
        } catch {
            throw Failure(.inputOutput, error.description)
        }
    }

    // MARK: Changing

    /// Other settings, ready to be put into effect.
    struct Change: Sendable {
        fileprivate var settings: PlexConfiguration.Server.Log
        /// Where lines go then; `nil` for where they go now.
        fileprivate var destination: (any LogDestination)?
    }

    /// Opens what other settings need; nothing changes yet.
    ///
    /// - Parameter settings: What is to be logged, and where.
    /// - Returns: The change.
    /// - Throws: `Failure`, if the file cannot be opened.
    func prepare(_ settings: PlexConfiguration.Server.Log) throws(Failure) -> Change {
        let isSamePlace = settings.hasSameDestination(as: self.settings)
        return Change(settings: settings, destination: isSamePlace ? nil : try Self.destination(settings))
    }

    /// Puts other settings into effect, from the next line on.
    func apply(_ change: Change) {
        let format = change.settings.lineFormat
        if let destination = change.destination {
            writer.move(to: destination, format: format)
        } else if format != settings.lineFormat {
            writer.change(format)
        }
        accessLog.write(as: format)
        manner.settings.withLock { $0 = change.settings }
    }

    /// Writes entries as the settings say.
    private final class Manner: LogHandler {
        let settings: Locked<PlexConfiguration.Server.Log>
        private let writer: LogWriter

        init(_ writer: LogWriter, _ settings: PlexConfiguration.Server.Log) {
            self.writer = writer
            self.settings = Locked(settings)
        }

        func isEnabled(for level: Logger.Level) -> Bool {
            settings.withLock { level >= $0.leastLevel }
        }

        func log(_ event: LogEvent) {
            let format = settings.withLock { $0.lineFormat }
            writer.write(format.line(for: event), isUrgent: event.level >= .error)
        }
    }
}

extension PlexConfiguration.Server.Log {
    /// What lines look like.
    fileprivate var lineFormat: LogFormat { format == .json ? .json : .text }

    /// The least level that is logged.
    var leastLevel: Logger.Level { Logger.Level(rawValue: level) ?? .info }

    fileprivate func hasSameDestination(as other: Self) -> Bool {
        guard let file else { return other.file == nil }
        return file == other.file && rotates == other.rotates && maximumSize == other.maximumSize
            && keptFiles == other.keptFiles
    }
}
