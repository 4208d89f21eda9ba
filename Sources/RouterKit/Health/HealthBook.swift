public import ProviderKit

/// What is known of how deployments do: who asked to be left alone, whose breaker is open, who is fast.
///
/// A value without a clock of its own. Every time in it is one since the router was made.
public struct HealthBook: Sendable {
    /// Whether a deployment may be asked.
    @nonexhaustive
    public enum Availability: Sendable, Hashable {
        /// It may. Where its breaker is half open, the one request that is let through is free.
        case ready
        /// Its credential was refused or has nothing left: it is asked only if nothing else is ready.
        case suspect(PlexError.Code)
        /// It asked to be left alone until this time.
        case cooling(until: Duration)
        /// Its breaker is open until this time.
        case breakerOpen(until: Duration)
        /// Its breaker is half open, and a request is finding out.
        case probing
    }

    struct DeploymentState: Sendable {
        var breaker = CircuitBreaker()
        var coolingUntil = Duration.zero
        var inFlight = 0
        var latency = PeakLatency()
    }

    struct CredentialState: Sendable {
        var code: PlexError.Code?
        var until = Duration.zero
        // Whose refusal it was: a permission may be missing for one model alone.
        var deployment = -1
    }

    /// When it counts a failure against a deployment, and for how long it leaves one alone.
    public let policy: FailoverPolicy
    // By the places of deployments, credentials and routes; they grow when a place is first used.
    var deployments: [DeploymentState] = []
    var credentials: [CredentialState] = []
    var routes: [RouteState] = []

    /// Makes a book in which all deployments are well.
    public init(policy: FailoverPolicy = FailoverPolicy()) {
        self.policy = policy
    }

    /// Whether a deployment may be asked.
    ///
    /// - Parameters:
    ///   - deployment: The deployment.
    ///   - credential: The place of its credential among all.
    ///   - now: The time.
    /// - Returns: Whether, and if not until when.
    public func availability(of deployment: DeploymentID, credential: Int, at now: Duration) -> Availability {
        if deployment.index < deployments.count {
            let cooling = deployments[deployment.index].coolingUntil
            switch deployments[deployment.index].breaker.reading(at: now) {
            case .closed, .halfOpen: if now < cooling { return .cooling(until: cooling) }
            case .open(let until): return cooling >= until ? .cooling(until: cooling) : .breakerOpen(until: until)
            case .probing: return now < cooling ? .cooling(until: cooling) : .probing
            }
        }
        if credentials.indices.contains(credential), let code = credentials[credential].code,
            now < credentials[credential].until
        {
            return .suspect(code)
        }
        return .ready
    }

    /// Whether a deployment is ready, without the reason if it is not: plans ask this of each.
    func isReady(_ deployment: DeploymentID, credential: Int, at now: Duration) -> Bool {
        if deployment.index < deployments.count {
            guard deployments[deployment.index].breaker.isClosed, deployments[deployment.index].coolingUntil <= now
            else {
                if case .ready = availability(of: deployment, credential: credential, at: now) { return true }
                return false
            }
        }
        guard credential >= 0, credential < credentials.count else { return true }
        return credentials[credential].until <= now || credentials[credential].code == nil
    }

    /// Notes that a request is sent.
    ///
    /// Where the breaker is half open, the request becomes the probe. So nothing else may happen to the book between the
    /// choice of a deployment and this.
    ///
    /// - Parameters:
    ///   - deployment: To whom.
    ///   - credential: The place of its credential among all.
    ///   - now: The time.
    /// - Returns: Whether it is the probe of a half-open breaker, which ``end(_:credential:_:isProbe:at:)`` is told.
    @discardableResult
    package mutating func begin(_ deployment: DeploymentID, credential: Int, at now: Duration) -> Bool {
        grow(toHold: deployment)
        deployments[deployment.index].inFlight += 1
        return deployments[deployment.index].breaker.begin(at: now)
    }

    /// Notes how a request ended.
    ///
    /// - Parameters:
    ///   - deployment: To whom it was sent.
    ///   - credential: The place of its credential among all.
    ///   - outcome: How it ended.
    ///   - isProbe: What `begin` said; without it, a request that ends while a probe is on its way is taken for the probe.
    ///   - now: The time.
    package mutating func end(
        _ deployment: DeploymentID,
        credential: Int,
        _ outcome: AttemptOutcome,
        isProbe: Bool? = nil,
        at now: Duration
    ) {
        grow(toHold: deployment)
        let place = deployment.index
        deployments[place].inFlight = max(deployments[place].inFlight - 1, 0)
        let isProbe = isProbe ?? deployments[place].breaker.isProbing
        switch outcome {
        case .success:
            deployments[place].breaker.succeed(isProbe: isProbe)
            trust(credential, of: deployment)
        case .abandoned:
            deployments[place].breaker.release(isProbe: isProbe, at: now)
        case .failure(let code, let retryAfter):
            if FailureClass.countsAgainstTarget(code) {
                deployments[place].breaker.fail(isProbe: isProbe, at: now, policy: policy.breaker)
            } else {
                deployments[place].breaker.release(isProbe: isProbe, at: now)
            }
            cool(deployment, code, retryAfter: retryAfter, at: now)
            distrust(credential, of: deployment, code, retryAfter: retryAfter, at: now)
        }
    }

