import TransportKit

/// Tells what becomes of the gateway itself: to people on standard error, to programs in the log.
///
/// A log that goes to standard error as text would say everything twice, so that it is left alone then; one for programs must
/// not have lines of another form between its own, so that people are left to read those. Nobody waits for a reader who does
/// not read, as with the log.
struct Announcer: Sendable {
    private let console: Console
    private let people: LogWriter?
    private let logger: Logger?

    /// Makes an announcer.
    ///
    /// - Parameters:
    ///   - console: How a line for people looks.
    ///   - people: Where people read; `nil` for nowhere.
    ///   - logger: Where programs read; `nil` for nowhere.
    init(console: Console, people: LogWriter?, logger: Logger?) {
        self.console = console
        self.people = people
        self.logger = logger
    }

    /// Tells something that is as it should be.
    func note(_ text: String) {
        people?.write(Array(console.noteLine(text).utf8), isUrgent: true)
        logger?.notice("\(text)")
    }

    /// Tells something that is missing or not as asked.
    func warn(_ text: String) {
        people?.write(Array(console.warningLine(text).utf8), isUrgent: true)
        logger?.warning("\(text)")
    }

    /// Writes what waits, as far as it is read in time.
    func close() async {
        await people?.close()
    }
}
