// An outage in virtual time, before it happens: half an hour of requests takes a moment, and the same seed gives the same report.
// Run: swift run Outage

import RouterKit

@main
struct Outage {
    static func main() throws {
        let scenario = Scenario(
            rules: RoutingRules(routes: [
                .init(.model("fast"), targets: [Target("cloud", "large"), Target("local", "small")])
            ]),
            providers: [
                SimulatedProvider(
                    .init("cloud", models: ["large"]),
                    models: [.init("large")],
                    incidents: [.init(.down, at: .seconds(600), for: .seconds(300))]
                ),
                SimulatedProvider(.init("local", models: ["small"]), models: [.init("small")], tokensPerSecond: 20),
            ],
            load: .init([.init("fast")], rate: 2),
            duration: .seconds(1800)
        )
        let report = try Simulation(scenario).run()
        print("\(report.succeeded) of \(report.requests) requests were answered,")
        print("half of them within \(report.whole.p50)")
        for figures in report.deployments {
            print("\(figures.deployment): \(figures.answers) answers, breaker opened \(figures.breakerOpenings) times")
        }
    }
}
