internal import ProviderKit
internal import TransportKit

/// Continues texts, in OpenAI's dialect.
struct CompletionEndpoint: Endpoint {
    private let dialect = OpenAICompletionServed()

    func respond(to call: Call) async throws(CallerError) -> GatewayResponse {
        let request = try call.read(for: dialect.operation)
        let reading = Reading { () throws(PlexError) in try dialect.decodeRequest(request.parsed()) }
        do throws(PlexError) {
            let answer = try await call.forward(request, dialect.operation, encodeError: dialect.encodeStreamError) {
                () throws(PlexError) in .completion(try reading.value().request)
            }
            switch answer {
            case .answered(let response): return response
            case .translated(let response, let waiting):
                return try whole(response, of: reading.value(), waiting, call)
            case .translatedStream(let events, let route, let asked):
                return try await stream(events, of: reading.value(), since: asked, route, call)
            case .embeddings: throw PlexError(.internal, "vectors are no answer to a text")
            case .none: break
            }
            guard let completer = call.service.completer else {
                throw PlexError(
                    .unsupported,
                    "what this gateway serves does not continue texts; use /v1/chat/completions"
                )
            }
            let served = try reading.value()
            let asked = ContinuousClock.now
            guard served.isStreaming else {
                let response = try await completer.complete(served.request)
                return whole(response, of: served, asked.duration(to: .now), call)
            }
            return try await stream(completer.streamCompletion(served.request), of: served, since: asked, nil, call)
        } catch {
            throw call.refusal(error)
        }
    }

    private func whole(
        _ response: ChatResponse,
        of served: ServedCompletion,
        _ waiting: Duration,
        _ call: Call
    ) -> GatewayResponse {
        let context = call.answerContext(model: served.request.model)
        let body = dialect.encodeResponse(response, context: context).serialized
        return call.translated(response, body, dropped: droppedFields(response.warnings), waiting: waiting)
    }

    private func stream(
        _ events: ChatStream,
        of served: ServedCompletion,
        since asked: ContinuousClock.Instant,
        _ route: Route?,
        _ call: Call
    ) async throws(PlexError) -> GatewayResponse {
        let encoder = dialect.makeStreamEncoder(for: served, context: call.answerContext(model: served.request.model))
        return try await call.streamed(events, encoder, since: asked, route: route, droppedFields: droppedFields)
    }

    private func droppedFields(_ warnings: [Warning]) -> [String] {
        dialect.callersWarnings(warnings.filter { $0.code == .dropped }).map(\.field)
    }
}
