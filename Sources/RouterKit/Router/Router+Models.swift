public import ProviderKit

extension Router {
    /// Everything that can be asked for by name: models, routes, aliases and roles.
    ///
    /// Each model of each provider is there once, by the name under which it is found: `model`, or `provider/model` where
    /// `model` alone means another one.
    ///
    /// - Throws: `PlexError`, if no provider would say what it has.
    public func models() async throws(PlexError) -> [Model] {
        let answers = try await core.directory.ask(maximumAge: ModelList.lifetime)
        var listed: [Model] = []
        var failure: PlexError?
        for (_, answer) in answers {
            switch answer.result {
            case .success(let models): listed += models
            case .failure(let error): failure = failure ?? error
            }
        }
        if listed.isEmpty, let failure { throw failure }
        let known = Dictionary(answers.map { ($0.provider, $0.answer.listed) }) { first, _ in first }
        var seen: Set<ModelID> = []
        let named = core.table.ruleNames.map { Model(id: ModelID($0), provider: id) }
        let models = listed.compactMap { model -> Model? in
            guard !core.table.isExcluded(model.id, of: model.provider) else { return nil }
            var model = model
            let lookup = try? core.table.resolve(model.id.rawValue) { known[$0] }
            if case .found(let resolution) = lookup,
                resolution.policy.targets.first.map({ $0.provider == model.provider && $0.model == model.id }) == true
            {
                return model
            }
            model.id = ModelID("\(model.provider)/\(model.id)")
            return model
        }
        return (named + models).filter { seen.insert($0.id).inserted }
    }

    /// What each provider says of its models, asked if its last list is too old.
    ///
    /// - Parameter maximumAge: How old a list may be.
    /// - Returns: What each said, in order of preference.
    /// - Throws: `PlexError` with code `cancelled`.
    package func lists(
        maximumAge: Duration
    ) async throws(PlexError) -> [(provider: ProviderID, models: Result<[Model], PlexError>)] {
        try await core.directory.ask(maximumAge: maximumAge).map { ($0.provider, $0.answer.result) }
    }
}

extension Router: ProviderGroup {
    /// The providers, in order of preference; of several credentials the first stands for all.
    public func members() async throws(PlexError) -> [any Provider] {
        core.order.compactMap { core.members[$0]?.accounts.first?.provider }
    }
}

extension Router: TimeoutKeeping {}
