internal import TransportKit

extension OllamaProvider: TextCompletionProvider {
    /// Continues a text by `/api/generate`.
    ///
    /// The server puts the text into the model's template; `extra["raw"] = true` passes it to the model as it is.
    ///
    /// - Throws: `PlexError`.
    public func complete(_ request: TextCompletionRequest) async throws(PlexError) -> ChatResponse {
        let body = try await client.postJSON(
            path: "/api/generate",
            body: OllamaGenerate.encode(request, isStreaming: false),
            model: request.model
        )
        do {
            return try client.dialect.decodeResponse(body, provider: id, model: request.model)
        } catch {
            throw client.context(model: request.model).completing(error)
        }
    }

    /// Continues a text by `/api/generate`, as a stream.
    ///
    /// - Throws: `PlexError`, if the server cannot be reached or refuses.
    public func streamCompletion(_ request: TextCompletionRequest) async throws(PlexError) -> ChatStream {
        let (frames, context) = try await client.openFrames(
            path: "/api/generate",
            body: OllamaGenerate.encode(request, isStreaming: true),
            framing: .newlineDelimitedJSON,
            model: request.model
        )
        let start = StreamAssembler.Start(provider: id, model: request.model, requestID: context.requestID)
        return ChatStream { [dialect = client.dialect] in
            ChatEventReader(
                frames: frames,
                decoder: dialect.makeStreamDecoder(),
                assembler: StreamAssembler(start),
                context: context
            )
        }
    }
}

extension OllamaProvider: EmbeddingProvider {
    /// Turns texts into vectors by `/api/embed`.
    ///
    /// - Throws: `PlexError`.
    public func embed(_ request: EmbeddingRequest) async throws(PlexError) -> EmbeddingResponse {
        var body: JSONObject = [
            "model": .string(request.model.rawValue), "input": .array(request.input.map { .string($0) }),
        ]
        body["dimensions"] = request.dimensions.map { .number(JSONNumber($0)) }
        OllamaRequestEncoder.apply(request.extra, to: &body)
        let answer = try await client.postJSON(path: "/api/embed", body: .object(body), model: request.model)
        let vectors = (answer["embeddings"]?.array ?? []).compactMap { vector in
            vector.array?.compactMap { $0.double.map(Float.init) }
        }
        guard vectors.count == request.input.count else {
            throw client.context(model: request.model).error(
                .malformedResponse,
                "\(request.input.count) texts were sent and \(vectors.count) vectors came back"
            )
        }
        return EmbeddingResponse(
            vectors: vectors,
            model: answer["model"]?.string.map { ModelID($0) } ?? request.model,
            usage: answer["prompt_eval_count"]?.int.map { Usage(inputTokens: $0, outputTokens: 0) }
        )
    }
}

/// The wire of `/api/generate`.
enum OllamaGenerate {
    static func encode(_ request: TextCompletionRequest, isStreaming: Bool) -> JSONValue {
        var body: JSONObject = [
            "model": .string(request.model.rawValue), "prompt": .string(request.prompt), "stream": .bool(isStreaming),
        ]
        let options = OllamaRequestEncoder.encodeOptions(
            request.sampling,
            maximumTokens: request.maximumTokens,
            stopSequences: request.stopSequences
        )
        if !options.isEmpty {
            body["options"] = .object(options)
        }
        OllamaRequestEncoder.apply(request.extra, to: &body)
        return .object(body)
    }
}
