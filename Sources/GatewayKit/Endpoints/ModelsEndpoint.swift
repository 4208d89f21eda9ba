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
        // Anthropic's clients ask at the same path, and always name their version of the interface.
        let isAnthropic = call.request.fields["anthropic-version"] != nil
        // So do Google's, which say who they are.
        let isGoogle = call.request.fields["x-goog-api-client"] != nil
        guard !call.parameter.isEmpty else {
            if isGoogle { return GatewayResponse(json: GeminiServed().encodeModels(models)) }
            let list = isAnthropic ? AnthropicServed().encodeModels(models) : OpenAIModelList.encode(models)
            return GatewayResponse(json: list)
        }
        guard let model = models.first(where: { call.names($0) }) else {
            throw call.exchange.error(
                404,
                "model_not_found",
                "there is no model of this name here; GET /v1/models lists those that there are",
                parameter: "model"
            )
        }
        if isGoogle { return GatewayResponse(json: GeminiServed().encodeModel(model)) }
        return GatewayResponse(
            json: isAnthropic ? AnthropicServed().encodeModel(model) : OpenAIModelList.encode(model)
        )
    }
}

extension Model {
    /// Whether a name is this model's, alone or with its provider.
    func isNamed(_ name: String) -> Bool {
        name == id.rawValue || name == "\(provider)/\(id)"
    }
}

extension Call {
    /// Whether the path names a model, alone or with its provider.
    fileprivate func names(_ model: Model) -> Bool {
        model.isNamed(parameter)
    }
}
