extension HealthBook {
    /// What is held against deployments.
    ///
    /// - Parameters:
    ///   - table: The deployments.
    ///   - now: The time.
    /// - Returns: A record of each deployment against which something is held, in the order of the table.
    public func records(table: DeploymentTable, at now: Duration) -> [HealthRecord] {
        table.facts.indices.compactMap { place in
            let facts = table.facts[place]
            var record = HealthRecord(facts.deployment)
            if place < deployments.count {
                let state = deployments[place]
                if now < state.coolingUntil { record.cooling = state.coolingUntil - now }
                record.failures = state.breaker.failureCount(at: now, policy: policy.breaker)
                record.breaker =
                    switch state.breaker.reading(at: now) {
                    case .closed: .closed
                    case .open(let until): .open(for: until - now)
                    case .halfOpen, .probing: .halfOpen
                    }
            }
            if credentials.indices.contains(facts.credential), let code = credentials[facts.credential].code,
                now < credentials[facts.credential].until
            {
                record.refusal = HealthRecord.Refusal(code, remaining: credentials[facts.credential].until - now)
            }
            return record.isClear ? nil : record
        }
    }

    /// Takes over what another book, or one before a restart, held against deployments.
    ///
    /// Times that remain are kept within the limits of this book's policy. Deployments that are not in the table are
    /// passed over.
    ///
    /// - Parameters:
    ///   - records: What was held against them.
    ///   - table: The deployments.
    ///   - now: The time.
    package mutating func restore(_ records: [HealthRecord], table: DeploymentTable, at now: Duration) {
        for record in records {
            guard let id = table.id(of: record.deployment) else { continue }
            grow(toHold: id)
            if let cooling = record.cooling {
                deployments[id.index].coolingUntil = now + min(cooling, policy.retryAfterCap)
            }
            switch record.breaker {
            case .closed: break
            case .open(let time):
                // It was opened for a cooldown that was capped, or for failures.
                let limit = max(policy.retryAfterCap, policy.breaker.open)
                deployments[id.index].breaker.open(until: now + min(time, limit))
            case .halfOpen: deployments[id.index].breaker.open(until: now)
            }
            if let refusal = record.refusal {
                let limit = max(policy.retryAfterCap, policy.credentialPause)
                refuse(table[id].credential, refusal.code, until: now + min(refusal.remaining, limit), deployment: id)
            }
        }
    }
}
