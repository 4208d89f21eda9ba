public import ProviderKit

extension RouteTable {
    /// Finds out what a name means.
    ///
    /// Where the answer is `needsLists`, the providers' lists are asked for and it is called again; it asks for no list twice.
    ///
    /// - Parameters:
    ///   - name: The name as the caller gave it; an empty one is the default model.
    ///   - defaultTarget: What the caller found the default model to be, after `needsDefaultTarget`.
    ///   - lists: What a provider said when it was last asked for its models; `nil` if that is too old or was never.
    /// - Returns: What it means, or what has to be known before.
    /// - Throws: `PlexError` of code `notFound` that names the nearest models; the provider's own, if none could be asked.
    public func resolve(
        _ name: String,
        defaultTarget: Target? = nil,
        lists: (ProviderID) -> Result<ListedModels, PlexError>?
    ) throws(PlexError) -> Lookup {
        guard !name.isEmpty else { return try resolveDefault(defaultTarget, lists: lists) }
        guard name.utf8.count <= Self.maximumNameLength else {
            throw PlexError(.notFound, "a model's name has at most \(Self.maximumNameLength) bytes")
        }
        var open = [name]
        if let stripped = stripped(name) { open.append(stripped) }
        var names: [[String]] = []
        for candidate in open {
            var path = candidate == name ? [name] : [name, candidate]
            if let found = try explain(&path) {
                return try complete(found, defaultTarget: defaultTarget, lists: lists)
            }
            names.append(path)
        }
        return try resolveUnexplained(names, lists: lists)
    }

    /// What the configuration says of a name; `path` ends with what aliases made of it.
    private func explain(_ path: inout [String]) throws(PlexError) -> Resolution? {
        var name = path[path.count - 1]
        for _ in 0...Self.maximumAliasDepth {
            if let found = try address(name, path) { return found }
            if let route = exact[name] { return resolution(route: route, .route, path) }
            if let places = configured[name] {
                return Resolution(policy: policy(for: name, at: places), origin: .model, names: path)
            }
            guard let next = rules.aliases[name] else { break }
            path.append(next)
            name = next
        }
        if let rule = patterns.first(where: { $0.matches(name) }) {
            return resolution(route: rule.route, .rule(rules.routes[rule.route].match), path)
        }
        guard let role = rolePlaces[name] else { return nil }
        return Resolution(policy: roles[role], origin: .role, names: path, number: rules.routes.count + role)
    }

    private func resolution(route: Int, _ origin: Resolution.Origin, _ path: [String]) -> Resolution {
        Resolution(policy: rules.routes[route].policy, origin: origin, names: path, number: route)
    }

    /// What `provider/model` means, if there is such a provider.
    private func address(_ name: String, _ path: [String]) throws(PlexError) -> Resolution? {
        guard let slash = name.utf8.firstIndex(of: UInt8(ascii: "/")), let place = places[String(name[..<slash])] else {
            return nil
        }
        let model = String(name[name.utf8.index(after: slash)...])
        guard !model.isEmpty else { return nil }
        try refuseExcluded(model, at: place)
        return Resolution(policy: policy(for: model, at: [place], name: name), origin: .address, names: path)
    }

    private func refuseExcluded(_ model: String, at place: Int) throws(PlexError) {
        guard isExcluded(model, at: place) else { return }
        let provider = providers[place].id
        throw PlexError(
            .notFound,
            "the configuration excludes this model; name another one, or change the provider's exclude",
            provider: provider,
            model: ModelID(model)
        )
    }

    /// A policy of the same model at several providers, the preferred ones first.
    private func policy(for model: String, at places: [Int], name: String? = nil) -> RoutePolicy {
        RoutePolicy(
            name: name ?? model,
            targets: places.map { Target(providers[$0].id, ModelID(model)) },
            attempts: rules.attempts,
            // Where there is nothing to choose, the provider says best itself what it cannot do.
            checksCapabilities: places.count > 1
        )
    }

    private func stripped(_ name: String) -> String? {
        prefixes.first { name.hasPrefix($0) && name.utf8.count > $0.utf8.count }.map {
            String(name.dropFirst($0.count))
        }
    }
}

extension RouteTable {
    /// A role without targets asks the default model with the role's settings.
    private func complete(
        _ found: Resolution,
        defaultTarget: Target?,
        lists: (ProviderID) -> Result<ListedModels, PlexError>?
    ) throws(PlexError) -> Lookup {
        guard found.policy.targets.isEmpty else { return .found(found) }
        let lookup = try resolveDefault(defaultTarget, lists: lists)
        guard case .found(let model) = lookup else { return lookup }
        var found = found
        found.policy.targets = model.policy.targets
        found.policy.checksCapabilities = model.policy.checksCapabilities
        found.unasked = model.unasked
        return .found(found)
    }

    private func resolveDefault(
        _ target: Target?,
        lists: (ProviderID) -> Result<ListedModels, PlexError>?
    ) throws(PlexError) -> Lookup {
        if let name = rules.defaultModel, !name.isEmpty {
            // A role without targets cannot be its own default model.
            var path = [name]
            if let found = try explain(&path), found.policy.targets.isEmpty {
                throw PlexError(
                    .configuration,
                    "the default model is the role \(name), which has no targets; give it some, or name another model"
                )
            }
            return try resolve(name, lists: lists)
        }
        if let target {
            return .found(
                Resolution(
                    policy: RoutePolicy(
                        name: target.description,
                        targets: [target],
                        attempts: rules.attempts,
                        checksCapabilities: false
                    ),
                    origin: .model,
                    names: [target.description]
                )
            )
        }
        guard let place = providers.indices.first, let models = providers[place].models else {
            return .needsDefaultTarget
        }
        guard let model = models.first(where: { !isExcluded($0.rawValue, at: place) }) else {
            return .needsDefaultTarget
        }
        return .found(
            Resolution(
                policy: policy(for: model.rawValue, at: [place]),
                origin: .model,
                names: ["\(providers[place].id)/\(model)"]
            )
        )
    }

