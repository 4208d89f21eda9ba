internal import ProviderKit
internal import TransportKit

/// The gateway's paths.
enum Surface {
    static func routes(_ observation: Observation) -> [GatewayRoute] {
        dialects + [
            GatewayRoute(method: "GET", path: "/health", isOpen: true, endpoint: HealthEndpoint()),
            GatewayRoute(
                method: "GET",
                path: "/health/ready",
                isOpen: true,
                endpoint: ReadyEndpoint(observation: observation)
            ),
            GatewayRoute(
                method: "GET",
                path: "/v1/health",
                endpoint: ProvidersHealthEndpoint(observation: observation)
            ),
            GatewayRoute(
                method: "GET",
                path: "/metrics",
                audience: .hosts,
                endpoint: MetricsEndpoint(observation: observation)
            ),
            GatewayRoute(
                method: "GET",
                path: "/_internal/status",
                audience: .hosts,
                endpoint: StatusEndpoint(observation: observation)
            ),
            GatewayRoute(method: "GET", path: "/_internal/config", audience: .hosts, endpoint: ConfigurationEndpoint()),
            GatewayRoute(method: "GET", path: "/_internal/routes", audience: .hosts, endpoint: RoutingEndpoint()),
            GatewayRoute(
                method: "POST",
                path: "/_internal/providers/reset",
                audience: .hosts,
                endpoint: ResetEndpoint()
            ),
        ] + tools
    }

    /// The paths of the vendors' interfaces.
    static var dialects: [GatewayRoute] { openAI + media + anthropic + ollama + gemini }

    private static var openAI: [GatewayRoute] {
        [
            GatewayRoute(
                method: "POST",
                path: "/v1/chat/completions",
                asksModels: true,
                endpoint: ChatEndpoint(dialect: OpenAIChatServed())
            ),
            GatewayRoute(
                method: "POST",
                path: "/v1/responses",
                asksModels: true,
                endpoint: ChatEndpoint(dialect: ResponsesServed())
            ),
            GatewayRoute(method: "POST", path: "/v1/completions", asksModels: true, endpoint: CompletionEndpoint()),
            GatewayRoute(
                method: "POST",
                path: "/v1/embeddings",
                asksModels: true,
                endpoint: EmbeddingsEndpoint(dialect: OpenAIEmbeddingsServed())
            ),
            GatewayRoute(method: "GET", path: "/v1/models", endpoint: ModelsEndpoint()),
            GatewayRoute(method: "GET", path: "/v1/models/{model}", endpoint: ModelsEndpoint()),
        ]
    }

    private static var media: [GatewayRoute] {
        let paths: [(String, WireOperation)] = [
            ("audio/speech", .openAISpeech), ("audio/transcriptions", .openAITranscription),
            ("audio/translations", .openAITranslation), ("images/generations", .openAIImageGeneration),
            ("images/edits", .openAIImageEdit), ("images/variations", .openAIImageVariation),
        ]
        return paths.map { path, operation in
            GatewayRoute(
                method: "POST",
                path: "/v1/\(path)",
                asksModels: true,
                endpoint: MediaEndpoint(operation: operation)
            )
        }
    }

    private static var anthropic: [GatewayRoute] {
        [
            GatewayRoute(
                method: "POST",
                path: "/v1/messages",
                asksModels: true,
                endpoint: ChatEndpoint(dialect: AnthropicServed())
            ),
            GatewayRoute(method: "POST", path: "/v1/messages/count_tokens", endpoint: TokenCountEndpoint()),
        ]
    }

    private static var ollama: [GatewayRoute] {
        [
            GatewayRoute(
                method: "POST",
                path: "/api/chat",
                asksModels: true,
                endpoint: ChatEndpoint(dialect: OllamaServed())
            ),
            GatewayRoute(
                method: "POST",
                path: "/api/generate",
                asksModels: true,
                endpoint: ChatEndpoint(dialect: OllamaServed(isCompletion: true))
            ),
            GatewayRoute(
                method: "POST",
                path: "/api/embed",
                asksModels: true,
                endpoint: EmbeddingsEndpoint(dialect: OllamaEmbedServed())
            ),
            GatewayRoute(
                method: "POST",
                path: "/api/embeddings",
                asksModels: true,
                endpoint: EmbeddingsEndpoint(dialect: OllamaEmbedServed(isOld: true))
            ),
            GatewayRoute(method: "GET", path: "/api/tags", endpoint: OllamaModelsEndpoint()),
            GatewayRoute(method: "POST", path: "/api/show", endpoint: OllamaModelEndpoint()),
            GatewayRoute(method: "GET", path: "/api/ps", endpoint: OllamaRunningEndpoint()),
            GatewayRoute(method: "GET", path: "/api/version", endpoint: OllamaVersionEndpoint()),
            GatewayRoute(method: "GET", path: "/", isOpen: true, endpoint: OllamaRootEndpoint()),
        ]
    }

    private static var gemini: [GatewayRoute] {
        [
            GatewayRoute(
                method: "POST",
                path: "/v1beta/models/{model}",
                asksModels: true,
                endpoint: GeminiEndpoint()
            ),
            // The same interface under the name of its stable version, which Google's own client asks for.
            GatewayRoute(method: "POST", path: "/v1/models/{model}", asksModels: true, endpoint: GeminiEndpoint()),
            GatewayRoute(method: "GET", path: "/v1beta/models", endpoint: GeminiModelsEndpoint()),
            GatewayRoute(method: "GET", path: "/v1beta/models/{model}", endpoint: GeminiModelsEndpoint()),
        ]
    }

    /// Writes an error in the dialect of a path.
    static func encodeError(_ error: CallerError, path: String) -> JSONValue {
        if path.hasPrefix("/api/") { return OllamaServed().encodeError(error) }
        if path.hasPrefix("/v1beta/") { return GeminiServed().encodeError(error) }
        let path = path.hasPrefix("/models/") ? path.dropFirst("/models".count) : path[...]
        if path.hasPrefix("/v1/models/"), let method = path.split(separator: ":").last, GeminiEndpoint.serves(method) {
            return GeminiServed().encodeError(error)
        }
        if path == "/v1/messages" || path.hasPrefix("/v1/messages/") { return AnthropicServed().encodeError(error) }
        return OpenAIChatServed().encodeError(error)
    }
}
