internal import ProviderKit
internal import TransportKit

/// Answers conversations: as they came where the model's provider speaks their dialect, else translated.
struct ChatEndpoint<Dialect: ServedDialect>: Endpoint {
    let dialect: Dialect
    /// The model, where it stands in the path.
    var model: ModelID?

    @inline(__always)
    func respond(to call: Call) async throws(CallerError) -> GatewayResponse {
        let request = try call.read(for: dialect.operation, model: model)
        let reading = Reading { () throws(PlexError) in try dialect.decodeRequest(request.parsed()).checked() }
        do throws(PlexError) {
            let answer = try await call.forward(
                request,
                dialect.operation,
                isStreaming: dialect.isStreaming(request.body),
                fields: call.fields(named: dialect.callersFields),
                framing: dialect.framing,
                encodeError: dialect.encodeStreamError
            ) { () throws(PlexError) in .chat(try reading.value().request) }
            if case .answered(let response) = answer { return response }
            return try await translated(answer, reading, call)
        } catch {
            throw call.refusal(Self.inCallersWords(error, reading))
        }
    }

    // A refusal of ours names a field of what was read.
    private static func inCallersWords(_ error: PlexError, _ reading: Reading<ServedRequest>) -> PlexError {
        guard error.status == nil, error.code == .invalidRequest || error.code == .unsupported,
            let served = try? reading.value()
        else { return error }
        return served.places.inCallersWords(error)
    }

    // Apart: what is forwarded, as most is, would hold room for all of this as long as it waits.
    @inline(never)
    private func translated(
        _ answer: Call.Forwarding,
        _ reading: Reading<ServedRequest>,
        _ call: Call
    ) async throws(PlexError) -> GatewayResponse {
        switch answer {
        case .answered(let response): return response
        case .translated(let response, let waiting):
            return try whole(response, of: reading.value(), waiting, call)
        case .translatedStream(let events, let route, let asked):
            return try await stream(events, of: reading.value(), since: asked, route, call)
        case .embeddings: throw PlexError(.internal, "vectors are no answer to a conversation")
        case .none:
            let provider = call.service.provider
            let served = try reading.value()
            let asked = ContinuousClock.now
            guard served.isStreaming else {
                let response = try await provider.respond(to: served.request)
                return whole(response, of: served, asked.duration(to: .now), call)
            }
            return try await stream(provider.stream(served.request), of: served, since: asked, nil, call)
        }
    }

    private func whole(
        _ response: ChatResponse,
        of served: ServedRequest,
        _ waiting: Duration,
        _ call: Call
    ) -> GatewayResponse {
        var response = response
        if !response.warnings.isEmpty { response.warnings = served.places.inCallersWords(response.warnings) }
        let context = call.answerContext(model: served.request.model)
        let body = dialect.encodeResponse(response, to: served, context: context).serialized
        return call.translated(response, body, dropped: dialect.droppedFields(response.warnings), waiting: waiting)
    }

    private func stream(
        _ events: ChatStream,
        of served: ServedRequest,
        since asked: ContinuousClock.Instant,
        _ route: Route?,
        _ call: Call
    ) async throws(PlexError) -> GatewayResponse {
        let encoder = dialect.makeStreamEncoder(for: served, context: call.answerContext(model: served.request.model))
        return try await call.streamed(
            events,
            encoder,
            places: served.places,
            framing: dialect.framing,
            since: asked,
            route: route,
            droppedFields: dialect.droppedFields
        )
    }
}

extension ServedDialect {
    fileprivate func droppedFields(_ warnings: [Warning]) -> [String] {
        callersWarnings(warnings.filter { $0.code == .dropped }).map(\.field)
    }
}
