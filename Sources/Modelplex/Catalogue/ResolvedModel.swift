public import ProviderKit

/// A provider, and a model of it.
public struct ResolvedModel: Sendable {
    /// The provider.
    public let provider: any Provider
    /// The model's name at the provider.
    public let model: ModelID

    /// Sends a request to this model and notes the attempt.
    func respond(to request: ChatRequest) async throws(PlexError) -> ChatResponse {
        let started = ContinuousClock.now
        do {
            var response = try await provider.respond(to: addressed(request))
            note(in: &response, since: started)
            return response
        } catch {
            throw noted(error, since: started)
        }
    }

    /// Opens a stream to this model, which notes the attempt when it ends.
    func stream(_ request: ChatRequest) async throws(PlexError) -> ChatStream {
        let started = ContinuousClock.now
        do {
            let stream = try await provider.stream(addressed(request))
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
