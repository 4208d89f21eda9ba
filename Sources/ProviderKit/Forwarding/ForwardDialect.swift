internal import TransportKit

/// What has to be understood of a vendor's answers in order to hand them on: errors, the end, usage.
///
/// A dialect is a value without I/O. Each vendor's has its own; `ForwardMachine` and `ForwardSource` do the rest.
protocol ForwardDialect: Sendable {
    /// Looks through a whole answer.
    ///
    /// - Throws: `ForwardRefusal`, if it is none, or carries an error.
    func summary(ofWhole body: [UInt8]) throws(ForwardRefusal) -> ForwardSummary

    /// Writes a whole answer as the events of a stream, end mark included, for a server that knows no streams.
    ///
    /// - Parameter body: An answer that `summary(ofWhole:)` accepted.
    /// - Returns: The events.
    /// - Throws: `PlexError` with code `malformedResponse`.
    func events(ofWhole body: [UInt8]) throws(PlexError) -> [UInt8]

    /// Makes what looks at a stream's events.
    func makeObserver() -> any ForwardObserver
}

/// Why an answer is not handed on although its status is good.
enum ForwardRefusal: Error {
    /// It is not JSON.
    case malformed(JSONError)
    /// It carries an error.
    case refused(DialectError)
    /// It is something else than was asked for.
    case failed(PlexError)

    /// Finds out why an answer is none; rare, so it may cost a whole parse.
    ///
    /// - Parameters:
    ///   - body: The answer.
    ///   - readError: Reads the error that it carries; `nil` if it carries none.
    ///   - message: What is wrong with JSON that carries no error.
    init(of body: [UInt8], readingError readError: (JSONValue) -> DialectError?, otherwise message: String) {
        do {
            if let details = readError(try JSONValue(parsing: body)) {
                self = .refused(details)
            } else {
                self = .failed(PlexError(.malformedResponse, message))
            }
        } catch {
            self = .malformed(error)
        }
    }
}

/// Looks at the events of one stream and decides what becomes of each: a pure state machine.
protocol ForwardObserver: Sendable {
    /// Whether an event has come that is part of an answer.
    var hasAnswer: Bool { get }

    /// Whether all that has come only announces an answer, so that another provider can still be tried.
    var isAnnouncing: Bool { get }
    /// Whether the reason for the end has come, so that a stream may end without its end mark.
    var isComplete: Bool { get }
    /// What was read so far.
    var summary: ForwardSummary { get }
    /// What ends a stream of this dialect, to be added where a server leaves it out.
    var endMark: [UInt8] { get }

    /// Looks at an event's data, not empty.
    ///
    /// - Throws: `PlexError` with code `malformedResponse`, or the error that the event carries.
    mutating func observe(_ data: Span<UInt8>) throws(PlexError) -> ForwardVerdict
}

/// What becomes of an event.
enum ForwardVerdict: Sendable, Equatable {
    /// It goes on as it is.
    case forward
    /// It goes on without a part of its data.
    case forwardWithout(Range<Int>)
    /// It is not handed on.
    case drop
    /// It goes on and is the last one.
    case end
}

extension ForwardObserver {
    var isAnnouncing: Bool { false }
}
