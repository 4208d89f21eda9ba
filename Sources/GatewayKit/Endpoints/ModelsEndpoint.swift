internal import ProviderKit
internal import TransportKit

/// Lists the models, or tells of one.
struct ModelsEndpoint: Endpoint {
    func respond(to call: Call) async throws(CallerError) -> GatewayResponse {
        let models: [Model]
        do throws(PlexError) {
            models = try await call.service.provider.models()
        } catch {
            throw call.refusal(error)
        }
        guard !call.parameter.isEmpty else { return GatewayResponse(json: OpenAIModelList.encode(models)) }
        guard let model = models.first(where: { call.names($0) }) else {
            throw call.exchange.error(
                404,
                "model_not_found",
                "there is no model of this name here; GET /v1/models lists those that there are",
                parameter: "model"
            )
        }
        return GatewayResponse(json: OpenAIModelList.encode(model))
    }
}

extension Call {
    /// Whether the path names a model, alone or with its provider.
    fileprivate func names(_ model: Model) -> Bool {
        parameter == model.id.rawValue || parameter == "\(model.provider)/\(model.id)"
    }
}
