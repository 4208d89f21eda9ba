package import TransportKit

/// When a request is sent again, and when a target or a credential is left alone.
public struct FailoverPolicy: Sendable, Hashable {
    /// When a target's breaker opens.
    public struct Breaker: Sendable, Hashable {
        /// The number of failures.
        public var failures: Int
        /// The time within which they open the breaker.
        public var window: Duration
        /// How long it stays open, before one request is let through to see.
        public var open: Duration

        /// Makes the settings of breakers.
        public init(failures: Int = 5, window: Duration = .seconds(30), open: Duration = .seconds(30)) {
            self.failures = failures
            self.window = window
            self.open = open
        }
    }

    /// When a request is sent again.
    public struct Retry: Sendable, Hashable {
        /// The first wait, before jitter.
        public var base: Duration
        /// The longest wait.
        public var maximum: Duration
        /// The longest wait for the first target when another is free.
        public var waitFirst: Duration

        /// Makes the settings of retries.
        public init(
            base: Duration = .milliseconds(500),
            maximum: Duration = .seconds(20),
            waitFirst: Duration = .milliseconds(2500)
        ) {
            self.base = base
            self.maximum = maximum
            self.waitFirst = waitFirst
        }

        /// The waits between rounds in which all targets failed: full jitter.
        package var backoff: BackoffPolicy { BackoffPolicy(base: base, cap: maximum, jitter: .full) }
    }

    /// When a request is sent again.
    public var retry: Retry
    /// When a target's breaker opens.
    public var breaker: Breaker
    /// The longest that a provider's Retry-After is obeyed.
    public var retryAfterCap: Duration
    /// How long a credential that was refused, or whose quota is used up, is used only when there is no other.
    public var credentialPause: Duration

    /// Makes a policy.
    public init(
        retry: Retry = Retry(),
        breaker: Breaker = Breaker(),
        retryAfterCap: Duration = .seconds(900),
        credentialPause: Duration = .seconds(300)
    ) {
        self.retry = retry
        self.breaker = breaker
        self.retryAfterCap = retryAfterCap
        self.credentialPause = credentialPause
    }
}
