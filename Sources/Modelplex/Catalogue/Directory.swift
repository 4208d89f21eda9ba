import ProviderKit

/// The providers in order of preference, and what names mean as far as nobody has to be asked.
struct Directory: Sendable {
    /// The providers, the preferred ones first.
    let entries: [Catalogue.Entry]
    /// What each provider last said of its models, in the same order.
    let lists: [ModelList]
    private let providers: [String: Int]
    private let configured: [ModelID: Int]
    private let routes: Set<String>

    /// Orders providers.
    ///
    /// - Parameters:
    ///   - entries: The providers as they were given.
    ///   - routes: Names that mean a route of the configuration.
    ///   - clock: What tells how old a list is.
    init(_ entries: [Catalogue.Entry], routes: Set<String>, clock: ElapsedClock) {
        // A stable order: by priority, then as they were given.
        let entries = entries.enumerated().sorted {
            ($0.element.priority, $0.offset) < ($1.element.priority, $1.offset)
        }.map(\.element)
        self.entries = entries
        self.routes = routes
        lists = entries.map { ModelList(of: $0.provider, clock: clock) }
        providers = Dictionary(entries.enumerated().map { ($1.provider.id.rawValue, $0) }) { first, _ in first }
        let models = entries.enumerated().flatMap { index, entry in (entry.models ?? []).map { ($0, index) } }
        configured = Dictionary(models) { first, _ in first }
    }

    /// What a name means without asking anybody.
    ///
    /// - Parameter name: `provider/model` or `model`.
    /// - Returns: The model, or `nil` if the providers' lists have to tell.
    /// - Throws: `PlexError`, if the name is a route's.
    func target(_ name: String) throws(PlexError) -> ResolvedModel? {
        if let slash = name.utf8.firstIndex(of: UInt8(ascii: "/")),
            let index = providers[String(name[..<slash])]
        {
            let model = name[name.index(after: slash)...]
            if !model.isEmpty { return target(index, ModelID(String(model))) }
        }
        if !routes.isEmpty, routes.contains(name) {
            throw PlexError(
                .unsupported,
                "\(name) is a route of the configuration, and this version does not follow routes yet; name provider/model instead"
            )
        }
        if let index = configured[ModelID(name)] { return target(index, ModelID(name)) }
        // With one provider that offers whatever it has, the provider itself knows best; asking first would only cost time.
        if entries.count == 1, entries[0].models == nil { return target(0, ModelID(name)) }
        return nil
    }

    /// The first provider whose last list is young enough and names a model, if those before it are known not to.
    func listedTarget(_ name: ModelID) -> ResolvedModel? {
        for (index, list) in lists.enumerated() {
            guard let answer = list.known(maximumAge: ModelList.lifetime) else { return nil }
            if answer.names.contains(name) { return target(index, name) }
        }
        return nil
    }

    private func target(_ index: Int, _ model: ModelID) -> ResolvedModel {
        ResolvedModel(provider: entries[index].provider, model: model)
    }
}
