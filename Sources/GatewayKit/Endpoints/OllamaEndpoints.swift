internal import ProviderKit
internal import TransportKit

/// Lists the models, in Ollama's dialect.
struct OllamaModelsEndpoint: Endpoint {
    func respond(to call: Call) async throws(CallerError) -> GatewayResponse {
        do throws(PlexError) {
            return GatewayResponse(json: OllamaModelList.encode(try await call.service.provider.models()))
        } catch {
            throw call.refusal(error)
        }
    }
}

/// Tells of one model, in Ollama's dialect.
struct OllamaModelEndpoint: Endpoint {
    func respond(to call: Call) async throws(CallerError) -> GatewayResponse {
        let request = try call.read(for: .ollamaShow)
        let provider = call.service.provider
        do throws(PlexError) {
            guard let model = try await provider.models().first(where: { $0.isNamed(request.model.rawValue) }) else {
                throw PlexError(
                    .notFound,
                    "there is no model of this name here; GET /api/tags lists those that there are"
                )
            }
            return GatewayResponse(json: OllamaModelList.encode(model, await provider.capabilities(of: request.model)))
        } catch {
            throw call.refusal(error)
        }
    }
}

/// Says which version of Ollama's interface is spoken, by which clients decide what they may use.
struct OllamaVersionEndpoint: Endpoint {
    /// The version of Ollama whose documentation the dialect follows.
    private static let spoken = "0.12.6"

    func respond(to call: Call) async throws(CallerError) -> GatewayResponse {
        GatewayResponse(json: ["version": .string(Self.spoken)])
    }
}

/// Lists the models that are in memory here: none ever is, as they are where their providers are.
struct OllamaRunningEndpoint: Endpoint {
    func respond(to call: Call) async throws(CallerError) -> GatewayResponse {
        GatewayResponse(json: ["models": []])
    }
}

/// Says what Ollama's clients look for before anything else: that a server of its interface is there.
struct OllamaRootEndpoint: Endpoint {
    func respond(to call: Call) async throws(CallerError) -> GatewayResponse {
        GatewayResponse(
            status: 200,
            fields: ["content-type": "text/plain; charset=utf-8"],
            body: .bytes(Array("Ollama is running".utf8))
        )
    }
}
