public import ProviderKit

extension Router: TextCompletionProvider {
    /// Continues a text; a target that only chats gets the text as a user's message.
    ///
    /// - Parameter request: The text and settings.
    /// - Returns: The continuation, with the way that it took.
    /// - Throws: `PlexError`, which names every attempt.
    public func complete(_ request: TextCompletionRequest) async throws(PlexError) -> ChatResponse {
        let known = try await route(to: request.model)
        let run = run(
            RouteQuery(ChatRequest(completing: request), tiesBySession: known.tiesSessions),
            known,
            nil,
            whole: true
        )
        let core = core
        var (response, sent) = try await run.perform { lane throws(PlexError) in try await lane.complete(request, core)
        }
        response.route = run.succeeded(sent)
        return response
    }

    /// Continues a text as a stream.
    ///
    /// - Parameter request: The text and settings.
    /// - Returns: The stream.
    /// - Throws: `PlexError`, which names every attempt.
    public func streamCompletion(_ request: TextCompletionRequest) async throws(PlexError) -> ChatStream {
        let known = try await route(to: request.model)
        let isHeld = known.route.policy.onStreamCut == .hold
        let query = RouteQuery(ChatRequest(completing: request), tiesBySession: known.tiesSessions)
        let run = run(query, known, nil, whole: isHeld)
        let core = core
        let (stream, sent) = try await run.perform { lane throws(PlexError) in
            try await lane.openedCompletion(request, core, held: isHeld)
        }
        return completionEvents(stream, sent, run)
    }

    func completionEvents(_ stream: OpenedStream, _ sent: RouteRun.Sent, _ run: RouteRun) -> ChatStream {
        ChatStream {
            RoutedEvents(
                stream,
                sent,
                run: run,
                request: ChatRequest(model: sent.lane.model, messages: []),
                onStreamCut: .fail,
                middleware: [],
                open: { _, _ throws(PlexError) in throw PlexError(.internal, "a text is not begun anew") }
            )
        }
    }
}

extension Router: EmbeddingProvider {
    /// Turns texts into vectors.
    ///
    /// - Parameter request: The texts and the model.
    /// - Returns: One vector a text.
    /// - Throws: `PlexError`, which names every attempt.
    public func embed(_ request: EmbeddingRequest) async throws(PlexError) -> EmbeddingResponse {
        let known = try await route(to: request.model)
        let query = RouteQuery(
            model: request.model,
            needs: [.embeddings],
            promptTokens: request.input.reduce(0) { $0 + $1.utf8.count / 4 }
        )
        let run = run(query, known, nil, whole: true)
        let core = core
        let (response, sent) = try await run.perform { lane throws(PlexError) in try await lane.embed(request, core) }
        _ = run.succeeded(sent)
        return response
    }
}

extension RouteRun.Lane {
    func complete(_ request: TextCompletionRequest, _ core: RouterCore) async throws(PlexError) -> ChatResponse {
        try await core.bounded(self) { [self] () throws(PlexError) in
            guard let completer = provider as? any TextCompletionProvider else {
                return try await provider.respond(to: addressed(ChatRequest(completing: request)))
            }
            var request = request
            request.model = model
            return try await completer.complete(request)
        }
    }

    func openedCompletion(
        _ request: TextCompletionRequest,
        _ core: RouterCore,
        held isHeld: Bool
    ) async throws(PlexError) -> OpenedStream {
        try await core.bounded(self) { [self] () throws(PlexError) in
            guard let completer = provider as? any TextCompletionProvider else {
                let stream = try await provider.stream(addressed(ChatRequest(completing: request)))
                return try await OpenedStream.open(stream, held: isHeld)
            }
            var request = request
            request.model = model
            return try await OpenedStream.open(try await completer.streamCompletion(request), held: isHeld)
        }
    }

    func embed(_ request: EmbeddingRequest, _ core: RouterCore) async throws(PlexError) -> EmbeddingResponse {
        try await core.bounded(self) { [self] () throws(PlexError) in
            guard let embedder = provider as? any EmbeddingProvider else {
                throw PlexError(.unsupported, "this provider makes no embeddings; name a model of one that does")
            }
            var request = request
            request.model = model
            return try await embedder.embed(request)
        }
    }
}
