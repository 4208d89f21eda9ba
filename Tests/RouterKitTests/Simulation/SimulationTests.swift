import ProviderKit
import Testing
import TransportKit

@testable import RouterKit

/// A route `fast` to a near provider and a far one.
private func scenario(
    near: [SimulatedProvider.Incident] = [],
    far: [SimulatedProvider.Incident] = [],
    rate: Double = 20,
    duration: Duration = .seconds(300),
    seed: UInt64 = 1,
    change: (inout Scenario) -> Void = { _ in }
) -> Scenario {
    let policy = RoutePolicy(name: "fast", targets: [Target("near", "small"), Target("far", "small")])
    var scenario = Scenario(
        rules: RoutingRules(routes: [.init(.model("fast"), policy: policy)]),
        providers: [
            SimulatedProvider(
                .init("near"),
                models: [.init("small")],
                firstToken: .logNormal(median: 0.3, p99: 1),
                whole: .logNormal(median: 2, p99: 8),
                incidents: near
            ),
            SimulatedProvider(
                .init("far"),
                models: [.init("small")],
                firstToken: .fixed(0.5),
                whole: .fixed(3),
                incidents: far
            ),
        ],
        load: .init([.init("fast")], rate: rate),
        duration: duration,
        seed: seed
    )
    change(&scenario)
    return scenario
}

private func run(_ scenario: Scenario) throws -> SimulationReport {
    try Simulation(scenario).run()
}

extension Scenario {
    fileprivate var policy: RoutePolicy {
        get { rules.routes[0].policy }
        set { rules.routes[0].policy = newValue }
    }
}

extension SimulationReport {
    fileprivate func figures(_ provider: ProviderID, _ credential: String? = nil) -> DeploymentFigures? {
        deployments.first { $0.deployment.provider == provider && $0.deployment.credential == credential }
    }

    fileprivate func count(_ code: PlexError.Code) -> Int {
        failures.first { $0.code == code }?.count ?? 0
    }
}

@Suite("Simulation")
struct SimulationTests {
    @Test("The same seed gives the same report, another seed another one")
    func repeatable() throws {
        let cut = SimulatedProvider.Incident(.cut, at: .seconds(30), for: .seconds(60), share: 0.5)
        let one = try run(scenario(near: [cut]))
        #expect(try run(scenario(near: [cut])) == one)
        #expect(try run(scenario(near: [cut], seed: 2)) != one)
    }

    @Test("Without faults everybody is answered by the first target", arguments: StrategyName.all)
    func faultless(strategy: StrategyName) throws {
        let report = try run(scenario { $0.policy.strategy = strategy })
        #expect(report.requests > 5000)
        #expect(report.succeeded == report.requests)
        #expect(report.failures.isEmpty && report.waits == 0)
        #expect(report.attempts == report.requests + report.hedges)
        #expect(report.requestsByAttempts.reduce(0, +) == report.requests)
        if strategy == .ordered {
            #expect(report.figures("near")?.answers == report.requests)
        }
        if strategy == .hedged {
            #expect(report.hedges > 0)
            #expect(Double(report.hedges) <= 0.1 * Double(report.requests))
        }
    }

    @Test("The requests that are open are the rate times the mean time (Little's law)", arguments: [5.0, 20, 50])
    func littlesLaw(rate: Double) throws {
        let report = try run(scenario(rate: rate, duration: .seconds(Int(12_000 / rate))))
        let mean = Distribution.logNormal(median: 2, p99: 8).mean
        #expect(abs(report.meanInFlight / (rate * mean) - 1) < 0.1)
        #expect(abs(Double(report.requests) / 12_000 - 1) < 0.05)
        #expect(Double(report.peakInFlight) > report.meanInFlight)
        let near = try #require(report.figures("near"))
        #expect(abs(near.meanInFlight / report.meanInFlight - 1) < 0.05)
    }

