public import ProviderKit

/// What is held against a deployment, in words that outlive the process: no places, and times that remain.
public struct HealthRecord: Sendable, Hashable {
    /// The state of a breaker.
    @nonexhaustive
    public enum Breaker: Sendable, Hashable {
        /// Everything is let through.
        case closed
        /// Nothing is, for this long.
        case open(for: Duration)
        /// One request at a time is.
        case halfOpen
    }

    /// What was refused to the deployment's credential.
    public struct Refusal: Sendable, Hashable {
        /// Why.
        public var code: PlexError.Code
        /// How long it is still asked only if nothing else is ready.
        public var remaining: Duration

        /// Makes a refusal.
        public init(_ code: PlexError.Code, remaining: Duration) {
            self.code = code
            self.remaining = remaining
        }
    }

    /// The deployment.
    public var deployment: Deployment
    /// How long it is still left alone because it asked for that; `nil` if it did not.
    public var cooling: Duration?
    /// The state of its breaker.
    public var breaker: Breaker
    /// The failures that count towards its breaker; not kept from one process to the next.
    public var failures: Int
    /// What was refused to its credential.
    public var refusal: Refusal?

    /// Makes a record.
    public init(
        _ deployment: Deployment,
        cooling: Duration? = nil,
        breaker: Breaker = .closed,
        failures: Int = 0,
        refusal: Refusal? = nil
    ) {
        self.deployment = deployment
        self.cooling = cooling
        self.breaker = breaker
        self.failures = failures
        self.refusal = refusal
    }

    /// What is left of it when some time has passed; a breaker whose time is over is half open.
    ///
    /// - Parameter age: How much time; not negative.
    /// - Returns: The record; `nil` if nothing is held against the deployment any more.
    public func aged(by age: Duration) -> HealthRecord? {
        var record = self
        record.cooling = cooling.flatMap { $0 > age ? $0 - age : nil }
        if case .open(let time) = breaker { record.breaker = time > age ? .open(for: time - age) : .halfOpen }
        record.refusal = refusal.flatMap { $0.remaining > age ? Refusal($0.code, remaining: $0.remaining - age) : nil }
        return record.isClear ? nil : record
    }

    /// Whether nothing is held against the deployment.
    public var isClear: Bool { cooling == nil && breaker == .closed && failures == 0 && refusal == nil }
}
