package import TransportKit

/// When a server that ended, or could not be reached, may be started again.
///
/// It is pure. Each end counts, also that of a connection that stood: only one that stood for a while makes the next start immediate, so a
/// server that ends soon after every start is started ever less often.
package struct RestartThrottle: Sendable {
    /// How long a connection must have stood to forget what was before it.
    package var stableAfter: Duration

    private let policy: BackoffPolicy
    private var attempts = 0
    private var notBefore: LoopInstant?

    package init(policy: BackoffPolicy = .mcp, stableAfter: Duration = .seconds(60)) {
        self.policy = policy
        self.stableAfter = stableAfter
    }

    /// How often the server ended or failed in a row.
    package var failures: Int { attempts }

    /// A connection could not be made.
    package mutating func failed(at now: LoopInstant, using generator: inout some RandomNumberGenerator) {
        attempts += 1
        notBefore = now.advanced(by: policy.delay(forAttempt: attempts, using: &generator))
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
        if begin.duration(to: now) >= stableAfter {
            attempts = 0
            notBefore = nil
        } else {
            failed(at: now, using: &generator)
        }
    }

    /// How long the next start has to wait.
    package func wait(at now: LoopInstant) -> Duration {
        notBefore.map { max(.zero, now.duration(to: $0)) } ?? .zero
    }
}
