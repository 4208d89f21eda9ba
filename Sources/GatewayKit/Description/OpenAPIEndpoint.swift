internal import ProviderKit

/// Describes the interface, as far as the caller's listener has it.
///
/// The document is made when it is asked for: at the start it would cost time, and afterwards memory, that nobody uses.
struct OpenAPIEndpoint: Endpoint {
    let observation: Observation

    func respond(to call: Call) async throws(CallerError) -> GatewayResponse {
        let routes = Surface.routes(observation).filter { $0.isVisible(to: call.request.peer.role) }
        let service = call.service
        do {
            let document = try OpenAPIDocument(version: service.options.version, wantsKey: !service.isOpen)
            return GatewayResponse(json: document.json(of: routes))
        } catch {
            throw call.refusal(PlexError(.internal, "the description of the interface cannot be made: \(error)"))
        }
    }
}
