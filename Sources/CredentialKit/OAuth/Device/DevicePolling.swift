/// When a device asks again whether its user has logged in: a value without clock and connection.
package struct DevicePolling: Sendable {
    /// What to do next.
    package enum Action: Sendable, Hashable {
        /// Wait so long, then ask.
        case ask(after: Duration)
        /// Give up.
        case fail(OAuthError)
    }

    private static let longestInterval = Duration.seconds(300)

    private(set) var interval: Duration
    private var left: Duration

    /// Begins; `next` says what is first.
    package init(interval: Duration, lifetime: Duration) {
        self.interval = interval
        left = lifetime
    }

    /// What to do at the beginning.
    package mutating func begin() -> Action { wait() }

    /// What to do after a question that gave no tokens.
    package mutating func next(after error: OAuthError) -> Action {
        switch error.serverCode {
        case .authorizationPending: return wait()
        case .slowDown:
            interval = min(interval + .seconds(5), Self.longestInterval)
            return wait()
        default: break
        }
        // RFC 8628, section 3.5: a server that cannot be reached is asked less and less often.
        guard error.reason == .unavailable else { return .fail(error) }
        interval = min(interval * 2, Self.longestInterval)
        return wait()
    }

    private mutating func wait() -> Action {
        guard interval <= left else {
            return .fail(OAuthError(.expired, "nobody confirmed the login of this device in time; start it again"))
        }
        left -= interval
        return .ask(after: interval)
    }
}