    @Test("Latencies come out as they were described")
    func latencies() throws {
        let report = try run(scenario(duration: .seconds(600)) { $0.load.streamed = 1 })
        #expect(abs(report.firstToken.p50 / .milliseconds(300) - 1) < 0.05)
        #expect(abs(report.firstToken.p99 / .seconds(1) - 1) < 0.1)
        #expect(abs(report.whole.p50 / .seconds(2) - 1) < 0.05)
        #expect(abs(report.whole.p99 / .seconds(8) - 1) < 0.1)
        #expect(report.whole.count == report.succeeded)
        #expect(report.whole.p95 <= report.whole.p99 && report.whole.p99 <= report.whole.maximum)
    }

    @Test("An outage of the first target costs nobody the answer, and it is asked again when it is back")
    func outage() throws {
        let outage = SimulatedProvider.Incident(.down, at: .seconds(60), for: .seconds(90))
        let report = try run(scenario(near: [outage]) { $0.policy.onStreamCut = .restart })
        #expect(report.successRate == 1)
        let near = try #require(report.figures("near"))
        #expect(near.breakerOpenings == 1)
        // One request each half minute finds out that it is still down.
        #expect((1...3).contains(near.failedProbes))
        let recovery = try #require(report.recoveries.first)
        #expect(recovery.recovered == .seconds(150))
        let back = try #require(recovery.back)
        let open = FailoverPolicy().breaker.open
        #expect(back > .zero && back <= open + .seconds(20))
        let minutes = report.timeline
        #expect(minutes.count == 5)
        // The last ones of the first minute were still being answered when the outage began.
        #expect(minutes[0].answers[0] > minutes[0].requests * 9 / 10)
        #expect(minutes[1].answers[1] > minutes[1].requests * 9 / 10)
        #expect(minutes[4].answers[0] == minutes[4].requests)
    }

    @Test("Nothing else to ask: callers get errors while the breaker is open, and not one more after it is back")
    func lonely() throws {
        let outage = SimulatedProvider.Incident(.down, at: .seconds(60), for: .seconds(60))
        let report = try run(
            scenario(near: [outage]) {
                $0.policy.targets = [Target("near", "small")]
                $0.load.streamed = 0
            }
        )
        #expect((0.5..<0.9).contains(report.successRate))
        #expect(report.count(.network) + report.count(.overloaded) == report.requests - report.succeeded)
        #expect(report.timeline[0].succeeded > 0 && report.timeline[4].succeeded == report.timeline[4].requests)
    }

    @Test("Results scale with the load")
    func scaling() throws {
        let reports = try [10.0, 20, 40].map { rate in
            try run(
                scenario(near: [.init(.errors(.upstream, status: 500, retryAfter: nil), share: 0.05)], rate: rate) {
                    $0.rules.prices["near/small"] = Price(input: 1, output: 2)
                }
            )
        }
        for (less, more) in zip(reports, reports.dropFirst()) {
            #expect(abs(Double(more.requests) / Double(less.requests) - 2) < 0.15)
            #expect(abs(more.costs[0].cost / less.costs[0].cost - 2) < 0.35)
            #expect(abs(more.meanInFlight / less.meanInFlight - 2) < 0.25)
            #expect(more.successRate == 1 && less.successRate == 1)
        }
    }

    @Test("The same requests come whatever the providers do")
    func commonRequests() throws {
        let calm = try run(scenario())
        let stormy = try run(scenario(near: [.init(.down)], far: [.init(.slow(factor: 3))]))
        #expect(calm.timeline.map(\.requests) == stormy.timeline.map(\.requests))
    }
}

