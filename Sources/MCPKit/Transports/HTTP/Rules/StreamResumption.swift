internal import TransportKit

/// What to do when a stream of events has ended before its time.
///
/// It is told what happens and says what to do; it does nothing itself.
package struct StreamResumption: Sendable {
    /// What a stream is there for.
    package enum Purpose: Sendable, Hashable {
        /// One answer is to come.
        case answer
        /// Whatever the server wants to say, for as long as the session lasts.
        case listening
    }

    /// What to do.
    package enum Action: Sendable, Hashable {
        /// Wait, then ask for the stream again, from behind an event if one is named.
        case reconnect(after: Duration, lastEventID: String?)
        /// Leave it; for an answer that means it is lost.
        case leave(reason: String)
    }

    /// The most connections in a row that may fail while an answer is waited for.
    package static let maximumFailures = 5
    /// How long to wait where the server does not say.
    private static let usualDelay = Duration.seconds(1)
    /// A server may ask for no pause at all; a stream that ends at once must not become a busy loop.
    private static let leastDelay = Duration.milliseconds(10)

    private let purpose: Purpose
    private let isResumable: Bool
    private var lastEventID: String?
    private var retry: Duration?
    /// Connections in a row that brought nothing.
    private var fruitless = 0
    /// Connections in a row that failed.
    private var failures = 0

    /// Begins with a stream that is open.
    ///
    /// - Parameters:
    ///   - purpose: What it is there for.
    ///   - isResumable: Whether the revision knows resumption: not in the stateless era.
    package init(_ purpose: Purpose, isResumable: Bool = true) {
        self.purpose = purpose
        self.isResumable = isResumable
    }

    /// The stream has ended, in order or not.
    ///
    /// - Parameters:
    ///   - hadEvents: Whether anything came.
    ///   - lastEventID: The last event's name, if the stream has set one.
    ///   - retry: How long the stream has said to wait.
    /// - Returns: What to do.
    package mutating func ended(hadEvents: Bool, lastEventID: String?, retry: Duration?) -> Action {
        if let lastEventID, !lastEventID.isEmpty { self.lastEventID = lastEventID }
        if let retry { self.retry = retry }
        failures = 0
        fruitless = hadEvents ? 0 : fruitless + 1
        return next()
    }

    /// The connection could not be made, or the server failed.
    ///
    /// - Returns: What to do.
    package mutating func failed() -> Action {
        failures += 1
        fruitless += 1
        guard purpose == .listening || failures < Self.maximumFailures else {
            return .leave(reason: "the stream ended before the answer and could not be resumed in \(failures) tries")
        }
        return next()
    }

    /// The server does not give the stream.
    ///
    /// - Parameter status: The status of its refusal.
    /// - Returns: What to do.
    package mutating func refused(status: Int) -> Action {
        switch status {
        case 408, 429, 500...599: failed()
        default:
            .leave(reason: "the stream ended before the answer, and its resumption was refused with status \(status)")
        }
    }

    private func next() -> Action {
        guard isResumable, purpose == .listening || lastEventID != nil else {
            return .leave(reason: "the stream ended before the answer")
        }
        var delay = max(retry ?? Self.usualDelay, Self.leastDelay)
        if fruitless > 1 {
            // No chance in it: what is asked for exactly is a fixed pause.
            var generator = SystemRandomness()
            delay = max(delay, BackoffPolicy.sse.delay(forAttempt: fruitless - 1, using: &generator))
        }
        return .reconnect(after: delay, lastEventID: lastEventID)
    }
}
