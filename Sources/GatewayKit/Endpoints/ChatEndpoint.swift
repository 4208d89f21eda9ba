internal import ProviderKit
internal import TransportKit

/// Answers conversations: as they came where the model's provider speaks their dialect, else translated.
struct ChatEndpoint<Dialect: ServedDialect>: Endpoint {
    let dialect: Dialect

    func respond(to call: Call) async throws(CallerError) -> GatewayResponse {
        let request = try call.read(for: dialect.operation)
        do throws(PlexError) {
            if let answer = try await call.forward(request, dialect.operation, encodeError: dialect.encodeStreamError) {
                return answer
            }
            let served = try dialect.decodeRequest(request.parsed())
            return try await served.isStreaming ? stream(served, call) : respond(to: served, call)
        } catch {
            throw call.refusal(error)
        }
    }

    private func respond(to served: ServedRequest, _ call: Call) async throws(PlexError) -> GatewayResponse {
        let asked = ContinuousClock.now
        let response = try await call.service.provider.respond(to: served.request)
        let waiting = asked.duration(to: .now)
        let context = call.answerContext(model: served.request.model)
        let body = dialect.encodeResponse(response, to: served, context: context).serialized
        return call.translated(response, body, dropped: dialect.droppedFields(response.warnings), waiting: waiting)
    }

    private func stream(_ served: ServedRequest, _ call: Call) async throws(PlexError) -> GatewayResponse {
        let asked = ContinuousClock.now
        let stream = try await call.service.provider.stream(served.request)
        let encoder = dialect.makeStreamEncoder(for: served, context: call.answerContext(model: served.request.model))
        return try await call.streamed(stream, encoder, since: asked, droppedFields: dialect.droppedFields)
    }
}

extension ServedDialect {
    fileprivate func droppedFields(_ warnings: [Warning]) -> [String] {
        callersWarnings(warnings.filter { $0.code == .dropped }).map(\.field)
    }
}
