internal import ProviderKit
internal import TransportKit

/// Answers what is asked of a model in Gemini's dialect: what is to be done stands behind the model's name in the path.
struct GeminiEndpoint: Endpoint {
    /// Whether something is done by this name.
    static func serves(_ method: Substring) -> Bool {
        ["generateContent", "streamGenerateContent", "countTokens", "embedContent", "batchEmbedContents"]
            .contains(String(method))
    }

    func respond(to call: Call) async throws(CallerError) -> GatewayResponse {
        let parts = call.parameter.split(separator: ":", omittingEmptySubsequences: false)
        guard let method = parts.last, parts.count > 1 else { throw Self.unknown(call) }
        let model = ModelID(parts.dropLast().joined(separator: ":"))
        switch method {
        case "generateContent":
            return try await ChatEndpoint(dialect: GeminiServed(.whole), model: model).respond(to: call)
        case "streamGenerateContent":
            let isEvents = call.request.query?.split(separator: "&").contains("alt=sse") ?? false
            return try await ChatEndpoint(dialect: GeminiServed(isEvents ? .events : .array), model: model)
                .respond(to: call)
        case "embedContent", "batchEmbedContents":
            let dialect = GeminiEmbedServed(isBatch: method == "batchEmbedContents")
            return try await EmbeddingsEndpoint(dialect: dialect, model: model).respond(to: call)
        case "countTokens": return try await count(call, model)
        default: throw Self.unknown(call)
        }
    }

    private func count(_ call: Call, _ model: ModelID) async throws(CallerError) -> GatewayResponse {
        let request = try call.read(for: .geminiTokenCount, model: model)
        let dialect = GeminiServed()
        return try await call.counted(request, .geminiTokenCount) { () throws(PlexError) in
            dialect.encodeTokenCount(try dialect.decodeTokenCount(request.parsed()).estimatedTokens)
        }
    }

    private static func unknown(_ call: Call) -> CallerError {
        call.exchange.error(
            404,
            "unknown_path",
            "a model's name is followed by :generateContent, :streamGenerateContent, :countTokens, :embedContent or "
                + ":batchEmbedContents here"
        )
    }
}

/// Lists the models, or tells of one, in Gemini's dialect.
struct GeminiModelsEndpoint: Endpoint {
    func respond(to call: Call) async throws(CallerError) -> GatewayResponse {
        let dialect = GeminiServed()
        do throws(PlexError) {
            let models = try await call.service.provider.models()
            guard !call.parameter.isEmpty else { return GatewayResponse(json: dialect.encodeModels(models)) }
            guard let model = models.first(where: { $0.isNamed(call.parameter) }) else {
                throw PlexError(
                    .notFound,
                    "there is no model of this name here; GET /v1beta/models lists those that there are"
                )
            }
            return GatewayResponse(json: dialect.encodeModel(model))
        } catch {
            throw call.refusal(error)
        }
    }
}
