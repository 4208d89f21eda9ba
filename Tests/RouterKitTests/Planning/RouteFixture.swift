import ProviderKit
import RouterKit

/// Deployments and routes for tests, written in a line.
struct RouteFixture {
    /// A target: its name, and what is known of it.
    struct Spec {
        var name: String
        var provider: String?
        var weight = 1.0
        var credentials: [(name: String, weight: Double)] = []
        var pool = CompiledRoute.CredentialStrategy.roundRobin
        var features: Set<Capabilities.Feature> = [.streaming]
        var contextLength: Int?
        var price: Price?
    }

    private(set) var table = DeploymentTable()
    private var credentials: [String] = []

    static func specs(_ names: String...) -> [Spec] { names.map { Spec(name: $0) } }

    mutating func choices(_ specs: [Spec]) -> [CompiledRoute.Choice] {
        specs.map { spec in
            let target = Target(ProviderID(spec.provider ?? spec.name), ModelID(spec.name), weight: spec.weight)
            let pool =
                spec.credentials.isEmpty ? [(name: nil, weight: 1)] : spec.credentials.map { ($0.name, $0.weight) }
            let deployments = pool.map { (credential: (name: String?, weight: Double)) in
                table.insert(
                    DeploymentFacts(
                        Deployment(target.provider, target.model, credential: credential.name),
                        capabilities: Capabilities(features: spec.features, contextLength: spec.contextLength),
                        price: spec.price,
                        credential: place(of: "\(target.provider)#\(credential.name ?? "")"),
                        credentialWeight: credential.weight
                    )
                )
            }
            return CompiledRoute.Choice(target: target, deployments: deployments, pool: spec.pool)
        }
    }

    private mutating func place(of credential: String) -> Int {
        if let place = credentials.firstIndex(of: credential) { return place }
        credentials.append(credential)
        return credentials.count - 1
    }

    func credential(of id: DeploymentID) -> Int { table[id].credential }

    func id(_ name: String, credential: String? = nil) -> DeploymentID {
        let place = table.facts.firstIndex {
            $0.deployment.model.rawValue == name && $0.deployment.credential == credential
        }
        return DeploymentID(place ?? -1)
    }

    /// The models' names, with the credentials' behind `#`.
    func names(_ candidates: [RoutePlan.Candidate]) -> [String] { candidates.map { name($0.deployment) } }

    func name(_ id: DeploymentID) -> String {
        let deployment = table[id].deployment
        return deployment.model.rawValue + (deployment.credential.map { "#\($0)" } ?? "")
    }
}

/// A fixture with one route, a health book and the time.
struct RouteScene {
    var fixture = RouteFixture()
    var route: CompiledRoute
    var book: HealthBook
    var now = Duration.zero
    var planner = Planner()

    init(
        _ specs: [RouteFixture.Spec],
        contextFallback: [RouteFixture.Spec] = [],
        contentFallback: [RouteFixture.Spec] = [],
        failover: FailoverPolicy = FailoverPolicy(),
        policy change: (inout RoutePolicy) -> Void = { _ in }
    ) {
        let choices = fixture.choices(specs)
        let context = fixture.choices(contextFallback)
        let content = fixture.choices(contentFallback)
        var policy = RoutePolicy(name: "test", targets: choices.map(\.target))
        change(&policy)
        route = CompiledRoute(
            policy: policy,
            number: 0,
            choices: choices,
            contextFallback: context,
            contentFallback: content
        )
        book = HealthBook(policy: failover)
    }

    func plan(_ query: RouteQuery = RouteQuery(model: "m"), sequence: Int = 0, seed: UInt64 = 1) -> RoutePlan {
        planner.plan(
            query,
            on: route,
            table: fixture.table,
            health: book,
            sequence: sequence,
            at: now,
            seed: seed
        )
    }

    /// The names of a plan's candidates.
    func order(_ query: RouteQuery = RouteQuery(model: "m"), sequence: Int = 0, seed: UInt64 = 1) -> [String] {
        fixture.names(plan(query, sequence: sequence, seed: seed).candidates)
    }

    func execution(_ plan: RoutePlan? = nil, seed: UInt64 = 1) -> Execution {
        Execution(
            plan: plan ?? self.plan(),
            policy: route.policy,
            failover: book.policy,
            start: now,
            seed: seed
        )
    }

    func availability(_ name: String, credential: String? = nil) -> HealthBook.Availability {
        let id = fixture.id(name, credential: credential)
        return book.availability(of: id, credential: fixture.credential(of: id), at: now)
    }

    /// Sends a request and ends it at once.
    mutating func note(_ name: String, credential: String? = nil, _ outcome: AttemptOutcome) {
        let id = fixture.id(name, credential: credential)
        let probe = book.begin(id, credential: fixture.credential(of: id), at: now)
        book.end(id, credential: fixture.credential(of: id), outcome, isProbe: probe, at: now)
    }
}
