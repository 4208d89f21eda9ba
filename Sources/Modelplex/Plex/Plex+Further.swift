public import ProviderKit

extension Plex {
    /// Turns texts into vectors.
    ///
    /// - Parameters:
    ///   - texts: The texts.
    ///   - model: `provider/model` or `model` of a model for embeddings; `nil` is the default model.
    /// - Returns: One vector a text, in the order of the texts.
    /// - Throws: `PlexError`; code `unsupported`, if no provider of the model makes embeddings.
    public func embed(_ texts: [String], using model: ModelID? = nil) async throws(PlexError) -> EmbeddingResponse {
        try await embed(EmbeddingRequest(model: model ?? "", input: texts))
    }

    /// Turns texts into vectors.
    ///
    /// - Parameter request: The texts and settings; an empty model name is the default model.
    /// - Returns: One vector a text, in the order of the texts.
    /// - Throws: `PlexError`; code `unsupported`, if no provider of the model makes embeddings.
    public func embed(_ request: EmbeddingRequest) async throws(PlexError) -> EmbeddingResponse {
        try await catalogue.router().embed(request)
    }

    /// Has the model's provider count the tokens of a request's prompt; nothing is answered.
    ///
    /// - Parameter request: The request; an empty model name is the default model.
    /// - Returns: The number of tokens, as the provider counts them.
    /// - Throws: `PlexError`; code `unsupported`, if the provider has no way to ask for it: Anthropic and Gemini have one.
    public func countTokens(of request: ChatRequest) async throws(PlexError) -> Int {
        let target = try await resolve(request.model.rawValue.isEmpty ? nil : request.model)
        guard let provider = target.provider as? any TokenCountingProvider else {
            throw PlexError(
                .unsupported,
                "this provider does not count tokens without answering; read the usage of its answers",
                provider: target.provider.id,
                model: target.model
            )
        }
        var request = request
        request.model = target.model
        return try await provider.countTokens(of: request)
    }
}
