import GatewayKit
import Modelplex
import TransportKit

/// The gateway's log, which nobody who writes to it waits for.
struct ServeLog: Sendable {
    /// Where lines go on a thread of their own.
    let writer: LogWriter
    /// What lines look like.
    let format: LogFormat
    /// For entries of any kind.
    let logger: Logger
    /// For requests.
    let accessLog: AccessLog
    /// The settings that it was opened with.
    let settings: PlexConfiguration.Server.Log

    private let register: @Sendable (Secret) -> Void

    /// Opens the log.
    ///
    /// - Parameters:
    ///   - settings: What is logged, and where.
    ///   - secrets: What must never stand in it.
    /// - Throws: `Failure`, if its file cannot be opened.
    init(_ settings: PlexConfiguration.Server.Log, secrets: [Secret]) throws(Failure) {
        self.settings = settings
        format = settings.format == .json ? .json : .text
        do {
            writer = LogWriter(to: try Self.destination(settings), format: format)
        } catch {
            throw Failure(.inputOutput, error.description)
        }
        let level = Logger.Level(rawValue: settings.level) ?? .info
        accessLog = AccessLog(to: writer, format: format, redactor: Redactor(secrets: secrets))
        switch format {
        case .text:
            let handler = RedactingLogHandler(TextLogHandler(sink: writer), secrets: secrets)
            register = { handler.register($0) }
            logger = Logger(label: "gateway", handler: handler, level: level)
        case .json:
            let handler = RedactingLogHandler(JSONLogHandler(sink: writer), secrets: secrets)
            register = { handler.register($0) }
            logger = Logger(label: "gateway", handler: handler, level: level)
        }
    }

    /// Keeps further secrets out.
    func register(_ secrets: [Secret]) {
        for secret in secrets {
            register(secret)
            accessLog.register(secret)
        }
    }

    /// Where the gateway itself is spoken of.
    func announcer(_ console: Console) -> Announcer {
        let isOnStandardError = settings.file == nil
        guard isOnStandardError else {
            return Announcer(console: console, people: LogWriter(to: DescriptorDestination()), logger: logger)
        }
        return switch format {
        case .text: Announcer(console: console, people: writer, logger: nil)
        case .json: Announcer(console: console, people: nil, logger: logger)
        }
    }

    private static func destination(
        _ settings: PlexConfiguration.Server.Log
    ) throws(LogFileError) -> any LogDestination {
        guard let path = settings.file else { return DescriptorDestination() }
        return try RotatingLogFile(
            path: path,
            policy: .init(
                maximumSize: settings.rotates ? settings.maximumSize : nil,
                isDaily: settings.rotates,
                keptFiles: settings.keptFiles
            )
        )
    }
}
