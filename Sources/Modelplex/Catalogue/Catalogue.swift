import ProviderKit
import RouterKit
import TransportKit

/// The router over all providers, which may have to be found first.
final class Catalogue: Sendable {
    /// The model to ask where none is named.
    let defaultModel: String?
    private let makeRouter: @Sendable ([Router.Member]) throws(PlexError) -> Router
    private let discovery: EngineSearch?
    /// The router, if the providers were known from the start.
    private let given: Result<Router, PlexError>?
    /// The router over local engines, once they were found.
    private let found = Locked<Router?>(nil)

    /// Makes the router, or, without members, what finds them.
    ///
    /// - Parameters:
    ///   - members: The providers.
    ///   - rules: What names mean; its providers and default model are filled in.
    ///   - options: How the router decides.
    ///   - discovery: What looks for local engines where there are no members.
    ///   - defaultModel: The model to ask where none is named.
    init(
        members: [Router.Member],
        rules: RoutingRules = RoutingRules(),
        options: Router.Options = Router.Options(),
        discovery: LocalEngineDiscovery? = nil,
        defaultModel: String? = nil
    ) {
        self.defaultModel = defaultModel
        var rules = rules
        rules.defaultModel = defaultModel ?? rules.defaultModel
        let completed = rules
        let makeRouter: @Sendable ([Router.Member]) throws(PlexError) -> Router = { members throws(PlexError) in
            try Router(members, rules: completed, options: options)
        }
        self.makeRouter = makeRouter
        given =
            if members.isEmpty {
                nil
            } else {
                Result { () throws(PlexError) in try makeRouter(members) }
            }
        self.discovery = members.isEmpty ? discovery.map { EngineSearch($0, clock: ElapsedClock(options.clock)) } : nil
    }

    /// The router as far as the providers are known now.
    var knownRouter: Router? {
        switch given {
        case .success(let router): router
        case .failure: nil
        case nil: found.withLock { $0 }
        }
    }

    /// Checks what can be checked before anybody is asked.
    ///
    /// - Throws: `PlexError` with code `configuration`, if the rules are wrong.
    func check() throws(PlexError) {
        _ = try given?.get()
    }

    /// The router; local engines are looked for when there are no other providers, until one answers.
    func router() async throws(PlexError) -> Router {
        if let given { return try given.get() }
        if let router = found.withLock({ $0 }) { return router }
        guard let discovery else {
            throw PlexError(.configuration, "there is no provider; add one under [[providers]] in the configuration")
        }
        // An engine that was not asked to the end is not one that does not answer.
        guard let members = await discovery.members() else {
            throw PlexError(.cancelled, "the request was cancelled")
        }
        guard !members.isEmpty else { throw discovery.nothingFound }
        let router = try makeRouter(members)
        return found.withLock { found in
            // Of several that searched at once the first one's is everybody's.
            let first = found ?? router
            found = first
            return first
        }
    }

    /// The models of all providers, asked at once and anew.
    func listing() async throws(PlexError) -> ModelListing {
        var listing = ModelListing(models: [], failures: [])
        for (provider, answer) in try await router().lists(maximumAge: .zero) {
            switch answer {
            case .success(let models): listing.models += models
            case .failure(let error): listing.failures.append((provider, error))
            }
        }
        return listing
    }

    /// Finds the first target that a name means; see `Plex.resolve`.
    func resolve(_ name: ModelID?) async throws(PlexError) -> ResolvedModel {
        let router = try await router()
        let resolution = try await router.resolve(name ?? "")
        guard let target = resolution.policy.targets.first,
            let provider = try await router.members().first(where: { $0.id == target.provider })
        else { throw PlexError(.notFound, "\(resolution.policy.name) has no target", model: name) }
        return ResolvedModel(provider: provider, model: target.model)
    }
}

/// The search for local engines, which is not made anew for every request that finds none.
private final class EngineSearch: Sendable {
    private static let pause: Duration = .seconds(1)

    let nothingFound: PlexError
    private let clock: ElapsedClock
    private let lastMiss = Locked<Duration?>(nil)
    private let search: SharedWork<[Router.Member]>

    init(_ discovery: LocalEngineDiscovery, clock: ElapsedClock) {
        self.clock = clock
        nothingFound = discovery.nothingFound
        search = SharedWork { await discovery.run() }
    }

    /// The engines that answer; `nil` if the calling task is cancelled.
    func members() async -> [Router.Member]? {
        if let missed = lastMiss.withLock({ $0 }), clock.now() - missed < Self.pause { return [] }
        guard let members = await search.value() else { return nil }
        if members.isEmpty {
            let now = clock.now()
            lastMiss.withLock { $0 = now }
        }
        return members
    }
}
