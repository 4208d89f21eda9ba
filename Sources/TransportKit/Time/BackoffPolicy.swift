/// How long to wait before each further attempt: exponentially longer, up to a cap, with or without chance in it.
public struct BackoffPolicy: Sendable, Hashable {
    /// How chance changes a delay.
    @nonexhaustive
    public enum Jitter: Sendable, Hashable {
        /// Not at all.
        case none
        /// Anything from nothing to the whole delay, so that many callers spread out evenly.
        case full
        /// Up to this share of the delay more or less, for example `0.1` for ± 10 %.
        case proportional(Double)
    }

    /// The delay before the first further attempt, jitter aside.
    public var base: Duration
    /// What each delay is multiplied by to get the next.
    public var multiplier: Double
    /// The longest delay; jitter does not go beyond it.
    public var cap: Duration
    /// How chance changes the delays.
    public var jitter: Jitter

    /// Makes a policy.
    public init(base: Duration, multiplier: Double = 2, cap: Duration, jitter: Jitter = .full) {
        self.base = base
        self.multiplier = multiplier
        self.cap = cap
        self.jitter = jitter
    }

    /// For event streams that are opened again: 1, 2, 4, 8, then always 16 s.
    public static let sse = BackoffPolicy(base: .seconds(1), cap: .seconds(16), jitter: .none)
    /// For sessions with tool servers: 1 s, doubled up to 60 s, ± 10 %.
    public static let mcp = BackoffPolicy(base: .seconds(1), cap: .seconds(60), jitter: .proportional(0.1))

    /// The delay before a further attempt.
    ///
    /// - Parameters:
    ///   - attempt: Which further attempt it is, from 1.
    ///   - generator: Where chance comes from.
    /// - Returns: The delay, from zero to ``cap``.
    public func delay(forAttempt attempt: Int, using generator: inout some RandomNumberGenerator) -> Duration {
        let delay = delayWithoutJitter(forAttempt: attempt)
        // One draw, whatever the generator: the standard library's ranges draw again and again from a constant one.
        let chance = Double(generator.next() >> 11) * 0x1p-53
        let factor: Double =
            switch jitter {
            case .none: 1
            case .full: chance
            case .proportional(let share): 1 + Self.share(share) * (2 * chance - 1)
            }
        return factor == 1 ? delay : min(delay * factor, max(cap, .zero))
    }

    private func delayWithoutJitter(forAttempt attempt: Int) -> Duration {
        let cap = max(cap, .zero)
        var delay = min(max(base, .zero), cap)
        var remaining = min(max(attempt, 1), 1000) - 1
        // Stopping at the cap keeps the product in range, whatever the attempt.
        while remaining > 0, multiplier > 1, delay > .zero, delay < cap {
            delay = delay > cap / multiplier ? cap : delay * multiplier
            remaining -= 1
        }
        return delay
    }

    private static func share(_ value: Double) -> Double {
        value.isFinite ? min(max(value, 0), 1) : 0
    }
}
