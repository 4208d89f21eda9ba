internal import ProviderKit

/// The gateway's paths.
enum Surface {
    static func routes(_ observation: Observation) -> [GatewayRoute] {
        openAI + [
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
        ]
    }

    private static var openAI: [GatewayRoute] {
        [
            GatewayRoute(
                method: "POST",
                path: "/v1/chat/completions",
                asksModels: true,
                endpoint: ChatEndpoint(dialect: OpenAIChatServed())
            ),
            GatewayRoute(method: "POST", path: "/v1/completions", asksModels: true, endpoint: CompletionEndpoint()),
            GatewayRoute(method: "POST", path: "/v1/embeddings", asksModels: true, endpoint: EmbeddingsEndpoint()),
            GatewayRoute(method: "GET", path: "/v1/models", endpoint: ModelsEndpoint()),
            GatewayRoute(method: "GET", path: "/v1/models/{model}", endpoint: ModelsEndpoint()),
        ]
    }
}
