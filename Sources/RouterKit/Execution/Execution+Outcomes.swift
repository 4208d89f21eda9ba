public import ProviderKit

extension Execution {
    /// Notes that a request failed before its answer began.
    ///
    /// - Parameters:
    ///   - deployment: To whom it was sent.
    ///   - code: What failed.
    ///   - status: The HTTP status, where there was one.
    ///   - retryAfter: How long it asked to wait, as it asked.
    ///   - now: The time.
    public mutating func failed(
        _ deployment: DeploymentID,
        _ code: PlexError.Code,
        status: Int? = nil,
        retryAfter: Duration? = nil,
        at now: Duration
    ) {
        failed(deployment, code, status: status, retryAfter: retryAfter, isLasting: false, at: now)
    }

    /// Notes that a request failed before its answer began, and whether its target would fail so again.
    package mutating func failed(
        _ deployment: DeploymentID,
        _ code: PlexError.Code,
        status: Int? = nil,
        retryAfter: Duration? = nil,
        isLasting: Bool,
        at now: Duration
    ) {
        guard let place = sent.lastIndex(where: { $0.isPending && $0.candidate.deployment == deployment }) else {
            return
        }
        events.append(.failed(deployment, code, status: status, retryAfter: retryAfter))
        sent[place].isPending = false
        sent[place].isTargetWide = FailureClass.countsAgainstTarget(code)
        if let retryAfter, retryAfter >= .zero {
            sent[place].askedUntil = now + min(retryAfter, failover.retryAfterCap)
            sent[place].ownRetryAt = now + retryAfter
        }
        switch FailureClass(code, status: status) {
        case .retryable where isLasting: sent[place].excludes = .target
        case .retryable: break
        case .elsewhere: sent[place].excludes = .target
        // A model may be forbidden to a key that may use others.
        case .credential: sent[place].excludes = code == .permission ? .deployment : .credential
        case .contextLength:
            sent[place].excludes = .target
            enter(.contextFallback)
        case .contentFilter:
            sent[place].excludes = .target
            enter(.contentFallback)
        case .final: ending = .lastError
        }
    }

    /// Notes that the stream of an answer was cut after its first event.
    ///
    /// Other requests that are still on their way are given up.
    ///
    /// - Parameters:
    ///   - deployment: Whose stream; `nil` for the last that was asked.
    ///   - code: What failed.
    ///   - now: The time.
    /// - Returns: Whether another attempt may follow, which ``next(table:health:at:)`` tells of.
    public mutating func streamCut(
        _ deployment: DeploymentID? = nil,
        _ code: PlexError.Code = .streamCut,
        at now: Duration
    ) -> Bool {
        let place = sent.lastIndex { $0.isPending && (deployment == nil || $0.candidate.deployment == deployment) }
        for index in sent.indices where sent[index].isPending && index != place {
            abandoned(sent[index].candidate.deployment)
        }
        if let place {
            sent[place].isPending = false
            sent[place].isTargetWide = true
            events.append(.failed(sent[place].candidate.deployment, code, status: nil, retryAfter: nil))
        }
        return policy.restarts && ending == nil && attempts < policy.attempts && now < policy.deadline
    }

    /// Notes that a request was given up because another was faster; its deployment may be asked again.
    ///
    /// - Parameter deployment: To whom it was sent.
    package mutating func abandoned(_ deployment: DeploymentID) {
        guard let place = sent.lastIndex(where: { $0.isPending && $0.candidate.deployment == deployment }) else {
            return
        }
        sent[place].isPending = false
        // Of an earlier round, so that it is not taken for one that failed.
        sent[place].round = 0
        events.append(.abandoned(deployment))
    }

    /// Goes on with a fallback; where there is none, the failure stands.
    private mutating func enter(_ fallback: Part) {
        let candidates = fallback == .contextFallback ? plan.contextFallback : plan.contentFallback
        if !candidates.isEmpty, !visited.contains(fallback) {
            visited.insert(fallback)
            part = fallback
            pause = nil
        } else if part == .candidates {
            ending = .lastError
        }
    }
}
