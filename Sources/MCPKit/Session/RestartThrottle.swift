package import TransportKit

/// When a server that ended, or could not be reached, may be started again.
///
/// It is pure. Each end counts, also that of a connection that stood: only one that stood for a while makes the next start immediate, so a
/// server that ends soon after every start is started ever less often.
package struct RestartThrottle: Sendable {
    /// How long a connection must have stood to forget what was before it.
    private static let stableAfter = Duration.seconds(60)

    private let policy: BackoffPolicy
    private var attempts = 0
    private var notBefore: LoopInstant?

    package init(policy: BackoffPolicy = .mcp) {
        self.policy = policy
    }

    /// How often the server ended or failed in a row.
    package var failures: Int { attempts }

    /// A connection could not be made.
    package mutating func failed(at now: LoopInstant, using generator: inout some RandomNumberGenerator) {
        attempts += 1
        notBefore = now.advanced(by: policy.delay(forAttempt: attempts, using: &generator))
    }

    /// A connection that served one call did so.
    package mutating func succeeded() {
        attempts = 0
        notBefore = nil
    }

    /// A connection that stood has ended, and nobody asked for it.
    ///
    /// - Parameters:
    ///   - now: The time.
    ///   - begin: Since when it stood.
    ///   - generator: Where chance comes from.
    package mutating func ended(
        at now: LoopInstant,
        since begin: LoopInstant,
        using generator: inout some RandomNumberGenerator
    ) {
        if begin.duration(to: now) >= Self.stableAfter {
            succeeded()
        } else {
            failed(at: now, using: &generator)
        }
    }

    /// How long the next start has to wait.
    package func wait(at now: LoopInstant) -> Duration {
        notBefore.map { max(.zero, now.duration(to: $0)) } ?? .zero
    }
}

/// One throttle for all connections to the same server, so that many of them do not start it more often than one would.
final class SharedRestartThrottle: Sendable {
    private let state = Locked(RestartThrottle())

    var failures: Int { state.withLock { $0.failures } }

    func wait(at now: LoopInstant) -> Duration { state.withLock { $0.wait(at: now) } }

    func failed(at now: LoopInstant) {
        count(at: now) { $0.failed(at: now, using: &$1) }
    }

    func succeeded() { state.withLock { $0.succeeded() } }

    func ended(at now: LoopInstant, since begin: LoopInstant) {
        count(at: now) { $0.ended(at: now, since: begin, using: &$1) }
    }

    // Nobody starts the server before its time: what ends until then belongs to what has been counted.
    private func count(
        at now: LoopInstant,
        _ change: (inout RestartThrottle, inout SystemRandomness) -> Void
    ) {
        state.withLock { throttle in
            guard throttle.wait(at: now) == .zero else { return }
            var generator = SystemRandomness()
            change(&throttle, &generator)
        }
    }
}
