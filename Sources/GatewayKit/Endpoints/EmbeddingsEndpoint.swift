internal import ProviderKit
internal import TransportKit

/// Turns texts into vectors, in OpenAI's dialect.
struct EmbeddingsEndpoint: Endpoint {
    private let dialect = OpenAIEmbeddingsServed()

    func respond(to call: Call) async throws(CallerError) -> GatewayResponse {
        let request = try call.read(for: dialect.operation)
        do throws(PlexError) {
            if let answer = try await call.forward(request, dialect.operation, encodeError: { _ in [] }) {
                return answer
            }
            guard let embedder = call.service.embedder else {
                throw PlexError(.unsupported, "what this gateway serves makes no embeddings")
            }
            let served = try dialect.decodeRequest(request.parsed())
            let asked = ContinuousClock.now
            let response = try await embedder.embed(served.request)
            let waiting = asked.duration(to: .now)
            call.exchange.note { $0.usage = response.usage }
            let dropped = dialect.callersWarnings(response.warnings.filter { $0.code == .dropped }).map(\.field)
            let body = dialect.encodeResponse(
                response,
                to: served,
                context: call.answerContext(model: served.request.model)
            )
            let fields = AnswerFields(
                model: response.model,
                dropped: dropped,
                overhead: call.exchange.noteOverhead(waiting: waiting)
            )
            return GatewayResponse(json: body, fields)
        } catch {
            throw call.refusal(error)
        }
    }
}