    /// Notes how long the first token took.
    ///
    /// - Parameters:
    ///   - deployment: Whose answer it began.
    ///   - route: The place of the route, whose percentiles it counts for.
    ///   - latency: The time since the request was sent.
    ///   - now: The time.
    package mutating func noteFirstToken(
        _ deployment: DeploymentID,
        route: Int? = nil,
        after latency: Duration,
        at now: Duration
    ) {
        grow(toHold: deployment)
        deployments[deployment.index].latency.note(latency.inSeconds, at: now.inSeconds)
        if let route { noteFirstToken(route: route, after: latency) }
    }

    /// Forgets cooldowns, failures and refusals; not what is in flight, nor who is fast.
    ///
    /// - Parameters:
    ///   - deployment: Of which; `nil` for all.
    ///   - credential: The place of the deployment's credential, if what it was refused is to be forgotten too.
    package mutating func reset(_ deployment: DeploymentID?, credential: Int? = nil) {
        if let credential, credentials.indices.contains(credential) { credentials[credential] = CredentialState() }
        guard let deployment else {
            credentials.removeAll()
            for place in deployments.indices { reset(place) }
            return
        }
        if deployment.index < deployments.count { reset(deployment.index) }
        for place in credentials.indices where credentials[place].deployment == deployment.index {
            credentials[place] = CredentialState()
        }
    }

    private mutating func reset(_ place: Int) {
        deployments[place].breaker = CircuitBreaker()
        deployments[place].coolingUntil = .zero
    }

    /// The requests that a deployment has not ended yet.
    package func inFlight(_ deployment: DeploymentID) -> Int {
        deployment.index < deployments.count ? deployments[deployment.index].inFlight : 0
    }

    /// The peak-sensitive moving average of the time to a first token in seconds, at a time in seconds; `nil` if none was
    /// seen.
    func latencyInSeconds(_ deployment: DeploymentID, at now: Double) -> Double? {
        guard deployment.index < deployments.count else { return nil }
        return deployments[deployment.index].latency.seconds(at: now)
    }

    // MARK: - Cooldowns

    private mutating func cool(
        _ deployment: DeploymentID,
        _ code: PlexError.Code,
        retryAfter: Duration?,
        at now: Duration
    ) {
        let place = deployment.index
        guard let asked = retryAfter ?? (code == .rateLimited ? policy.retry.base : nil), asked > .zero else { return }
        let until = now + min(asked, policy.retryAfterCap)
        // One that was told earlier to stay away for longer still is.
        deployments[place].coolingUntil = max(deployments[place].coolingUntil, until)
        // It asked for more than it gets: one request finds out whether that is enough, before all come back.
        if asked > policy.retryAfterCap { deployments[place].breaker.open(until: until) }
    }

    private mutating func distrust(
        _ credential: Int,
        of deployment: DeploymentID,
        _ code: PlexError.Code,
        retryAfter: Duration?,
        at now: Duration
    ) {
        guard [.authentication, .permission, .quotaExhausted].contains(code), credential >= 0 else { return }
        refuse(
            credential,
            code,
            until: now + (retryAfter.map { min($0, policy.retryAfterCap) } ?? policy.credentialPause),
            deployment: deployment
        )
    }

    mutating func refuse(_ credential: Int, _ code: PlexError.Code, until: Duration, deployment: DeploymentID) {
        while credentials.count <= credential { credentials.append(CredentialState()) }
        credentials[credential] = CredentialState(
            code: code,
            until: max(until, credentials[credential].until),
            deployment: deployment.index
        )
    }

    private mutating func trust(_ credential: Int, of deployment: DeploymentID) {
        guard credentials.indices.contains(credential), let code = credentials[credential].code else { return }
        // Success with one model does not give the permission for another.
        if code != .permission || credentials[credential].deployment == deployment.index {
            credentials[credential] = CredentialState()
        }
    }

    mutating func grow(toHold deployment: DeploymentID) {
        while deployments.count <= deployment.index { deployments.append(DeploymentState()) }
    }
}