@Suite("Simulated faults")
struct SimulatedFaultTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var incident: SimulatedProvider.Incident
        /// What requests to the first target fail with.
        var code: PlexError.Code
        var testDescription: String { name }
    }

    static let cases: [Case] = [
        Case(name: "down", incident: .init(.down), code: .network),
        Case(
            name: "overloaded",
            incident: .init(.errors(.overloaded, status: 529, retryAfter: nil)),
            code: .overloaded
        ),
        Case(name: "stall", incident: .init(.stall), code: .timeout(.firstByte)),
        Case(name: "slow", incident: .init(.slow(factor: 1000)), code: .timeout(.firstByte)),
        Case(
            name: "18 days",
            incident: .init(.errors(.rateLimited, status: 429, retryAfter: .seconds(18 * 86_400))),
            code: .rateLimited
        ),
        Case(
            name: "dead key",
            incident: .init(.errors(.authentication, status: 401, retryAfter: nil)),
            code: .authentication
        ),
    ]

    @Test("A target that always fails is replaced by the next", arguments: cases)
    func alwaysFailing(_ one: Case) throws {
        let report = try run(
            scenario(near: [one.incident]) { scenario in
                scenario.providers[0].timeouts.firstByte = .seconds(10)
            }
        )
        #expect(report.successRate == 1)
        let near = try #require(report.figures("near"))
        #expect(near.answers == 0 && near.failures.map(\.code) == [one.code])
        // It is left alone but for a request now and then; those that were under way when it failed first are no mistake.
        #expect(near.attempts < report.requests / 10)
        #expect(report.figures("far")?.answers == report.requests)
    }

    @Test("An 18-day Retry-After keeps a target away for the cap, and one request finds out")
    func longRetryAfter() throws {
        let incident = SimulatedProvider.Incident(
            .errors(.rateLimited, status: 429, retryAfter: .seconds(18 * 86_400)),
            for: .seconds(1)
        )
        let report = try run(
            scenario(near: [incident], duration: .seconds(240)) { $0.failover.retryAfterCap = .seconds(60) }
        )
        let back = try #require(report.recoveries.first?.back)
        #expect(back > .seconds(58) && back < .seconds(75))
        #expect(report.successRate == 1)
    }

    struct CutCase: Sendable {
        var policy: RoutePolicy.StreamCut
        var seesCuts: Bool
        var mends: Bool
    }

    @Test(
        "A cut is seen by callers, hidden from them or mended, as the route says",
        arguments: [
            CutCase(policy: .fail, seesCuts: true, mends: false),
            CutCase(policy: .hold, seesCuts: false, mends: false),
            CutCase(policy: .restart, seesCuts: false, mends: true),
            CutCase(policy: .continue, seesCuts: false, mends: true),
        ]
    )
    func cuts(_ one: CutCase) throws {
        let report = try run(
            scenario(near: [.init(.cut, share: 0.2)]) { scenario in
                scenario.policy.onStreamCut = one.policy
                scenario.load.streamed = 1
            }
        )
        let cuts = try #require(report.cuts.first)
        #expect(cuts.onStreamCut == one.policy && cuts.broken > 100)
        #expect(cuts.seen == (one.seesCuts ? cuts.broken : 0))
        #expect(cuts.mended == (one.mends ? cuts.broken : 0))
        #expect(report.requests - report.succeeded == cuts.seen)
        #expect(report.count(.streamCut) == cuts.seen)
    }

    @Test("Whoever cannot go on with an answer is passed over")
    func prefill() throws {
        let report = try run(
            scenario(near: [.init(.cut, share: 0.2)]) { scenario in
                scenario.policy.onStreamCut = .continue
                scenario.load.streamed = 1
                scenario.providers[1].models[0].capabilities.features.remove(.prefill)
            }
        )
        let cuts = try #require(report.cuts.first)
        #expect(report.figures("far")?.failures.first?.code == .unsupported)
        #expect(report.figures("far")?.answers == 0)
        // The first goes on with its own answer, and what it begins may break again.
        #expect(cuts.mended > 0 && cuts.seen + cuts.mended <= cuts.broken)
        #expect(report.succeeded + cuts.seen == report.requests)
    }

    @Test("A rate limit lets through what it says, and no more")
    func rateLimit() throws {
        let report = try run(
            scenario(rate: 20) { $0.providers[0].rateLimit = .init(requests: 5, per: .seconds(1)) }
        )
        let near = try #require(report.figures("near"))
        #expect(report.successRate == 1)
        #expect(near.answers <= 5 * 301 && near.answers > 5 * 300 / 2)
        #expect(near.failures.map(\.code) == [.rateLimited])
    }

    @Test("Of a pool with a dead key the others go on")
    func deadKey() throws {
        let report = try run(
            scenario { scenario in
                scenario.policy.targets = [Target("near", "small")]
                scenario.providers[0].provider.credentials = [.init("a"), .init("b")]
                scenario.providers[0].incidents = [
                    .init(.errors(.authentication, status: 401, retryAfter: nil), credential: "a")
                ]
            }
        )
        #expect(report.successRate == 1)
        #expect(report.figures("near", "b")?.answers == report.requests)
        #expect((1...3).contains(report.figures("near", "a")?.attempts ?? 0))
    }

    @Test("More than a provider can do at a time is refused by it and done by the next")
    func concurrency() throws {
        let report = try run(scenario { $0.providers[0].concurrency = 10 })
        let near = try #require(report.figures("near"))
        #expect(near.meanInFlight <= 10.01)
        #expect(near.failures.map(\.code) == [.overloaded])
        #expect(report.successRate == 1)
    }

    @Test("Hedging shortens the slowest answers and keeps to its budget")
    func hedging() throws {
        func report(_ strategy: StrategyName) throws -> SimulationReport {
            try run(
                scenario(duration: .seconds(450)) { scenario in
                    scenario.policy.strategy = strategy
                    scenario.load.streamed = 1
                    scenario.providers[0].firstToken = .logNormal(median: 0.2, p99: 8)
                    scenario.providers[0].whole = .logNormal(median: 2, p99: 10)
                }
            )
        }
        let (plain, hedged) = (try report(.ordered), try report(.hedged))
        #expect(hedged.firstToken.p99 < plain.firstToken.p99 * 0.6)
        #expect(hedged.hedgesWon > 0 && hedged.hedgesWon <= hedged.hedges)
        #expect(Double(hedged.hedges) <= 0.1 * Double(hedged.requests))
    }

    @Test("Callers who leave are counted as such, and give their places free")
    func patience() throws {
        let report = try run(
            scenario(near: [.init(.stall)]) { scenario in
                scenario.policy.targets = [Target("near", "small")]
                scenario.load.patience = .seconds(5)
                scenario.providers[0].concurrency = 1000
            }
        )
        #expect(report.succeeded == 0)
        #expect(report.count(.cancelled) == report.requests)
        #expect(abs(report.meanInFlight - 100) < 10)
        #expect(report.figures("near")?.abandoned == report.requests)
    }

    @Test("A request that needs what the first cannot do goes to the second")
    func needs() throws {
        let report = try run(
            scenario { scenario in
                scenario.load.tools = 0.5
                scenario.providers[0].models[0].capabilities.features.remove(.tools)
            }
        )
        let share = Double(report.figures("far")?.answers ?? 0) / Double(report.requests)
        #expect(abs(share - 0.5) < 0.05)
        #expect(report.successRate == 1)
    }

    @Test("The deadline ends what takes too long")
    func deadline() throws {
        let report = try run(
            scenario(near: [.init(.stall)], far: [.init(.stall)]) { scenario in
                scenario.policy.deadline = .seconds(10)
                scenario.providers[0].timeouts.firstByte = .seconds(4)
            }
        )
        #expect(report.succeeded == 0)
        #expect(report.count(.timeout(.firstByte)) + report.count(.overloaded) == report.requests)
        #expect(Double(report.peakInFlight) < 20 * 10 * 1.5)
    }
}

