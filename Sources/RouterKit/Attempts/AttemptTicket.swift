internal import ProviderKit
internal import TransportKit

/// One request that is under way, whose outcome is told exactly once.
///
/// A ticket that is dropped without an outcome says that its caller left: that counts neither way.
final class AttemptTicket: Sendable {
    let deployment: DeploymentID
    private let credential: Int
    private let route: Int
    private let core: RouterCore
    private let started: Duration
    // Whether it is the one request that a half-open breaker lets through.
    private let isProbe: Bool
    private let isOpen = Locked(true)

    init(
        _ deployment: DeploymentID,
        credential: Int,
        route: Int,
        core: RouterCore,
        started: Duration,
        isProbe: Bool
    ) {
        self.deployment = deployment
        self.credential = credential
        self.route = route
        self.core = core
        self.started = started
        self.isProbe = isProbe
    }

    deinit {
        end(.abandoned)
    }

    /// Notes that the answer has begun.
    func begin(at now: Duration) {
        core.noteFirstToken(deployment, route: route, since: started, at: now)
    }

    /// Tells the outcome; later ones count for nothing.
    func end(_ outcome: AttemptOutcome, at time: Duration? = nil) {
        let isFirst = isOpen.withLock { isOpen in
            defer { isOpen = false }
            return isOpen
        }
        if isFirst { core.end(deployment, credential: credential, outcome, isProbe: isProbe, at: time ?? core.now()) }
    }

    /// Tells a failure.
    func fail(_ error: PlexError) {
        end(error.code == .cancelled ? .abandoned : .failure(error.code, retryAfter: error.retryAfter))
    }
}
