public import ProviderKit

/// A provider, and a model of it.
public struct ResolvedModel: Sendable {
    /// The provider.
    public let provider: any Provider
    /// The model's name at the provider.
    public let model: ModelID

    /// Sends a request to this model and notes the attempt.
    func respond(to request: ChatRequest) async throws(PlexError) -> ChatResponse {
        let provider = provider
        return try await response(to: addressed(request)) { request throws(PlexError) in
            try await provider.respond(to: request)
        }
    }

    /// Opens a stream to this model, which notes the attempt when it ends.
    func stream(_ request: ChatRequest) async throws(PlexError) -> ChatStream {
        let provider = provider
        return try await openedStream(addressed(request)) { request throws(PlexError) in
            try await provider.stream(request)
        }
    }

    /// Sends a request on in its own words and notes the attempt.
    ///
    /// - Returns: The answer, or `nil` if the provider does not speak the request's dialect.
    func forward(_ request: ForwardRequest) async throws(PlexError) -> ForwardedAnswer? {
        guard let provider = provider as? any ForwardingProvider else { return nil }
        let started = ContinuousClock.now
        var request = request
        request.model = model
        do {
            guard var answer = try await provider.forward(request) else { return nil }
            if answer.route == nil { answer.route = Route(attempts: [attempt(nil, status: nil, since: started)]) }
            return answer
        } catch {
            throw noted(error, since: started)
        }
    }

    /// Lets this model continue a text and notes the attempt; one that only chats gets the text as a user's message.
    func complete(_ request: TextCompletionRequest) async throws(PlexError) -> ChatResponse {
        var request = request
        request.model = model
        guard let provider = provider as? any TextCompletionProvider else {
            return try await respond(to: ChatRequest(completing: request))
        }
        return try await response(to: request) { request throws(PlexError) in
            try await provider.complete(request)
        }
    }

    /// Lets this model continue a text as a stream, which notes the attempt when it ends.
    func streamCompletion(_ request: TextCompletionRequest) async throws(PlexError) -> ChatStream {
        var request = request
        request.model = model
        guard let provider = provider as? any TextCompletionProvider else {
            return try await stream(ChatRequest(completing: request))
        }
        return try await openedStream(request) { request throws(PlexError) in
            try await provider.streamCompletion(request)
        }
    }

    /// Lets this model turn texts into vectors.
    func embed(_ request: EmbeddingRequest) async throws(PlexError) -> EmbeddingResponse {
        guard let provider = provider as? any EmbeddingProvider else {
            throw PlexError(
                .unsupported,
                "this provider makes no embeddings; name a model of one that does",
                provider: provider.id,
                model: model
            )
        }
        let started = ContinuousClock.now
        var request = request
        request.model = model
        do {
            return try await provider.embed(request)
        } catch {
            throw noted(error, since: started)
        }
    }

    private func response<Request>(
        to request: Request,
        from respond: (Request) async throws(PlexError) -> ChatResponse
    ) async throws(PlexError) -> ChatResponse {
        let started = ContinuousClock.now
        do {
            var response = try await respond(request)
            note(in: &response, since: started)
            return response
        } catch {
            throw noted(error, since: started)
        }
    }

    private func openedStream<Request>(
        _ request: Request,
        from open: (Request) async throws(PlexError) -> ChatStream
    ) async throws(PlexError) -> ChatStream {
        let started = ContinuousClock.now
        do {
            let stream = try await open(request)
            return ChatStream { NotingIterator(target: self, started: started, events: stream.makeAsyncIterator()) }
        } catch {
            throw noted(error, since: started)
        }
    }

    private func addressed(_ request: ChatRequest) -> ChatRequest {
        var request = request
        request.model = model
        return request
    }

    fileprivate func note(in response: inout ChatResponse, since started: ContinuousClock.Instant) {
        guard response.route == nil else { return }
        response.route = Route(attempts: [attempt(nil, status: nil, since: started)])
    }

    fileprivate func noted(_ error: PlexError, since started: ContinuousClock.Instant) -> PlexError {
        var error = error
        if error.provider == nil { error.provider = provider.id }
        if error.model == nil { error.model = model }
        if error.attempts.isEmpty {
            error.attempts = [attempt(error.code, status: error.status, since: started)]
        }
        return error
    }

    private func attempt(_ code: PlexError.Code?, status: Int?, since started: ContinuousClock.Instant) -> Attempt {
        Attempt(
            provider: provider.id,
            model: model,
            code: code,
            status: status,
            duration: started.duration(to: ContinuousClock.now)
        )
    }
}

/// Passes a stream's events on and notes the attempt in its end.
private struct NotingIterator: ChatEventIterator {
    let target: ResolvedModel
    let started: ContinuousClock.Instant
    var events: ChatStream.AsyncIterator

    mutating func next() async throws(PlexError) -> ChatEvent? {
        do {
            let event = try await events.next()
            guard case .finished(var response) = event else { return event }
            target.note(in: &response, since: started)
            return .finished(response)
        } catch {
            throw target.noted(error, since: started)
        }
    }
}
