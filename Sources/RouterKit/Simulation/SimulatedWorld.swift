internal import ProviderKit
internal import TransportKit

/// A scenario with all names looked up: what does not change while it runs.
struct SimulatedWorld: Sendable {
    /// A model that is asked for, and the way that its name means.
    struct Demand: Sendable {
        var route: CompiledRoute
        var query: RouteQuery
        /// The share of this one and those before it.
        var upTo: Double
        var tiesSessions: Bool
    }

    /// What a deployment is told apart by.
    struct Server: Sendable {
        /// The place of the provider.
        var provider: Int
        var credential: Int
        var firstToken: DistributionSampler
        var whole: DistributionSampler?
        var tokensPerSecond: Double
        var refusal: DistributionSampler
        var contextLength: Int
        var acceptsPrefill: Bool
        var price: Price?
        /// What goes wrong here.
        var incidents: [TimedIncident]
    }

    let table: DeploymentTable
    let demands: [Demand]
    /// By the places of deployments.
    let servers: [Server]
    let credentialCount: Int

    init(_ scenario: Scenario) throws(PlexError) {
        try Self.check(scenario)
        var rules = scenario.rules
        rules.providers = scenario.providers.map { described in
            var provider = described.provider
            provider.models = described.models.map(\.id)
            return provider
        }
        var compiler = RouteCompiler(table: try RouteTable(rules), providers: scenario.providers)
        var demands: [Demand] = []
        let total = scenario.load.demands.reduce(0) { $0 + $1.weight }
        var upTo = 0.0
        for demand in scenario.load.demands {
            let (route, ties) = try compiler.route(to: demand.model)
            upTo += demand.weight / total
            demands.append(Demand(route: route, query: RouteQuery(model: demand.model), upTo: upTo, tiesSessions: ties))
        }
        table = compiler.deployments
        self.demands = demands
        servers = compiler.servers
        credentialCount = compiler.credentialCount
    }

    private static func check(_ scenario: Scenario) throws(PlexError) {
        let load = scenario.load
        guard load.comes(within: scenario.duration) else {
            throw PlexError(.configuration, "no request comes; give the load a model, and a rate above 0 or callers")
        }
        guard load.demands.allSatisfy({ $0.weight > 0 }) else {
            throw PlexError(.configuration, "the share of a model that is asked for is not above 0")
        }
        for described in scenario.providers {
            for incident in described.incidents {
                if let name = incident.credential, !described.provider.credentials.contains(where: { $0.name == name })
                {
                    throw PlexError(
                        .configuration,
                        "an incident names a credential \(name), which the provider has not",
                        provider: described.provider.id
                    )
                }
                if let model = incident.model, !described.models.contains(where: { $0.id == model }) {
                    throw PlexError(
                        .configuration,
                        "an incident names a model \(model), which the provider has not",
                        provider: described.provider.id
                    )
                }
            }
        }
    }
}

/// An incident with its times as plain numbers.
struct TimedIncident: Sendable {
    var kind: SimulatedProvider.Incident.Kind
    var start: Int64
    var end: Int64
    var share: Double
    var breaks: Bool

    init(_ incident: SimulatedProvider.Incident) {
        kind = incident.kind
        start = incident.start.nanoseconds
        end = incident.duration.map { (incident.start + $0).nanoseconds } ?? .max
        share = incident.share
        breaks = incident.breaks
    }

    func isOn(at time: Int64) -> Bool { start <= time && time < end }
}

/// Looks up what names mean, and numbers the deployments on the way.
private struct RouteCompiler {
    let table: RouteTable
    private let described: [ProviderID: (place: Int, provider: SimulatedProvider)]
    private(set) var deployments = DeploymentTable()
    private(set) var servers: [SimulatedWorld.Server] = []

    init(table: RouteTable, providers: [SimulatedProvider]) {
        self.table = table
        described = Dictionary(
            providers.enumerated().map { ($1.provider.id, (place: $0, provider: $1)) }
        ) { first, _ in first }
    }

    var credentialCount: Int {
        table.providers.reduce(0) { $0 + (table.pool(of: $1.id)?.members.count ?? 0) }
    }

    mutating func route(to model: ModelID) throws(PlexError) -> (CompiledRoute, tiesSessions: Bool) {
        guard case .found(let resolution) = try table.resolve(model.rawValue, lists: { _ in nil }) else {
            throw PlexError(.configuration, "callers name no model; name one in the load", model: model)
        }
        var policy = resolution.policy
        if resolution.number == nil {
            // Without a route nothing shortens what the providers' own limits allow.
            policy.deadline =
                policy.targets.map { described[$0.provider]?.provider.timeouts.total ?? .seconds(3600) }.max() ?? .zero
        }
        let route = CompiledRoute(
            policy: policy,
            number: resolution.number.map { $0 + 1 } ?? 0,
            choices: try choices(policy.targets),
            contextFallback: try choices(policy.contextFallback),
            contentFallback: try choices(policy.contentFallback)
        )
        let ties =
            policy.strategy == .sticky || policy.targets.contains { table.pool(of: $0.provider)?.strategy == .sticky }
        return (route, ties)
    }

    private mutating func choices(_ targets: [Target]) throws(PlexError) -> [CompiledRoute.Choice] {
        var choices: [CompiledRoute.Choice] = []
        for target in targets {
            guard let (place, provider) = described[target.provider], let pool = table.pool(of: target.provider) else {
                throw PlexError(.configuration, "the provider of \(target) is not described")
            }
            guard let model = provider.models.first(where: { $0.id == target.model }) else {
                throw PlexError(
                    .configuration,
                    "\(target.model) is not among the models that are described",
                    provider: target.provider
                )
            }
            var ids: [DeploymentID] = []
            for member in pool.members {
                let facts = DeploymentFacts(
                    Deployment(target.provider, target.model, credential: member.name),
                    capabilities: model.capabilities,
                    price: table.price(of: target),
                    credential: member.number,
                    credentialWeight: member.weight
                )
                let id = deployments.insert(facts)
                if id.index == servers.count {
                    servers.append(SimulatedWorld.Server(facts, model, of: provider, at: place))
                }
                ids.append(id)
            }
            choices.append(CompiledRoute.Choice(target: target, deployments: ids, pool: pool.strategy))
        }
        return choices
    }
}

extension SimulatedWorld.Server {
    fileprivate init(
        _ facts: DeploymentFacts,
        _ model: SimulatedProvider.Model,
        of described: SimulatedProvider,
        at place: Int
    ) {
        provider = place
        credential = facts.credential
        firstToken = DistributionSampler(model.firstToken ?? described.firstToken)
        whole = (model.whole ?? described.whole).map(DistributionSampler.init)
        tokensPerSecond = max(described.tokensPerSecond, 0.001)
        refusal = DistributionSampler(described.refusal)
        contextLength = model.capabilities.contextLength ?? .max
        acceptsPrefill = model.capabilities.contains(.prefill)
        price = facts.price
        incidents = described.incidents.filter { incident in
            (incident.credential == nil || incident.credential == facts.deployment.credential)
                && (incident.model == nil || incident.model == model.id)
        }.map(TimedIncident.init)
    }
}

extension Duration {
    /// Whole nanoseconds, as virtual time is counted; at most some two hundred years.
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return overflow || abs(product) > .max / 2 ? .max / 2 : product + attoseconds / 1_000_000_000
    }

    /// The first whole nanosecond that is not before it.
    var nanosecondsRoundedUp: Int64 {
        let whole = nanoseconds
        return .nanoseconds(whole) < self && whole < .max / 2 ? whole + 1 : whole
    }
}
