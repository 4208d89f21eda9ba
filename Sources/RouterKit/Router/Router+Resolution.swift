public import ProviderKit
internal import TransportKit

extension Router {
    /// How long a name counts as resolved, and what its models can do as known.
    private static let lifetime: Duration = .seconds(60)
    /// The most names that are kept; callers can make up as many as they like.
    private static let maximumNames = 1024
    /// The most deployments that are told apart; beyond, those of made-up names share one for each credential.
    private static let maximumDeployments = 4096

    /// Finds what a name means.
    ///
    /// - Parameter name: A route, a role, an alias, `model` or `provider/model`; an empty one is the default model.
    /// - Returns: The policy by which it is answered, and how that was found.
    /// - Throws: `PlexError` with code `notFound`, naming the nearest; what a provider said, if none would list its models.
    public func resolve(_ name: ModelID) async throws(PlexError) -> Resolution {
        try await route(to: name).resolution
    }

    func route(to name: ModelID) async throws(PlexError) -> KnownRoute {
        if let known = remembered(name, at: core.now()) { return known }
        let resolution = try await looked(up: name)
        let known = await compiled(resolution)
        core.state.withLock { state in
            state.last = nil
            if state.known.count >= Self.maximumNames { state.known.removeAll() }
            state.known[name] = known
        }
        return known
    }

    /// What a name means as far as nobody has to be asked.
    func knownRoute(_ name: ModelID) async -> KnownRoute? {
        if let known = remembered(name, at: core.now()) { return known }
        let notAsked = PlexError(.unsupported, "was not asked")
        let lookup = try? core.table.resolve(name.rawValue) {
            core.directory.known($0, maximumAge: ModelList.lifetime) ?? .failure(notAsked)
        }
        guard case .found(let resolution) = lookup else { return nil }
        return await compiled(resolution)
    }

    func remembered(_ name: ModelID, at now: Duration) -> KnownRoute? {
        let known = core.state.withLock { state -> KnownRoute? in
            if let last = state.last, last.name == name { return last.route }
            state.last = state.known[name].map { (name, $0) }
            return state.last?.route
        }
        guard let known, known.expiry > now else { return nil }
        return known
    }

    private func looked(up name: ModelID) async throws(PlexError) -> Resolution {
        do {
            return try await lookUp(name, maximumAge: ModelList.lifetime)
        } catch {
            // A model that was installed a moment ago is not in a list of a minute ago.
            guard error.code == .notFound, error.provider == nil else { throw error }
            return try await lookUp(name, maximumAge: ModelList.pause)
        }
    }

    private func lookUp(_ name: ModelID, maximumAge: Duration) async throws(PlexError) -> Resolution {
        var defaultTarget: Target?
        var lists: [ProviderID: Result<ListedModels, PlexError>] = [:]
        while true {
            let known = lists
            let lookup = try core.table.resolve(name.rawValue, defaultTarget: defaultTarget) {
                known[$0] ?? core.directory.known($0, maximumAge: maximumAge)
            }
            switch lookup {
            case .found(let resolution): return resolution
            case .needsLists(let providers):
                for (provider, answer) in try await core.directory.ask(providers, maximumAge: maximumAge) {
                    lists[provider] = answer.listed
                }
            case .needsDefaultTarget: defaultTarget = try await firstChatModel()
            }
        }
    }

    // Only an engine on this machine may be asked for whatever it has: elsewhere that is a guess at somebody's bill. Of several
    // it is the one that stands first, as in lists of providers: by name, a new entry could take the place of the usual one.
    private func firstChatModel() async throws(PlexError) -> Target {
        var failure: PlexError?
        for id in core.order {
            guard let member = core.members[id], let account = member.accounts.first else { continue }
            guard member.isLocal else { throw failure ?? Self.nothingNamed(example: member.id) }
            do {
                for model in try await account.provider.models()
                where await account.provider.capabilities(of: model.id).contains(.streaming) {
                    return Target(member.id, model.id)
                }
                failure =
                    failure
                    ?? PlexError(
                        .notFound,
                        "this provider has no model to chat with; install one first",
                        provider: member.id
                    )
            } catch {
                // An engine without a model is no reason to pass over the next one's.
                guard error.code != .cancelled else { throw error }
                failure = failure ?? error
            }
        }
        throw failure
            ?? PlexError(.configuration, "there is no provider; add one under [[providers]] in the configuration")
    }

    private static func nothingNamed(example: ProviderID) -> PlexError {
        PlexError(
            .invalidRequest,
            "no model is named; name one as \(example)/MODEL, or set PLEX_MODEL; `plexctl models` lists them",
            provider: example,
            parameter: "model",
            underlyingError: NoModelNamed()
        )
    }

    // MARK: Looking targets up

    private func compiled(_ resolution: Resolution) async -> KnownRoute {
        var policy = resolution.policy
        if resolution.number == nil {
            // Without a route nothing shortens what the providers' own limits allow.
            policy.deadline =
                policy.targets.map { core.members[$0.provider]?.timeouts.total ?? .seconds(3600) }.max() ?? .zero
        }
        let route = CompiledRoute(
            policy: policy,
            number: resolution.number.map { $0 + 1 } ?? 0,
            choices: await choices(policy.targets, policy),
            contextFallback: await choices(policy.contextFallback, policy),
            contentFallback: await choices(policy.contentFallback, policy)
        )
        let ties =
            policy.strategy == .sticky
            || policy.targets.contains { core.members[$0.provider]?.pool == .sticky }
        return KnownRoute(
            route: route,
            resolution: resolution,
            // A provider that could not say what it has may be able to a moment later.
            expiry: core.now() + (resolution.origin == .list ? ModelList.pause : Self.lifetime),
            tiesSessions: ties
        )
    }

    private func choices(_ targets: [Target], _ policy: RoutePolicy) async -> [CompiledRoute.Choice] {
        var choices: [CompiledRoute.Choice] = []
        for target in targets {
            guard let pool = core.table.pool(of: target.provider), let first = pool.members.first else { continue }
            let capabilities = await core.accounts[first.number].provider.capabilities(of: target.model)
            let price = core.table.price(of: target)
            let now = core.now()
            let deployments = core.state.withLock { state in
                pool.members.map { member in
                    var deployment = Deployment(target.provider, target.model, credential: member.name)
                    if state.table.count >= Self.maximumDeployments, state.table.id(of: deployment) == nil {
                        deployment.model = "*"
                    }
                    return state.insert(
                        DeploymentFacts(
                            deployment,
                            capabilities: capabilities,
                            price: price,
                            credential: member.number,
                            credentialWeight: member.weight
                        ),
                        at: now
                    )
                }
            }
            choices.append(
                CompiledRoute.Choice(
                    target: target,
                    deployments: deployments,
                    pool: pool.strategy,
                    parameters: core.table.parameters(for: target, in: policy)
                )
            )
        }
        return choices
    }
}

extension KnownRoute {
    /// The model that a deployment stands for here, and what is added to requests to it.
    func model(of deployment: DeploymentID) -> (ModelID, ModelParameters) {
        // Plans are made of these lists only.
        Self.model(of: deployment, in: route.choices) ?? Self.model(of: deployment, in: route.contextFallback)
            ?? Self.model(of: deployment, in: route.contentFallback) ?? ("", ModelParameters())
    }

    private static func model(
        of deployment: DeploymentID,
        in choices: [CompiledRoute.Choice]
    ) -> (ModelID, ModelParameters)? {
        for index in choices.indices where choices[index].deployments.contains(deployment) {
            return (choices[index].target.model, choices[index].parameters)
        }
        return nil
    }
}
