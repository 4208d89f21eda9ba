/// Keeps requests away from what keeps failing: closed, open for a while, then half open for one request at a time.
///
/// Outcomes of requests that were sent before it opened come late. They neither open nor close it: only the one request
/// that it let through, the probe, does.
struct CircuitBreaker: Sendable, Hashable {
    /// What it lets through.
    enum Reading: Sendable, Hashable {
        /// Everything.
        case closed
        /// Nothing before this time.
        case open(until: Duration)
        /// One request, which is not on its way yet.
        case halfOpen
        /// Nothing: the one request is on its way.
        case probing
    }

    private enum State: Hashable {
        case closed
        // Half open, once the time is there.
        case open(until: Duration)
        case probing
    }

    private var state = State.closed
    // The times of failures while it is closed, oldest first; never more than open it.
    private var failures: [Duration] = []

    /// Whether it has nothing to tell.

    func reading(at now: Duration) -> Reading {
        switch state {
        case .closed: .closed
        case .open(let until): now < until ? .open(until: until) : .halfOpen
        case .probing: .probing
        }
    }

    /// The failures that still count.
    func failureCount(at now: Duration, policy: FailoverPolicy.Breaker) -> Int {
        failures.count { now - $0 <= policy.window }
    }

    /// Notes that a request is sent.
    ///
    /// - Returns: Whether it is the probe.
    mutating func begin(at now: Duration) -> Bool {
        guard reading(at: now) == .halfOpen else { return false }
        state = .probing
        return true
    }

    mutating func succeed(isProbe: Bool) {
        failures.removeAll()
        if isProbe, state == .probing { state = .closed }
    }

    mutating func fail(isProbe: Bool, at now: Duration, policy: FailoverPolicy.Breaker) {
        switch state {
        case .closed:
            failures.removeAll { now - $0 > policy.window }
            failures.append(now)
            if failures.count >= max(policy.failures, 1) { open(until: now + policy.open) }
        case .probing where isProbe: open(until: now + policy.open)
        case .open, .probing: break
        }
    }

    /// Notes a request's end that says nothing of the deployment: the next may find out.
    mutating func release(isProbe: Bool, at now: Duration) {
        if isProbe, state == .probing { state = .open(until: now) }
    }

    mutating func open(until time: Duration) {
        failures.removeAll()
        state = .open(until: time)
    }

    var isProbing: Bool { if case .probing = state { true } else { false } }

    var isClosed: Bool { if case .closed = state { true } else { false } }
}
