import ProviderKit
import RouterKit
import TransportKit

/// A catalogue's router as a provider, before it is known which providers there are.
struct CatalogueProvider: TimeoutKeeping {
    let id: ProviderID = "modelplex"
    let catalogue: Catalogue

    func capabilities(of model: ModelID) async -> Capabilities {
        await catalogue.knownRouter?.capabilities(of: model) ?? Capabilities(features: [.streaming])
    }

    func models() async throws(PlexError) -> [Model] {
        try await catalogue.router().models()
    }

    func respond(to request: ChatRequest) async throws(PlexError) -> ChatResponse {
        try await router(for: request.model).respond(to: request)
    }

    func stream(_ request: ChatRequest) async throws(PlexError) -> ChatStream {
        try await router(for: request.model).stream(request)
    }

    private func router(for name: ModelID) async throws(PlexError) -> Router {
        // Which model a request without one gets must not hang on what an engine happens to list first.
        guard !name.rawValue.isEmpty || catalogue.defaultModel != nil else {
            throw PlexError(
                .invalidRequest,
                "no model is named; name one as model or provider/model; GET /v1/models lists them",
                parameter: "model",
                underlyingError: NoModelNamed()
            )
        }
        return try await catalogue.router()
    }
}

extension CatalogueProvider: ForwardingProvider {
    @inline(__always)
    func forward(_ request: ForwardRequest) async throws(PlexError) -> ForwardedAnswer? {
        // Without a change of tasks' functions where nobody has to be found or asked first, as for nearly every request.
        if !request.model.rawValue.isEmpty, let router = catalogue.knownRouter {
            return try await router.forward(request)
        }
        return try await router(for: request.model).forward(request)
    }
}

extension CatalogueProvider: TextCompletionProvider {
    func complete(_ request: TextCompletionRequest) async throws(PlexError) -> ChatResponse {
        try await router(for: request.model).complete(request)
    }

    func streamCompletion(_ request: TextCompletionRequest) async throws(PlexError) -> ChatStream {
        try await router(for: request.model).streamCompletion(request)
    }
}

extension CatalogueProvider: EmbeddingProvider {
    func embed(_ request: EmbeddingRequest) async throws(PlexError) -> EmbeddingResponse {
        try await router(for: request.model).embed(request)
    }
}

extension CatalogueProvider: RoutingProvider {
    func members() async throws(PlexError) -> [any Provider] {
        try await catalogue.router().members()
    }

    func routingReport() async throws(PlexError) -> JSONValue {
        try await catalogue.router().routingReport()
    }

    var leftAlone: [JSONValue] { catalogue.knownRouter?.leftAlone ?? [] }

    func forgetFailures(of provider: ProviderID?) async throws(PlexError) -> Int {
        try await catalogue.router().forgetFailures(of: provider)
    }
}
