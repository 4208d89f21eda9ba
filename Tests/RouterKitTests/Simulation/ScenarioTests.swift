import ProviderKit
import Testing

@testable import RouterKit

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
