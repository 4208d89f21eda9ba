internal import TransportKit

extension OpenAIProvider: ProbedProvider {
    /// The models of the configuration, else those that the server lists, in its order and each once.
    ///
    /// - Throws: `PlexError`.
    public func models() async throws(PlexError) -> [Model] {
        if let models = client.configuration.models {
            return models.map { Model(id: $0, provider: id) }
        }
        return try await probe()
    }

    /// The models that the server lists, in its order and each once.
    ///
    /// - Throws: `PlexError`.
    public func probe() async throws(PlexError) -> [Model] {
        let body = try await client.getJSON(path: client.dialect.paths.path("/models"))
        // Most give `data`, some the bare list, some `models`.
        guard let entries = body["data"]?.array ?? body.array ?? body["models"]?.array else {
            let context = client.context(model: nil)
            throw context.error(
                .malformedResponse,
                "the list of models of \(context.host) has no data; is base_url right? OpenAI-style ones end in /v1"
            )
        }
        var seen: Set<ModelID> = []
        return entries.compactMap(model).filter { seen.insert($0.id).inserted }
    }

    private func model(_ entry: JSONValue) -> Model? {
        guard let name = entry["id"]?.string ?? entry["name"]?.string, !name.isEmpty else { return nil }
        let lengths = ["context_length", "context_window", "max_model_len", "max_context_length"]
        return Model(
            id: ModelID(name),
            provider: id,
            displayName: (entry["display_name"] ?? entry["name"])?.string.flatMap { $0 == name ? nil : $0 },
            owner: (entry["owned_by"] ?? entry["organization"])?.string,
            created: entry["created"]?.int,
            contextLength: lengths.lazy.compactMap { entry[$0]?.int }.first
                ?? entry["meta"]?["n_ctx"]?.int ?? entry["meta"]?["n_ctx_train"]?.int,
            sizeInBytes: entry["meta"]?["size"]?.int
        )
    }
}
