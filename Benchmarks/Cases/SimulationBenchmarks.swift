import ProviderKit
import RouterKit

/// What a simulated request costs: two virtual minutes of 1,000 requests a second, with an outage in the middle.
@Sendable
func simulationBenchmarks() throws -> [Measurement] {
    let simulation = try Simulation(scenario(of: .seconds(120)))
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

/// A whole virtual hour of 1,000 requests a second, which takes long enough to be asked for by name.
@Sendable
func hourBenchmark() throws -> [Measurement] {
    let simulation = try Simulation(scenario(of: .seconds(3600)))
    return [
        Sampler(samples: 1, warmUp: 0).measure("simulation.hour", operations: 1) { keep(simulation.run().succeeded) }
    ]
}

private func scenario(of duration: Duration) -> Scenario {
    let policy = RoutePolicy(name: "bench", targets: [Target("near", "small"), Target("far", "small")])
    return Scenario(
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
        duration: duration
    )
}