@Suite("Scenarios")
struct ScenarioTests {
    struct Bad: Sendable {
        var expected: String
        var change: @Sendable (inout Scenario) -> Void
    }

    @Test(
        "What does not fit together is told",
        arguments: [
            Bad(expected: "no request comes") { $0.load.phases = [] },
            Bad(expected: "no request comes") { $0.load.demands = [] },
            Bad(expected: "no provider offers") { $0.load.demands = [.init("slow")] },
            Bad(expected: "there is no such provider") {
                $0.rules.routes[0].policy.targets = [Target("here", "small")]
            },
            Bad(expected: "not above 0") { $0.load.demands = [.init("fast", weight: 0)] },
            Bad(expected: "a credential c") { $0.providers[0].incidents = [.init(.down, credential: "c")] },
            Bad(expected: "a model large") { $0.providers[0].incidents = [.init(.down, model: "large")] },
        ]
    )
    func bad(_ bad: Bad) {
        var scenario = scenario()
        bad.change(&scenario)
        let error = #expect(throws: PlexError.self) { _ = try Simulation(scenario) }
        #expect(error?.description.contains(bad.expected) == true, "\(error?.description ?? "")")
    }

    @Test("The rate follows the phases")
    func phases() throws {
        let report = try run(
            scenario(duration: .seconds(300)) {
                $0.load.phases = [
                    .init(at: .seconds(60), rate: 10), .init(at: .seconds(120), rate: 0),
                    .init(at: .seconds(180), rate: 40),
                ]
            }
        )
        let counts = report.timeline.map(\.requests)
        #expect(counts[0] == 0 && counts[2] == 0)
        #expect(abs(counts[1] - 600) < 120 && abs(counts[3] - 2400) < 240 && abs(counts[4] - 2400) < 240)
    }

