internal import ProviderKit
internal import TransportKit

/// What all requests of a router share: the members, what is known of them, and how they do.
final class RouterCore: Sendable {
    /// What changes.
    struct State: Sendable {
        var table = DeploymentTable()
        var health: HealthBook
        /// How each name was resolved, for as long as that counts.
        var known: [ModelID: KnownRoute] = [:]
        /// The name that was asked for last: comparing it costs less than finding it.
        var last: (name: ModelID, route: KnownRoute)?
        var seed: UInt64
        /// What is held against deployments that nobody has asked for yet, and since when that is known.
        var unclaimed: [Deployment: (record: HealthRecord, since: Duration)] = [:]

        /// Takes over what was held against deployments before; of those that are not known yet, when they are.
        mutating func restore(_ records: [HealthRecord], at now: Duration) {
            health.restore(records, table: table, at: now)
            for record in records.prefix(RouterCore.maximumUnclaimed) where table.id(of: record.deployment) == nil {
                unclaimed[record.deployment] = (record, now)
            }
        }

        /// Adds a deployment, with what was held against it before.
        mutating func insert(_ facts: DeploymentFacts, at now: Duration) -> DeploymentID {
            let id = table.insert(facts)
            if let (record, since) = unclaimed.removeValue(forKey: facts.deployment),
                let aged = record.aged(by: now - since)
            {
                health.restore([aged], table: table, at: now)
            }
            return id
        }
    }

    /// What is held against deployments now, whether somebody has asked for them or not.
    func healthRecords() -> [HealthRecord] {
        let now = now()
        return state.withLock { state in
            state.health.records(table: state.table, at: now)
                + state.unclaimed.values.compactMap { $0.record.aged(by: now - $0.since) }
        }
    }

    /// The most records that are kept for deployments that nobody asks for.
    private static let maximumUnclaimed = 4096

    let failover: FailoverPolicy
    let planner: Planner
    let clock: ElapsedClock
    let table: RouteTable
    let directory: ModelDirectory
    let members: [ProviderID: Router.Member]
    /// The members' names in the order in which people want to see them: by priority, then as they were given.
    let order: [ProviderID]
    /// All accounts of all members, by their place in `DeploymentFacts.credential`.
    let accounts: [Router.Member.Account]
    /// The limits on time that the members keep by themselves, by the same place.
    let limits: [Timeouts]
    private let forwarders: [(any ForwardingProvider)?]
    let state: Locked<State>

    init(members: [Router.Member], rules: RoutingRules, options: Router.Options) throws(PlexError) {
        var rules = rules
        rules.providers = members.map { RoutingRules.Provider($0) }
        let table = try RouteTable(rules)
        self.table = table
        let byID = Dictionary(members.map { ($0.id, $0) }) { first, _ in first }
        self.members = byID
        // In the order in which the table counts credentials.
        let ordered = table.providers.compactMap { byID[$0.id] }
        accounts = ordered.flatMap(\.accounts)
        limits = ordered.flatMap { member in member.accounts.map { _ in member.timeouts } }
        forwarders = accounts.map { $0.provider as? any ForwardingProvider }
        failover = options.failover
        planner = Planner(strategies: options.strategies)
        clock = ElapsedClock(options.clock)
        let preferred = members.enumerated().sorted {
            ($0.element.priority, $0.offset) < ($1.element.priority, $1.offset)
        }
        order = preferred.map(\.element.id)
        directory = ModelDirectory(
            order.compactMap { id in byID[id]?.accounts.first.map { (id, $0.provider) } },
            clock: clock
        )
        state = Locked(State(health: HealthBook(policy: options.failover), seed: options.seed))
    }

    /// The time since the router was made.
    func now() -> Duration { clock.now() }

    /// Whatever sends requests on with a credential as they came, if it can.
    func forwarder(_ credential: Int) -> (any ForwardingProvider)? { forwarders[credential] }

    /// Whether any target may take a request in its caller's words.
    func canForward(_ operation: WireOperation, _ known: KnownRoute) -> Bool {
        state.withLock { state in
            known.route.choices.contains { choice in
                choice.deployments.contains { forwarders[state.table[$0].credential]?.speaks(operation) == true }
            }
        }
    }

    func end(
        _ deployment: DeploymentID,
        credential: Int,
        _ outcome: AttemptOutcome,
        isProbe: Bool,
        at now: Duration
    ) {
        state.withLock { $0.health.end(deployment, credential: credential, outcome, isProbe: isProbe, at: now) }
    }

    func noteFirstToken(_ deployment: DeploymentID, route: Int, since started: Duration, at now: Duration) {
        state.withLock { $0.health.noteFirstToken(deployment, route: route, after: now - started, at: now) }
    }
}

/// A name that was resolved, with its targets looked up; an object, since every request of that name holds it.
final class KnownRoute: Sendable {
    let route: CompiledRoute
    /// How the name was explained.
    let resolution: Resolution
    /// When it has to be resolved anew.
    let expiry: Duration
    /// Whether requests that belong together go to the same target.
    let tiesSessions: Bool

    init(route: CompiledRoute, resolution: Resolution, expiry: Duration, tiesSessions: Bool) {
        self.route = route
        self.resolution = resolution
        self.expiry = expiry
        self.tiesSessions = tiesSessions
    }
}

extension RoutingRules.Provider {
    fileprivate init(_ member: Router.Member) {
        self.init(
            member.id,
            priority: member.priority,
            models: member.models,
            exclusions: member.excluded,
            credentials: member.accounts.count > 1
                ? member.accounts.enumerated().map { .init($1.credential ?? "\($0 + 1)", weight: $1.weight) } : [],
            credentialStrategy: member.pool
        )
    }
}
