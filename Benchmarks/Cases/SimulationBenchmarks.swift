import ProviderKit
import RouterKit

/// What a simulated request costs: two virtual minutes of 1,000 requests a second, with an outage in the middle.
@Sendable
func simulationBenchmarks() throws -> [Measurement] {
    let policy = RoutePolicy(name: "bench", targets: [Target("near", "small"), Target("far", "small")])
    let scenario = Scenario(
        rules: RoutingRules(routes: [.init(.model("bench"), policy: policy)]),
        providers: [
            SimulatedProvider(
                .init("near"),
                models: [.init("small")],
                incidents: [
                    .init(.down, at: .seconds(40), for: .seconds(30)),
                    .init(.errors(.overloaded, status: 503, retryAfter: nil), share: 0.02),
                ]
            ),
            SimulatedProvider(.init("far"), models: [.init("small")]),
        ],
        load: .init([.init("bench")], rate: 1000),
        duration: .seconds(120)
    )
    let simulation = try Simulation(scenario)
    let requests = Double(max(simulation.run().requests, 1))
    let whole = Sampler(samples: 3, warmUp: 0).measure("simulation.request", operations: 1) {
        keep(simulation.run().succeeded)
    }
    return [
        Measurement(
            name: whole.name,
            fastest: whole.fastest / requests,
            median: whole.median / requests,
            cpu: whole.cpu / requests
        )
    ]
}
