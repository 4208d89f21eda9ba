import ProviderKit
import Testing
import TransportKit

@testable import RouterKit

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
