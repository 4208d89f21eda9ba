import ProviderKit
import TransportKit

/// All providers of a catalogue as one: each request goes to the provider that its model's name means.
struct CatalogueProvider: Provider {
    let id: ProviderID = "modelplex"
    let catalogue: Catalogue

    func capabilities(of model: ModelID) async -> Capabilities {
        // Never asks anybody: a name that only the providers' lists explain counts as far as they were asked before.
        guard let directory = catalogue.knownDirectory,
            let target = (try? directory.target(model.rawValue)) ?? directory.listedTarget(model)
        else { return Capabilities(features: [.streaming]) }
        return await target.provider.capabilities(of: target.model)
    }

    /// Every model of every provider once, by the name under which it is found: `model`, or `provider/model` where `model`
    /// alone means another one.
    func models() async throws(PlexError) -> [Model] {
        let listing = try await catalogue.listing(maximumAge: ModelList.lifetime)
        if listing.models.isEmpty, let failure = listing.failures.first { throw failure.error }
        let directory = try await catalogue.directory()
        var listed: [ModelID: ProviderID] = [:]
        var seen: Set<ModelID> = []
        return listing.models.compactMap { model in
            var model = model
            if Self.provider(meantBy: model, in: directory, &listed) != model.provider {
                model.id = ModelID("\(model.provider)/\(model.id)")
            }
            return seen.insert(model.id).inserted ? model : nil
        }
    }

    /// Whose model the plain name of one means, or `nil` if it means something else.
    private static func provider(
        meantBy model: Model,
        in directory: Directory,
        _ listed: inout [ModelID: ProviderID]
    ) -> ProviderID? {
        do throws(PlexError) {
            if let target = try directory.target(model.id.rawValue) {
                return target.model == model.id ? target.provider.id : nil
            }
        } catch {
            return nil
        }
        // Lists come in the order of preference, so that the first one that names a model has its plain name.
        let provider = listed[model.id] ?? model.provider
        listed[model.id] = provider
        return provider
    }

    func respond(to request: ChatRequest) async throws(PlexError) -> ChatResponse {
        try await target(request.model).respond(to: request)
    }

    func stream(_ request: ChatRequest) async throws(PlexError) -> ChatStream {
        try await target(request.model).stream(request)
    }

    private func target(_ name: ModelID) async throws(PlexError) -> ResolvedModel {
        guard name.rawValue.isEmpty else { return try await catalogue.resolve(name) }
        // Which model a request without one gets must not hang on what an engine happens to list first.
        guard let name = catalogue.defaultModel else {
            throw PlexError(
                .invalidRequest,
                "no model is named; name one as model or provider/model; GET /v1/models lists them"
            )
        }
        return try await catalogue.resolve(ModelID(name))
    }
}

extension CatalogueProvider: ForwardingProvider {
    func forward(_ request: ForwardRequest) async throws(PlexError) -> ForwardedAnswer? {
        try await target(request.model).forward(request)
    }
}

extension CatalogueProvider: TextCompletionProvider {
    func complete(_ request: TextCompletionRequest) async throws(PlexError) -> ChatResponse {
        try await target(request.model).complete(request)
    }

    func streamCompletion(_ request: TextCompletionRequest) async throws(PlexError) -> ChatStream {
        try await target(request.model).streamCompletion(request)
    }
}

extension CatalogueProvider: EmbeddingProvider {
    func embed(_ request: EmbeddingRequest) async throws(PlexError) -> EmbeddingResponse {
        try await target(request.model).embed(request)
    }
}

extension CatalogueProvider: ProviderGroup {
    func members() async throws(PlexError) -> [any Provider] {
        try await catalogue.entries().map(\.provider)
    }
}
