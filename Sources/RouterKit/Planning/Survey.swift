/// One look at the deployments of a route, for one plan.
struct Survey {
    /// The tokens of an answer about which nothing is said, for prices.
    static let usualAnswer = 500

    let query: RouteQuery
    let table: DeploymentTable
    let health: HealthBook
    let now: Duration
    /// The same in seconds.
    private let seconds: Double
    /// What has to be there; `nil` where nobody looks.
    let needs: Needs?
    let sequence: Int
    var generator: SeededGenerator
    var skips: [RoutePlan.Skip] = []

    private struct Late {
        var candidate: RoutePlan.Candidate
        var back: Duration
    }

    init(
        query: RouteQuery,
        table: DeploymentTable,
        health: HealthBook,
        now: Duration,
        needs: Needs?,
        sequence: Int,
        generator: SeededGenerator
    ) {
        self.query = query
        self.table = table
        self.health = health
        self.now = now
        seconds = now.inSeconds
        self.needs = needs
        self.sequence = sequence
        self.generator = generator
    }

    /// Puts what can be asked in order: who is ready, then who is under suspicion, then who has to be left alone.
    mutating func candidates(
        of places: CompiledRoute.Places,
        by strategy: ChosenStrategy
    ) -> (candidates: [RoutePlan.Candidate], readyTargets: Int) {
        let usesLatency = strategy.usesLatency
        let usesCost = strategy.usesCost
        var options: [StrategyOption] = []
        options.reserveCapacity(places.targets.count)
        var suspects: [RoutePlan.Candidate] = []
        var late: [Late] = []
        for target in places.targets.indices {
            let place = places.targets[target]
            var ready = 0
            var inFlight = 0
            for slot in place.range {
                let deployment = places.deployments[slot]
                if let needs, !needs.areMet(by: deployment, in: table) {
                    if let reason = needs.reasonAgainst(deployment, in: table) {
                        skips.append(RoutePlan.Skip(deployment, reason))
                    }
                    continue
                }
                inFlight += health.inFlight(deployment)
                if isHealthy(deployment) {
                    ready += 1
                    continue
                }
                let availability = availability(of: deployment)
                let candidate = RoutePlan.Candidate(deployment, target: places.first + target)
                let (reason, back) = Self.reason(for: availability, at: now)
                skips.append(RoutePlan.Skip(deployment, reason))
                if case .suspect = availability {
                    suspects.append(candidate)
                } else {
                    late.append(Late(candidate: candidate, back: back))
                }
            }
            if ready > 0 {
                var option = StrategyOption(
                    target: target,
                    weight: place.weight,
                    identity: place.identity,
                    inFlight: inFlight
                )
                option.isWhollyReady = ready == place.range.count
                if usesLatency { addLatency(to: &option, place, of: places) }
                if usesCost { addCost(to: &option, place, of: places) }
                options.append(option)
            }
        }
        let readyTargets = options.count
        if options.isEmpty {
            for candidate in suspects where options.last?.target != candidate.target - places.first {
                let target = candidate.target - places.first
                let place = places.targets[target]
                var option = StrategyOption(target: target, weight: place.weight, identity: place.identity)
                if usesLatency { addLatency(to: &option, place, of: places) }
                if usesCost { addCost(to: &option, place, of: places) }
                options.append(option)
            }
        }
        order(&options, by: strategy)
        var candidates: [RoutePlan.Candidate] = []
        candidates.reserveCapacity(places.deployments.count)
        if readyTargets > 0 {
            let turn = strategy.takesTurns ? sequence / readyTargets : sequence
            for option in options {
                let start = candidates.count
                let place = places.targets[option.target]
                for slot in place.range where option.isWhollyReady || isReady(places.deployments[slot]) {
                    candidates.append(
                        RoutePlan.Candidate(places.deployments[slot], target: places.first + option.target)
                    )
                }
                if candidates.count - start > 1 { arrange(&candidates, from: start, by: place.pool, turn: turn) }
            }
        }
        if !suspects.isEmpty { candidates += inOrder(suspects, of: options, first: places.first) }
        if !late.isEmpty {
            late.sort { $0.back < $1.back }
            candidates += late.map(\.candidate)
        }
        return (candidates, readyTargets)
    }

    // MARK: - Targets

