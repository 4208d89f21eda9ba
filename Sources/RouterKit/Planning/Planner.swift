internal import ProviderKit

/// Makes plans: whom to ask, in which order, and why not the others.
///
/// It is a pure function of the request, the route, what is known of the deployments, the time and a seed.
public struct Planner: Sendable {
    private let strategies: [any RoutingStrategy]

    /// Makes a planner.
    ///
    /// - Parameter strategies: Strategies beside the built-in ones; one of the same name as a built-in one replaces it.
    public init(strategies: [any RoutingStrategy] = []) {
        self.strategies = strategies
    }

    /// The names that routes may ask for.
    public var strategyNames: [StrategyName] {
        StrategyName.all + strategies.map(\.name).filter { !StrategyName.all.contains($0) }
    }

    /// Makes a plan.
    ///
    /// - Parameters:
    ///   - query: What is known of the request.
    ///   - route: The route.
    ///   - table: The deployments.
    ///   - health: What is known of how they do.
    ///   - sequence: How many requests the route has had before.
    ///   - now: The time.
    ///   - seed: Where chance comes from; the same seed gives the same plan.
    /// - Returns: The plan.
    public func plan(
        _ query: RouteQuery,
        on route: CompiledRoute,
        table: DeploymentTable,
        health: HealthBook,
        sequence: Int,
        at now: Duration,
        seed: UInt64
    ) -> RoutePlan {
        let policy = route.policy
        let strategy = strategy(named: policy.strategy)
        var survey = Survey(
            query: query,
            table: table,
            health: health,
            now: now,
            needs: policy.checksCapabilities ? Needs(query) : nil,
            sequence: max(sequence, 0),
            generator: SeededGenerator(seed: seed)
        )
        let (candidates, readyTargets) = survey.candidates(of: route.places, by: strategy)
        var plan = RoutePlan(candidates: candidates)
        if !route.contextPlaces.targets.isEmpty {
            plan.contextFallback = survey.candidates(of: route.contextPlaces, by: .builtIn(.ordered)).candidates
        }
        if !route.contentPlaces.targets.isEmpty {
            plan.contentFallback = survey.candidates(of: route.contentPlaces, by: .builtIn(.ordered)).candidates
        }
        plan.skips = survey.skips
        if plan.candidates.isEmpty, plan.skips.contains(where: \.isForReasoning) {
            // A wish: a model that does not think answers too, which is more than an error.
            var query = query
            query.needs.remove(.reasoning)
            return self.plan(
                query,
                on: route,
                table: table,
                health: health,
                sequence: sequence,
                at: now,
                seed: seed
            )
        }
        if plan.candidates.isEmpty, plan.skips.contains(where: \.isForLength) {
            // All are too small, by estimate: no reason to be told so by one of them first.
            plan.candidates = plan.contextFallback
        }
        if strategy.isHedged, readyTargets >= 2,
            health.hedgeIsWithinBudget(route: route.number, budget: policy.hedging.budget)
        {
            let usual = health.firstTokenPercentile(route.number, policy.hedging.percentile)
            plan.hedgeDelay = max(policy.hedging.minimumDelay, usual ?? policy.hedging.initialDelay)
        }
        return plan
    }

    private func strategy(named name: StrategyName) -> ChosenStrategy {
        if !strategies.isEmpty, let own = strategies.last(where: { $0.name == name }) { return .own(own) }
        // Names that nobody knows are refused when a configuration is read.
        return .builtIn(BuiltInStrategy(name) ?? .ordered)
    }
}

/// A strategy, and what it has to be told.
enum ChosenStrategy {
    case builtIn(BuiltInStrategy)
    case own(any RoutingStrategy)

    var isHedged: Bool { if case .builtIn(.hedged) = self { true } else { false } }

    /// Whether each target gets its turn after as many requests as there are targets.
    var takesTurns: Bool { if case .builtIn(.roundRobin) = self { true } else { false } }

    var usesLatency: Bool {
        switch self {
        case .builtIn(let strategy): strategy == .leastLatency
        case .own: true
        }
    }

    var usesCost: Bool {
        switch self {
        case .builtIn(let strategy): strategy == .cheapest
        case .own: true
        }
    }

    func order(_ options: inout [StrategyOption], in context: inout StrategyContext) {
        switch self {
        case .builtIn(let strategy): strategy.order(&options, in: &context)
        case .own(let strategy):
            let given = options
            strategy.order(&options, in: &context)
            options = Self.mended(options, given: given)
        }
    }

    /// What a program's own strategy gave back, without what it made up and with what it lost.
    private static func mended(_ options: [StrategyOption], given: [StrategyOption]) -> [StrategyOption] {
        var rest = given
        var result: [StrategyOption] = []
        for option in options {
            if let place = rest.firstIndex(where: { $0.target == option.target }) {
                result.append(rest.remove(at: place))
            }
        }
        return result + rest
    }
}

extension RoutePlan.Skip {
    fileprivate var isForReasoning: Bool { reason == .lacks(.reasoning) }
    fileprivate var isForLength: Bool { if case .contextLength = reason { true } else { false } }
}