    @Test("A caller asks, waits for the answer, pauses and asks again", arguments: [10, 60])
    func callers(count: Int) throws {
        let report = try run(
            scenario(duration: .seconds(300)) { scenario in
                scenario.load = .init([.init("fast")], callers: .init(count, pause: .exponential(median: 2)))
                scenario.providers[0].whole = .fixed(1)
                scenario.providers[0].firstToken = .fixed(0.5)
            }
        )
        #expect(report.successRate == 1)
        #expect(report.peakInFlight <= count)
        let round = 1 + Distribution.exponential(median: 2).mean
        #expect(abs(Double(report.requests) / (300 * Double(count) / round) - 1) < 0.1)
    }

    @Test("Callers who are refused at once do not ask without end")
    func impatientCallers() throws {
        let report = try run(
            scenario(near: [.init(.down)], far: [.init(.down)], duration: .seconds(60)) { scenario in
                scenario.load = .init([.init("fast")], callers: .init(3, pause: .fixed(0)))
                scenario.policy.attempts = 1
                scenario.failover.retry.maximum = .milliseconds(1)
            }
        )
        #expect(report.succeeded == 0 && report.requests <= 3 * 60 * 100)
    }

    @Test("Distributions have their percentiles")
    func distributions() {
        let all: [(Distribution, p50: Double, p99: Double)] = [
            (.fixed(2), 2, 2), (.uniform(from: 1, to: 3), 2, 2.98), (.normal(median: 5, p99: 8), 5, 8),
            (.logNormal(median: 0.5, p99: 4), 0.5, 4), (.exponential(median: 1), 1, 6.64),
        ]
        for (distribution, p50, p99) in all {
            let sampler = DistributionSampler(distribution)
            var generator = SeededGenerator(seed: 7)
            let values = (0..<100_000).map { _ in sampler.draw(&generator) }.sorted()
            #expect(abs(values[50_000] / p50 - 1) < 0.03, "\(distribution)")
            #expect(abs(values[99_000] / p99 - 1) < 0.05, "\(distribution)")
            let mean = values.reduce(0, +) / 100_000
            #expect(abs(mean / distribution.mean - 1) < 0.05, "\(distribution)")
            #expect(values[0] >= 0)
        }
    }
}
