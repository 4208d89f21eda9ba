import Modelplex
import ProviderKit
import RouterKit
import Testing
import TransportKit

/// The scenarios of `Examples`, as they are or with a few words changed.
@Suite("Example scenarios")
struct ExampleScenarioTests {
    private func scenario(_ name: String, _ changes: [(String, String)] = []) throws -> Scenario {
        let path = "\(Fixtures.repository)/Examples/scenarios/\(name).toml"
        var text = String(decoding: try Fixtures.read(path), as: UTF8.self)
        for (old, new) in changes {
            try #require(text.contains(old))
            text.replace(old, with: new)
        }
        return try ConfigurationDocument(text).scenario()
    }

    private func run(_ scenario: Scenario) throws -> SimulationReport { try Simulation(scenario).run() }

    @Test("An outage of the first provider costs nobody the answer, if broken streams begin again")
    func outage() throws {
        // A shorter hour: the same outage, from minute 2 to minute 6.
        let times = [("\"1h\"", "\"10m\""), ("\"20m\"", "\"2m\""), ("for = \"10m\"", "for = \"4m\"")]
        let report = try run(scenario("outage", times))
        #expect(report.successRate == 1 && report.requests > 11_000)
        let back = try #require(report.recoveries.first?.back)
        #expect(back <= FailoverPolicy().breaker.open + .seconds(20))
        let alone = try run(scenario("outage", times + [(", \"far/small\"", "")]))
        #expect((0.5..<0.7).contains(alone.successRate))
        let failing = try run(scenario("outage", times + [("\"restart\"", "\"fail\"")]))
        #expect(failing.successRate < 1 && failing.successRate > 0.99)
        #expect(failing.failures.map(\.code) == [.streamCut])
    }

    @Test("A pool takes what its keys allow and the rest goes elsewhere; a dead key is asked now and then only")
    func rateLimits() throws {
        let report = try run(scenario("rate-limits"))
        #expect(report.successRate == 1)
        let answers = Dictionary(
            uniqueKeysWithValues: report.deployments.map { ($0.deployment.description, $0.answers) }
        )
        for key in ["pooled/large#one", "pooled/large#three"] {
            #expect((answers[key] ?? 0) <= 31 * 120 && (answers[key] ?? 0) > 1800, "\(key)")
        }
        let dead = try #require(report.deployments.first { $0.deployment.credential == "two" })
        let refusals = dead.failures.first { $0.code == .authentication }?.count ?? 0
        #expect((1...20).contains(refusals))
        #expect((answers["spare/large"] ?? 0) > 0)
    }

    @Test("A policy of a configuration plays without its keys; providers without a description have the usual times")
    func ownPolicy() throws {
        let path = "\(Fixtures.repository)/Examples/scenarios/own-policy.toml"
        var scenario = try Scenario.load(path: path)
        #expect(scenario.rules.aliases["best"] == "claude-sonnet-4-5" && scenario.rules.routes.count == 3)
        #expect(scenario.providers.map(\.provider.id) == ["openai", "anthropic", "local", "azure"])
        #expect(scenario.providers[1].provider.priority == 2)
        #expect(scenario.providers[1].timeouts.firstByte == .seconds(120))
        #expect(scenario.providers[3].provider.credentials.map(\.name) == ["team", "spare"])
        scenario.duration = .seconds(1200)
        let report = try run(scenario)
        #expect(report.successRate > 0.999 && report.requests > 11_000)
        #expect(report.deployments.contains { $0.deployment.provider == "anthropic" && !$0.failures.isEmpty })
    }

    @Test("Hedging makes the slowest first tokens come sooner, within its budget")
    func hedging() throws {
        let shorter = [("\"30m\"", "\"10m\"")]
        let hedged = try run(scenario("hedging", shorter))
        let ordered = try run(scenario("hedging", shorter + [("\"hedged\"", "\"ordered\"")]))
        #expect(hedged.successRate == 1 && ordered.successRate == 1)
        #expect(hedged.firstToken.p99 < ordered.firstToken.p99 * 0.5)
        #expect(Double(hedged.hedges) <= 0.1 * Double(hedged.requests))
        #expect(hedged.costs.reduce(0) { $0 + $1.cost } < 1.15 * ordered.costs.reduce(0) { $0 + $1.cost })
    }
}
