internal import ProviderKit

/// Turns texts into vectors.
struct EmbeddingsEndpoint<Dialect: ServedEmbeddingDialect>: Endpoint {
    let dialect: Dialect
    /// The model, where it stands in the path.
    var model: ModelID?

    func respond(to call: Call) async throws(CallerError) -> GatewayResponse {
        let request = try call.read(for: dialect.operation, model: model)
        let reading = Reading { () throws(PlexError) in try dialect.decodeRequest(request.parsed()) }
        do throws(PlexError) {
            let answer = try await call.forward(request, dialect.operation, encodeError: { _ in [] }) {
                () throws(PlexError) in .embedding(try reading.value().request)
            }
            switch answer {
            case .answered(let response): return response
            case .embeddings(let response, let answer, let waiting):
                return try vectors(response, of: reading.value(), answer, waiting, call)
            case .translated, .translatedStream:
                throw PlexError(.internal, "a text is no answer where vectors are wanted")
            case .none: break
            }
            guard let embedder = call.service.embedder else {
                throw PlexError(.unsupported, "what this gateway serves makes no embeddings")
            }
            let served = try reading.value()
            let asked = ContinuousClock.now
            let response = try await embedder.embed(served.request)
            return vectors(response, of: served, nil, asked.duration(to: .now), call)
        } catch {
            throw call.refusal(error)
        }
    }

    private func vectors(
        _ response: EmbeddingResponse,
        of served: ServedEmbedding,
        _ answer: ForwardedAnswer?,
        _ waiting: Duration,
        _ call: Call
    ) -> GatewayResponse {
        call.exchange.note { $0.usage = response.usage }
        let dropped = dialect.callersWarnings(response.warnings.filter { $0.code == .dropped }).map(\.field)
        let context = call.answerContext(model: served.request.model)
        let fields = AnswerFields(
            provider: answer?.provider,
            model: answer?.model ?? response.model,
            attempts: answer?.route?.attempts.count,
            dropped: dropped,
            overhead: call.exchange.noteOverhead(waiting: waiting)
        )
        return GatewayResponse(json: dialect.encodeResponse(response, to: served, context: context), fields)
    }
}
