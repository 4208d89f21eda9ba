internal import TransportKit

extension OllamaProvider: TextCompletionProvider {
    /// Continues a text by `/api/generate`.
    ///
    /// The server puts the text into the model's template; `extra["raw"] = true` passes it to the model as it is.
    ///
    /// - Throws: `PlexError`.
    public func complete(_ request: TextCompletionRequest) async throws(PlexError) -> ChatResponse {
        try await completions.respond(to: ChatRequest(completing: request))
    }

    /// Continues a text by `/api/generate`, as a stream.
    ///
    /// - Throws: `PlexError`, if the server cannot be reached or refuses.
    public func streamCompletion(_ request: TextCompletionRequest) async throws(PlexError) -> ChatStream {
        try await completions.stream(ChatRequest(completing: request))
    }
}

extension OllamaProvider: EmbeddingProvider {
    /// Turns texts into vectors by `/api/embed`.
    ///
    /// - Throws: `PlexError`.
    public func embed(_ request: EmbeddingRequest) async throws(PlexError) -> EmbeddingResponse {
        let (extra, warnings) = request.extra.separated(from: request.extraDialect, for: .ollama)
        var body = request.body
        OllamaRequestEncoder.apply(extra, to: &body)
        let answer = try await client.postJSON(path: "/api/embed", body: .object(body), model: request.model)
        let vectors = (answer["embeddings"]?.array ?? []).compactMap(EmbeddingResponse.vector)
        guard vectors.count == request.input.count else {
            throw client.context(model: request.model).error(
                .malformedResponse,
                "\(request.input.count) texts were sent and \(vectors.count) vectors came back that can be read"
            )
        }
        return EmbeddingResponse(
            vectors: vectors,
            model: answer["model"]?.string.map { ModelID($0) } ?? request.model,
            usage: answer["prompt_eval_count"]?.int.map { Usage(inputTokens: $0, outputTokens: 0) },
            warnings: warnings
        )
    }
}
