internal import ProviderKit
internal import TransportKit

/// Sends what is asked of OpenAI's audio and image interfaces on as it came; nobody else has a counterpart.
struct MediaEndpoint: Endpoint {
    let operation: WireOperation

    func respond(to call: Call) async throws(CallerError) -> GatewayResponse {
        let request = try call.readMedia(for: operation)
        var fields = HTTPFields()
        if let type = call.request.fields["content-type"], request.body.isForm { fields.append("content-type", type) }
        do throws(PlexError) {
            let answer = try await call.forward(
                request,
                operation,
                fields: fields,
                encodeError: OpenAIChatServed().encodeStreamError,
                translation: nil
            )
            guard case .answered(let response) = answer else {
                throw PlexError(
                    .unsupported,
                    "this model's provider has no interface for sound and pictures as OpenAI's; use another model",
                    parameter: "model"
                )
            }
            return response
        } catch {
            throw call.refusal(error)
        }
    }
}
