import ProviderKit

@testable import RouterKit

/// A route `fast` to a near provider and a far one.
func scenario(
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

func run(_ scenario: Scenario) throws -> SimulationReport {
    try Simulation(scenario).run()
}

extension Scenario {
    var policy: RoutePolicy {
        get { rules.routes[0].policy }
        set { rules.routes[0].policy = newValue }
    }
}

extension SimulationReport {
    func figures(_ provider: ProviderID, _ credential: String? = nil) -> DeploymentFigures? {
        deployments.first { $0.deployment.provider == provider && $0.deployment.credential == credential }
    }

    func count(_ code: PlexError.Code) -> Int {
        failures.first { $0.code == code }?.count ?? 0
    }
}
