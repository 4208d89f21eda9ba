internal import ProviderKit
internal import TransportKit

/// Continues texts, in OpenAI's dialect.
struct CompletionEndpoint: Endpoint {
    private let dialect = OpenAICompletionServed()

    func respond(to call: Call) async throws(CallerError) -> GatewayResponse {
        let request = try call.read(for: dialect.operation)
        do throws(PlexError) {
            if let answer = try await call.forward(request, dialect.operation, encodeError: dialect.encodeStreamError) {
                return answer
            }
            guard let completer = call.service.completer else {
                throw PlexError(
                    .unsupported,
                    "what this gateway serves does not continue texts; use /v1/chat/completions"
                )
            }
            let served = try dialect.decodeRequest(request.parsed())
            return try await served.isStreaming
                ? stream(served, completer, call) : complete(served, completer, call)
        } catch {
            throw call.refusal(error)
        }
    }

    private func complete(
        _ served: ServedCompletion,
        _ completer: any TextCompletionProvider,
        _ call: Call
    ) async throws(PlexError) -> GatewayResponse {
        let asked = ContinuousClock.now
        let response = try await completer.complete(served.request)
        let waiting = asked.duration(to: .now)
        let context = call.answerContext(model: served.request.model)
        let body = dialect.encodeResponse(response, context: context).serialized
        return call.translated(response, body, dropped: droppedFields(response.warnings), waiting: waiting)
    }

    private func stream(
        _ served: ServedCompletion,
        _ completer: any TextCompletionProvider,
        _ call: Call
    ) async throws(PlexError) -> GatewayResponse {
        let asked = ContinuousClock.now
        let stream = try await completer.streamCompletion(served.request)
        let encoder = dialect.makeStreamEncoder(for: served, context: call.answerContext(model: served.request.model))
        return try await call.streamed(stream, encoder, since: asked, droppedFields: droppedFields)
    }

    private func droppedFields(_ warnings: [Warning]) -> [String] {
        dialect.callersWarnings(warnings.filter { $0.code == .dropped }).map(\.field)
    }
}
