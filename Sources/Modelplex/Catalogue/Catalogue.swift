import ProviderKit

/// Knows the providers and, as far as it had to ask, their models.
actor Catalogue {
    /// A provider and what the configuration says of it.
    struct Entry: Sendable {
        var provider: any Provider
        /// Lower comes first.
        var priority: Int
        /// The only models to offer; `nil` offers all.
        var models: [ModelID]?
        /// Whether it is an engine on this machine, of which any model may be the default.
        var isLocal: Bool
    }

    private var known: [Entry]
    private let discovery: LocalEngineDiscovery?
    private let defaultModel: String?
    private let unsupportedNames: Set<String>

    init(
        entries: [Entry],
        discovery: LocalEngineDiscovery?,
        defaultModel: String?,
        unsupportedNames: [String]
    ) {
        // A stable order: by priority, then as they were given.
        known = entries.enumerated().sorted {
            ($0.element.priority, $0.offset) < ($1.element.priority, $1.offset)
        }.map(\.element)
        self.discovery = discovery
        self.defaultModel = defaultModel
        self.unsupportedNames = Set(unsupportedNames)
    }

    /// The providers; local engines are looked for when there are no others, until one answers.
    func entries() async throws(PlexError) -> [Entry] {
        if known.isEmpty, let discovery {
            let found = await discovery.run()
            // An engine that was not asked to the end is not one that does not answer.
            try Self.checkCancellation()
            if known.isEmpty { known = found }
        }
        guard !known.isEmpty else {
            throw discovery?.nothingFound
                ?? PlexError(.configuration, "there is no provider; add one under [[providers]] in the configuration")
        }
        return known
    }

    /// The models of all providers, asked at once.
    func listing() async throws(PlexError) -> ModelListing {
        let entries = try await entries()
        let lists = try await Self.lists(of: entries)
        var listing = ModelListing(models: [], failures: [])
        for (entry, list) in zip(entries, lists) {
            switch list {
            case .success(let models): listing.models += models
            case .failure(let error): listing.failures.append((entry.provider.id, error))
            }
        }
        return listing
    }

    /// Finds what a name means; see `Plex.resolve`.
    func resolve(_ name: ModelID?) async throws(PlexError) -> ResolvedModel {
        let entries = try await entries()
        guard let name = name?.rawValue ?? defaultModel else {
            return try await firstModel(of: entries)
        }
        if let slash = name.firstIndex(of: "/") {
            let prefix = ProviderID(String(name[..<slash]))
            let rest = ModelID(String(name[name.index(after: slash)...]))
            if let entry = entries.first(where: { $0.provider.id == prefix }), !rest.rawValue.isEmpty {
                return ResolvedModel(provider: entry.provider, model: rest)
            }
        }
        if unsupportedNames.contains(name) {
            throw PlexError(
                .unsupported,
                "\(name) is a route of the configuration, and this version does not follow routes yet; name provider/model instead"
            )
        }
        return try await find(ModelID(name), in: entries)
    }

    private func firstModel(of entries: [Entry]) async throws(PlexError) -> ResolvedModel {
        var failure: PlexError?
        for entry in entries {
            if let model = entry.models?.first {
                return ResolvedModel(provider: entry.provider, model: model)
            }
            guard entry.isLocal else {
                throw failure
                    ?? PlexError(
                        .invalidRequest,
                        """
                        no model is named; name one as \(entry.provider.id)/MODEL, or set PLEX_MODEL; \
                        `plexctl models` lists them
                        """,
                        provider: entry.provider.id
                    )
            }
            do {
                return try await firstChatModel(of: entry.provider)
            } catch {
                // An engine without a model is no reason to pass over the next one's.
                guard error.code != .cancelled else { throw error }
                failure = failure ?? error
            }
        }
        throw failure ?? PlexError(.internal, "no provider where at least one was expected")
    }

    private func firstChatModel(of provider: any Provider) async throws(PlexError) -> ResolvedModel {
        for model in try await provider.models() where await provider.capabilities(of: model.id).contains(.streaming) {
            return ResolvedModel(provider: provider, model: model.id)
        }
        throw PlexError(.notFound, "this provider has no model to chat with; install one first", provider: provider.id)
    }

    private func find(_ name: ModelID, in entries: [Entry]) async throws(PlexError) -> ResolvedModel {
        if let entry = entries.first(where: { $0.models?.contains(name) == true }) {
            return ResolvedModel(provider: entry.provider, model: name)
        }
        // With one provider that offers whatever it has, the provider itself knows best; asking first would only cost time.
        if entries.count == 1, let entry = entries.first, entry.models == nil {
            return ResolvedModel(provider: entry.provider, model: name)
        }
        let lists = try await Self.lists(of: entries)
        var names: [String] = []
        var failures: [PlexError] = []
        var silent: [String] = []
        for (entry, list) in zip(entries, lists) {
            switch list {
            case .success(let models):
                if models.contains(where: { $0.id == name }) {
                    return ResolvedModel(provider: entry.provider, model: name)
                }
                names += models.map { "\(entry.provider.id)/\($0.id)" }
            case .failure(let error):
                failures.append(error)
                silent.append(entry.provider.id.rawValue)
            }
        }
        // Where nobody said what there is, nobody said that the model is not there.
        if failures.count == entries.count, let failure = failures.first { throw failure }
        throw PlexError(.notFound, Self.unknown(name, names: names, failures: silent), model: name)
    }

    private static func unknown(_ name: ModelID, names: [String], failures: [String]) -> String {
        var text = "no provider offers the model \(name)"
        let near = NearestName.several(name.rawValue, among: names)
        if !near.isEmpty {
            text += "; the nearest are \(near.joined(separator: ", "))"
        }
        if !failures.isEmpty {
            text += "; these did not say which they have: \(failures.joined(separator: ", "))"
        }
        return text + ". `plexctl models` lists all; provider/model is always taken as it is"
    }

    // A function of its own: in a closure that gives this back beside the index, the optimizer of Swift 6.3 loses the
    // index, and all providers' lists land in one place.
    private static func list(of entry: Entry) async -> Result<[Model], PlexError> {
        do throws(PlexError) {
            return .success(try await entry.provider.models())
        } catch {
            return .failure(error)
        }
    }

    private static func checkCancellation() throws(PlexError) {
        guard !Task.isCancelled else { throw PlexError(.cancelled, "the request was cancelled") }
    }

    private static func lists(of entries: [Entry]) async throws(PlexError) -> [Result<[Model], PlexError>] {
        let lists = await withTaskGroup(of: (Int, Result<[Model], PlexError>).self) { group in
            for (index, entry) in entries.enumerated() {
                group.addTask { (index, await list(of: entry)) }
            }
            var lists: [Result<[Model], PlexError>] = Array(repeating: .success([]), count: entries.count)
            for await (index, list) in group {
                lists[index] = list
            }
            return lists
        }
        try checkCancellation()
        return lists
    }
}
