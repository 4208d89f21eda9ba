import ProviderKit
import Testing

@testable import RouterKit

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
