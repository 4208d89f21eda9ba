import ProviderKit
import RouterKit

/// What routing does for each request: a plan for 50 targets by each kind of strategy, and the way through it.
@Sendable
func routingBenchmarks() -> [Measurement] {
    let sampler = Sampler()
    let names: [(StrategyName, String)] = [
        (.ordered, "ordered"), (.weighted, "weighted"), (.leastLatency, "least-latency"), (.cheapest, "cheapest"),
        (.sticky, "sticky"),
    ]
    var measurements = names.map { strategy, name in
        let course = Course(strategy: strategy)
        var seed: UInt64 = 0
        return sampler.measure("routing.plan-\(name)", operations: 5000) {
            seed &+= 1
            keep(course.plan(seed: seed).candidates.count)
        }
    }
    var course = Course(strategy: .ordered)
    let plan = course.plan(seed: 1)
    measurements.append(
        sampler.measure("routing.execution", operations: 20_000) { course.succeed(plan, after: 0) }
    )
    measurements.append(
        sampler.measure("routing.execution-failing-twice", operations: 20_000) { course.succeed(plan, after: 2) }
    )
    return measurements
}

/// A route over 50 targets of ten providers, of which a few are not well.
private struct Course {
    private var table = DeploymentTable()
    private var book = HealthBook()
    private let route: CompiledRoute
    private let query = RouteQuery(
        model: "bench",
        needs: [.tools, .streaming],
        promptTokens: 1200,
        answerTokens: 300,
        affinity: 0x5EED
    )

    init(strategy: StrategyName) {
        var table = DeploymentTable()
        let choices = (0..<50).map { place in
            let target = Target(
                ProviderID("provider\(place % 10)"),
                ModelID("model\(place)"),
                weight: Double(place + 1)
            )
            let facts = DeploymentFacts(
                Deployment(target.provider, target.model),
                capabilities: Capabilities(features: [.streaming, .tools, .vision], contextLength: 128_000),
                price: Price(input: Double(place % 7), output: 10),
                credential: place % 10
            )
            return CompiledRoute.Choice(target: target, deployments: [table.insert(facts)])
        }
        var policy = RoutePolicy(name: "bench", targets: choices.map(\.target))
        policy.strategy = strategy
        route = CompiledRoute(policy: policy, number: 0, choices: choices)
        for choice in choices {
            for id in choice.deployments {
                book.begin(id, credential: table[id].credential, at: .zero)
                book.noteFirstToken(id, route: 0, after: .milliseconds(100 + id.index), at: .zero)
                let outcome: AttemptOutcome =
                    id.index % 16 == 15 ? .failure(.rateLimited, retryAfter: .seconds(600)) : .success
                book.end(id, credential: table[id].credential, outcome, at: .zero)
            }
        }
        self.table = table
    }

    func plan(seed: UInt64) -> RoutePlan {
        Planner().plan(
            query,
            on: route,
            table: table,
            health: book,
            sequence: Int(seed),
            at: .seconds(1),
            seed: seed
        )
    }

    /// From a plan to an answer, after some failures.
    mutating func succeed(_ plan: RoutePlan, after failures: Int) {
        let now = Duration.seconds(1)
        var execution = Execution(plan: plan, policy: route.policy, failover: book.policy, start: now, seed: 7)
        for attempt in 0...failures {
            guard case .send(let id, _) = execution.next(table: table, health: book, at: now) else { return }
            let credential = table[id].credential
            let isProbe = book.begin(id, credential: credential, at: now)
            if attempt < failures {
                execution.failed(id, .internal, status: 500, at: now)
                book.end(id, credential: credential, .failure(.internal, retryAfter: nil), isProbe: isProbe, at: now)
            } else {
                book.noteFirstToken(id, route: 0, after: .milliseconds(120), at: now)
                book.end(id, credential: credential, .success, isProbe: isProbe, at: now)
            }
        }
        keep(execution.attempts)
    }
}
