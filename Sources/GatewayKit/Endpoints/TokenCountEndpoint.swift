internal import ProviderKit
internal import TransportKit

/// Says how many tokens a request of Anthropic's dialect has, by estimate: nobody is asked.
struct TokenCountEndpoint: Endpoint {
    private let dialect = AnthropicServed()

    func respond(to call: Call) async throws(CallerError) -> GatewayResponse {
        let request = try call.read(for: .anthropicTokenCount)
        do throws(PlexError) {
            let served = try dialect.decodeRequest(request.parsed())
            return GatewayResponse(json: dialect.encodeTokenCount(served.request.estimatedTokens))
        } catch {
            throw call.refusal(error)
        }
    }
}