    /// Looks in the providers' own lists for a name that the configuration does not explain.
    private func resolveUnexplained(
        _ paths: [[String]],
        lists: (ProviderID) -> Result<ListedModels, PlexError>?
    ) throws(PlexError) -> Lookup {
        let last = paths[paths.count - 1]
        let plain = last[last.count - 1]
        if providers.count == 1, providers[0].models == nil, rules.unknownModel != .error {
            try refuseExcluded(plain, at: 0)
            switch onlyProviderMayHave(plain, lists(providers[0].id)) {
            case true?:
                return .found(Resolution(policy: policy(for: plain, at: [0]), origin: .onlyProvider, names: last))
            case false?: return try resolveUnknown(plain, last, lists: lists)
            case nil: return .needsLists([providers[0].id])
            }
        }
        for path in paths {
            let name = path[path.count - 1]
            var offering: [Int] = []
            var unasked: [ProviderID] = []
            var isCertain = true
            for (place, provider) in providers.enumerated() where provider.models == nil && !isExcluded(name, at: place)
            {
                switch lists(provider.id) {
                case .success(let list): if list.contains(ModelID(name)) { offering.append(place) }
                // Who cannot say what it has is passed over.
                case .failure: break
                case nil:
                    // Whether a preferred provider has it decides; whether a further one has it can wait.
                    if offering.isEmpty { isCertain = false }
                    unasked.append(provider.id)
                }
            }
            guard isCertain else { return .needsLists(unasked) }
            guard !offering.isEmpty else { continue }
            return .found(
                Resolution(policy: policy(for: name, at: offering), origin: .list, names: path, unasked: unasked)
            )
        }
        return try resolveUnknown(plain, last, lists: lists)
    }

    /// Whether the only provider, which offers whatever it has, may have a model; `nil` if that is to be seen in its list.
    ///
    /// The provider itself knows best, and asking first would only cost time. But what looks like `provider/model` and names
    /// no provider here is not meant for it, unless its own models have such names, as those of services before others do.
    private func onlyProviderMayHave(_ model: String, _ list: Result<ListedModels, PlexError>?) -> Bool? {
        guard model.utf8.contains(UInt8(ascii: "/")) else { return true }
        switch list {
        case nil: return nil
        // Not every server lists what it has.
        case .failure?: return true
        case .success(let list)?:
            return list.models.isEmpty || list.contains(ModelID(model))
                || list.models.contains { $0.rawValue.utf8.contains(UInt8(ascii: "/")) }
        }
    }

    private func resolveUnknown(
        _ name: String,
        _ path: [String],
        lists: (ProviderID) -> Result<ListedModels, PlexError>?
    ) throws(PlexError) -> Lookup {
        let place: Int? =
            switch rules.unknownModel {
            case .error, nil: nil
            case .provider(let provider): places[provider.rawValue]
            case .passthrough: providers.indices.first { !isExcluded(name, at: $0) }
            }
        if let place {
            try refuseExcluded(name, at: place)
            return .found(Resolution(policy: policy(for: name, at: [place]), origin: .unknown, names: path))
        }
        guard !providers.isEmpty else {
            throw PlexError(.configuration, "there is no provider; add one under [[providers]] in the configuration")
        }
        let answers = providers.map { provider in
            provider.models.map { .success(ListedModels($0)) } ?? lists(provider.id)
        }
        throw unknownError(name, asked: path[0], answers)
    }

    private func unknownError(
        _ name: String,
        asked: String,
        _ answers: [Result<ListedModels, PlexError>?]
    ) -> PlexError {
        var offered: [String] = []
        var failures: [PlexError] = []
        var silent: [String] = []
        for (place, answer) in answers.enumerated() {
            let provider = providers[place].id
            switch answer {
            case .success(let list):
                offered += list.models.lazy.filter { !isExcluded($0.rawValue, at: place) }.map { "\(provider)/\($0)" }
            case .failure(let error):
                failures.append(error)
                silent.append(provider.rawValue)
            case nil: silent.append(provider.rawValue)
            }
        }
        // Where nobody said what there is, nobody said that the model is not there.
        if failures.count == answers.count, let failure = failures.first { return failure }
        var text = "no provider offers the model \(asked)"
        let near = NearestName.several(name, among: ruleNames + offered)
        if !near.isEmpty { text += "; the nearest are \(near.joined(separator: ", "))" }
        if !silent.isEmpty { text += "; these did not say which they have: \(silent.joined(separator: ", "))" }
        text += ". `plexctl models` and GET /v1/models list all; a known provider's provider/model is taken as it is"
        return PlexError(.notFound, text, model: ModelID(asked))
    }

    /// The names that the configuration gives: of routes, aliases and roles, in this order and then by name.
    public var ruleNames: [String] {
        exact.keys.sorted() + rules.aliases.keys.sorted() + roles.map(\.name)
    }
}