    private func addLatency(
        to option: inout StrategyOption,
        _ place: CompiledRoute.Place,
        of places: CompiledRoute.Places
    ) {
        // The credentials of a target share its machines: the fastest tells most of them.
        for slot in place.range {
            guard let latency = health.latencyInSeconds(places.deployments[slot], at: seconds) else { continue }
            option.latencyInSeconds = min(option.latencyInSeconds ?? latency, latency)
        }
    }

    private func addCost(
        to option: inout StrategyOption,
        _ place: CompiledRoute.Place,
        of places: CompiledRoute.Places
    ) {
        option.cost = table.planning[places.deployments[place.range.lowerBound].index].price?.cost(
            input: max(query.promptTokens, 1),
            output: query.answerTokens ?? Self.usualAnswer
        )
    }

    private mutating func order(_ options: inout [StrategyOption], by strategy: ChosenStrategy) {
        guard options.count > 1 else { return }
        var context = StrategyContext(query: query, sequence: sequence, generator: generator)
        strategy.order(&options, in: &context)
        generator = context.generator
    }

    private func inOrder(
        _ suspects: [RoutePlan.Candidate],
        of options: [StrategyOption],
        first: Int
    ) -> [RoutePlan.Candidate] {
        let ranked = suspects.map { candidate in
            (rank: options.firstIndex { $0.target == candidate.target - first } ?? .max, candidate: candidate)
        }
        // The sort is stable: the credentials of a target stay in their order.
        return ranked.sorted { $0.rank < $1.rank }.map(\.candidate)
    }

    // MARK: - Deployments

    private func availability(of deployment: DeploymentID) -> HealthBook.Availability {
        health.availability(of: deployment, credential: table.planning[deployment.index].credential, at: now)
    }

    private func isReady(_ deployment: DeploymentID) -> Bool {
        needs?.areMet(by: deployment, in: table) != false && isHealthy(deployment)
    }

    private func isHealthy(_ deployment: DeploymentID) -> Bool {
        health.isReady(deployment, credential: table.planning[deployment.index].credential, at: now)
    }

    private static func reason(
        for availability: HealthBook.Availability,
        at now: Duration
    ) -> (RoutePlan.SkipReason, back: Duration) {
        switch availability {
        case .cooling(let until): (.cooling(until: until), until)
        case .breakerOpen(let until): (.breakerOpen(until: until), until)
        case .suspect(let code): (.refused(code), now)
        // It may be over at any moment.
        case .probing, .ready: (.probing, now)
        }
    }

    // MARK: - Credentials

    private mutating func arrange(
        _ candidates: inout [RoutePlan.Candidate],
        from start: Int,
        by pool: CompiledRoute.CredentialStrategy,
        turn: Int
    ) {
        switch pool {
        case .fillFirst: break
        case .weighted: draw(&candidates, from: start)
        case .sticky:
            guard let affinity = query.affinity else {
                rotate(&candidates, from: start, turn: turn)
                return
            }
            let ranked = candidates[start...].map { candidate in
                let facts = table.planning[candidate.deployment.index]
                let rank = StableHash.rendezvous(
                    affinity,
                    facts.credentialIdentity,
                    weight: facts.credentialWeight
                )
                return (rank: rank, candidate: candidate)
            }
            candidates.replaceSubrange(start..., with: ranked.sorted { $0.rank < $1.rank }.map(\.candidate))
        case .roundRobin: rotate(&candidates, from: start, turn: turn)
        }
    }

    private func rotate(_ candidates: inout [RoutePlan.Candidate], from start: Int, turn: Int) {
        let middle = start + turn % (candidates.count - start)
        guard middle > start else { return }
        candidates.replaceSubrange(start..., with: Array(candidates[middle...] + candidates[start..<middle]))
    }

    private mutating func draw(_ candidates: inout [RoutePlan.Candidate], from start: Int) {
        func weight(_ place: Int) -> Double {
            table.planning[candidates[place].deployment.index].credentialWeight
        }
        var total = (start..<candidates.count).reduce(0) { $0 + weight($1) }
        for place in start..<(candidates.count - 1) {
            var rest = StableHash.fraction(generator.next()) * total
            var drawn = place
            while drawn < candidates.count - 1, rest >= weight(drawn) {
                rest -= weight(drawn)
                drawn += 1
            }
            total -= weight(drawn)
            candidates.swapAt(place, drawn)
        }
    }
}
