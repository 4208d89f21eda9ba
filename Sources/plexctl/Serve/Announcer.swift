import TransportKit

/// Tells what becomes of the gateway itself: to people on standard error, to programs in the log.
///
/// A log that goes to standard error as text would say everything twice, so that it is left alone then; one for programs must
/// not have lines of another form between its own, so that people are left to read those.
struct Announcer: Sendable {
    private let console: Console?
    private let logger: Logger?

    /// Makes an announcer.
    ///
    /// - Parameters:
    ///   - console: Where people read; `nil` for nowhere.
    ///   - logger: Where programs read; `nil` for nowhere.
    init(console: Console?, logger: Logger?) {
        self.console = console
        self.logger = logger
    }

    /// Tells something that is as it should be.
    func note(_ text: String) {
        console?.note(text)
        logger?.notice("\(text)")
    }

    /// Tells something that is missing or not as asked.
    func warn(_ text: String) {
        console?.warn(text)
        logger?.warning("\(text)")
    }
}
