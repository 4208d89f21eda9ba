extension SimulationReport {
    /// Sums up what was counted.
    init(_ tally: Tally, _ scenario: Scenario, _ world: SimulatedWorld) {
        duration = scenario.duration
        seed = scenario.seed
        requests = tally.requests
        succeeded = tally.succeeded
        failures = tally.failures.sorted
        firstToken = Latency(tally.firstToken)
        whole = Latency(tally.whole)
        attempts = tally.deployments.reduce(0) { $0 + $1.attempts }
        requestsByAttempts = tally.requestsByAttempts
        waits = tally.waits
        waited = .nanoseconds(tally.waitedTime)
        hedges = tally.deployments.reduce(0) { $0 + $1.hedges }
        hedgesWon = tally.hedgesWon
        cuts = tally.cuts
        meanInFlight = tally.duration > 0 ? tally.inFlightTime / Double(tally.duration) : 0
        peakInFlight = tally.peakInFlight
        deployments = zip(world.table.facts, tally.deployments).map {
            DeploymentFigures($0.deployment, $1, duration: tally.duration)
        }
        let figures = deployments
        costs = scenario.providers.map { described in
            let own = figures.filter { $0.deployment.provider == described.provider.id }
            return Cost(provider: described.provider.id, cost: own.reduce(0) { $0 + $1.cost })
        }
        recoveries = zip(world.table.facts, tally.deployments).flatMap { facts, deployment in
            deployment.recoveries.map { recovered, back in
                Recovery(
                    deployment: facts.deployment,
                    recovered: .nanoseconds(recovered),
                    back: back.map { .nanoseconds($0 - recovered) }
                )
            }
        }
        timeline = tally.minutes.map { minute in
            Minute(
                requests: minute.requests,
                succeeded: minute.succeeded,
                p50: minute.whole.percentile(0.5),
                p99: minute.whole.percentile(0.99),
                attempts: minute.attempts,
                answers: minute.answers
            )
        }
    }
}

extension SimulationReport.Latency {
    fileprivate init(_ histogram: FineHistogram) {
        count = histogram.total
        mean = histogram.mean
        p50 = histogram.percentile(0.5)
        p95 = histogram.percentile(0.95)
        p99 = histogram.percentile(0.99)
        maximum = .nanoseconds(histogram.maximum)
    }
}

extension SimulationReport.DeploymentFigures {
    fileprivate init(_ deployment: Deployment, _ tally: Tally.Deployment, duration: Int64) {
        self.deployment = deployment
        attempts = tally.attempts
        hedges = tally.hedges
        answers = tally.answers
        abandoned = tally.abandoned
        failures = tally.failures.sorted
        meanInFlight = duration > 0 ? tally.busy / Double(duration) : 0
        cost = tally.cost
        breakerOpenings = tally.openings
        failedProbes = tally.failedProbes
    }
}
