internal import TransportKit

extension OpenAIProvider {
    /// Turns texts into vectors.
    ///
    /// - Throws: `PlexError`.
    public func embed(_ request: EmbeddingRequest) async throws(PlexError) -> EmbeddingResponse {
        let (extra, warnings) = request.extra.separated(from: request.extraDialect, for: .openAI)
        var body = request.body.adding(extra)
        // Vectors are read as numbers; another encoding would not be.
        if body["encoding_format"] != nil { body["encoding_format"] = "float" }
        let path = client.dialect.paths.path("/embeddings", model: request.model)
        let answer = try await client.postJSON(path: path, body: .object(body), model: request.model)
        let context = client.context(model: request.model)
        guard let entries = answer["data"]?.array, entries.count == request.input.count else {
            throw context.error(
                .malformedResponse,
                "\(request.input.count) vectors were asked for, \(answer["data"]?.array?.count ?? 0) came"
            )
        }
        var vectors: [[Float]] = Array(repeating: [], count: entries.count)
        for (position, entry) in entries.enumerated() {
            let index = entry["index"]?.int ?? position
            guard vectors.indices.contains(index), vectors[index].isEmpty,
                let vector = EmbeddingResponse.vector(entry["embedding"])
            else {
                throw context.error(.malformedResponse, "vector \(position) of the answer cannot be read")
            }
            vectors[index] = vector
        }
        return EmbeddingResponse(
            vectors: vectors,
            model: answer["model"]?.string.map { ModelID($0) } ?? request.model,
            usage: OpenAIVocabulary.usage(answer["usage"]),
            warnings: warnings
        )
    }
}
