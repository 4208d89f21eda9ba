public import ProviderKit
internal import TransportKit

/// How a request would be answered now: what its model's name means, who would be asked in which order, and who not.
public struct RouteExplanation: Sendable {
    /// A deployment that may be asked.
    public struct Candidate: Sendable, Hashable {
        /// The deployment.
        public var deployment: Deployment
        /// What the model can do.
        public var capabilities: Capabilities
        /// What the request would cost with the estimate of its tokens, where the price is known.
        public var cost: Double?
        /// Why it is not asked now; `nil` if it may be.
        public var skip: String?
    }

    /// What the name means, and how that was found.
    public var resolution: Resolution
    /// What was asked for.
    public var query: RouteQuery
    /// Who would be asked, in this order.
    public var candidates: [Candidate]
    /// Who cannot do what is needed.
    public var incapable: [Candidate]
    /// Who is asked where a conversation is too long for the others.
    public var contextFallback: [Deployment]
    /// Who is asked what a filter refused.
    public var contentFallback: [Deployment]
    /// How long the first is waited for before the second is asked too.
    public var hedgeDelay: Duration?
}

extension Router {
    /// Tells how a request would be answered now, without sending one to a model.
    ///
    /// - Parameters:
    ///   - query: What would be asked for.
    ///   - records: What is held against deployments beside what this router knows.
    ///   - seed: What chance begins with.
    /// - Returns: What the name means and who would be asked.
    /// - Throws: `PlexError` with code `notFound`, naming the nearest.
    public func explain(
        _ query: RouteQuery,
        health records: [HealthRecord] = [],
        seed: UInt64 = 0
    ) async throws(PlexError) -> RouteExplanation {
        let known = try await route(to: query.model)
        let now = core.now()
        return core.state.withLock { state in
            var health = state.health
            health.restore(records, table: state.table, at: now)
            let plan = core.planner.plan(
                query,
                on: known.route,
                table: state.table,
                health: health,
                sequence: 0,
                at: now,
                seed: seed
            )
            let skips = Dictionary(plan.skips.map { ($0.deployment, $0.reason) }) { first, _ in first }
            let table = state.table
            func candidate(_ id: DeploymentID) -> RouteExplanation.Candidate {
                let facts = table[id]
                return RouteExplanation.Candidate(
                    deployment: facts.deployment,
                    capabilities: facts.capabilities,
                    cost: facts.price?.cost(input: query.promptTokens, output: query.answerTokens ?? 0),
                    skip: skips[id]?.words(at: now)
                )
            }
            return RouteExplanation(
                resolution: known.resolution,
                query: query,
                candidates: plan.candidates.map { candidate($0.deployment) },
                incapable: plan.skips.filter(\.reason.isLasting).map { candidate($0.deployment) },
                contextFallback: plan.contextFallback.map { table[$0.deployment].deployment },
                contentFallback: plan.contentFallback.map { table[$0.deployment].deployment },
                hedgeDelay: plan.hedgeDelay
            )
        }
    }

    /// What is held against deployments now: cooldowns, breakers, refused credentials; those that are well are left out.
    public var healthRecords: [HealthRecord] { core.healthRecords() }

    /// Forgets what is held against a provider's deployments, so that they are asked again at once.
    ///
    /// - Parameter provider: The provider; `nil` for all.
    /// - Returns: How many deployments something was held against.
    @discardableResult
    public func reset(_ provider: ProviderID? = nil) -> Int {
        let now = core.now()
        return core.state.withLock { state in
            let records = state.health.records(table: state.table, at: now)
            var count = 0
            for record in records where provider == nil || record.deployment.provider == provider {
                guard let id = state.table.id(of: record.deployment) else { continue }
                state.health.reset(id, credential: state.table[id].credential)
                if !record.isClear { count += 1 }
            }
            let unclaimed = state.unclaimed.keys.filter { provider == nil || $0.provider == provider }
            for deployment in unclaimed { state.unclaimed[deployment] = nil }
            return count + unclaimed.count
        }
    }

    /// Takes over what was held against deployments before, for example by an earlier process.
    ///
    /// - Parameter records: What is held against them, with the times that remain.
    public func restore(_ records: [HealthRecord]) {
        let now = core.now()
        core.state.withLock { $0.restore(records, at: now) }
    }
}
