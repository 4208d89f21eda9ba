internal import ProviderKit
internal import TransportKit

/// The gateway's paths.
///
/// There is no other list of them: requests find their endpoints by it, and the description of the interface is made of it.
enum Surface {
    static func routes(_ observation: Observation) -> [GatewayRoute] {
        dialects + health(observation) + operation(observation) + watching(observation) + tools
    }

    /// The paths of the vendors' interfaces.
    static var dialects: [GatewayRoute] { openAI + media + anthropic + ollama + gemini }

    private static func health(_ observation: Observation) -> [GatewayRoute] {
        [
            GatewayRoute(method: "GET", path: "/health", isOpen: true, endpoint: HealthEndpoint()) {
                [.reading(.health, "Says that the process lives", .json("Health"))]
            },
            GatewayRoute(
                method: "GET",
                path: "/health/ready",
                isOpen: true,
                endpoint: ReadyEndpoint(observation: observation)
            ) {
                var operation = OperationDescription.reading(
                    .health,
                    "Says whether a provider can be expected to answer",
                    .json("Readiness")
                )
                operation.answers.append(
                    OperationDescription.Answer(
                        status: 503,
                        text: "None can, or the gateway is full or stopping",
                        contents: [.json("Unreadiness")]
                    )
                )
                return [operation]
            },
            GatewayRoute(
                method: "GET",
                path: "/v1/health",
                endpoint: ProvidersHealthEndpoint(observation: observation)
            ) {
                let probe = OperationDescription.Parameter(
                    name: "probe",
                    place: .query,
                    text: "true asks all providers, and not only those that are not known to be well"
                )
                return [.reading(.health, "Says how each provider is", parameters: [probe], .json("ProvidersHealth"))]
            },
            GatewayRoute(method: "GET", path: "/openapi.json", endpoint: OpenAPIEndpoint(observation: observation)) {
                [.reading(.health, "Describes this interface, as far as the listener has it", .json("Object"))]
            },
        ]
    }

    private static func operation(_ observation: Observation) -> [GatewayRoute] {
        [
            GatewayRoute(
                method: "GET",
                path: "/metrics",
                audience: .hosts,
                endpoint: MetricsEndpoint(observation: observation)
            ) {
                [.reading(.operation, "Gives the figures for Prometheus", .text)]
            },
            GatewayRoute(
                method: "GET",
                path: "/_internal/status",
                audience: .hosts,
                endpoint: StatusEndpoint(observation: observation)
            ) {
                [.reading(.operation, "Tells what the gateway is doing", .json("Object"))]
            },
            GatewayRoute(
                method: "GET",
                path: "/_internal/config",
                audience: .hosts,
                endpoint: ConfigurationEndpoint()
            ) {
                [.reading(.operation, "Tells the configuration in effect, without secrets", .json("Object"))]
            },
            GatewayRoute(method: "GET", path: "/_internal/routes", audience: .hosts, endpoint: RoutingEndpoint()) {
                let failures = OperationDescription.listingFailures
                let summary = "Tells what names mean, and which targets are left alone"
                return [.reading(.operation, summary, failures: failures, .json("Object"))]
            },
            GatewayRoute(method: "POST", path: "/_internal/reload", audience: .hosts, endpoint: ReloadEndpoint()) {
                let summary = "Reads the configuration again, and tells what has changed"
                return [.reading(.operation, summary, failures: [409, 422, 500, 501, 503], .json("Reload"))]
            },
            GatewayRoute(
                method: "POST",
                path: "/_internal/providers/reset",
                audience: .hosts,
                endpoint: ResetEndpoint()
            ) {
                var operation = OperationDescription.reading(
                    .operation,
                    "Lets targets be asked again that are left alone",
                    failures: OperationDescription.listingFailures,
                    .json("ResetCount")
                )
                operation.request = [.json("Reset")]
                operation.needsBody = false
                return [operation]
            },
        ]
    }

    /// The schemas of errors in the dialects.
    enum Errors: String {
        case openAI = "OpenAIError"
        case anthropic = "AnthropicError"
        case gemini = "GeminiError"
        case ollama = "OllamaError"

        /// Those of a path.
        init(path: String) {
            let inner = path.hasPrefix("/models/") ? path.dropFirst("/models".count) : path[...]
            if path.hasPrefix("/api/") {
                self = .ollama
            } else if path.hasPrefix("/v1beta/") || Self.isGemini(inner) {
                self = .gemini
            } else if inner == "/v1/messages" || inner.hasPrefix("/v1/messages/") {
                self = .anthropic
            } else {
                self = .openAI
            }
        }

        private static func isGemini(_ path: Substring) -> Bool {
            path.hasPrefix("/v1/models/") && path.split(separator: ":").last.map(GeminiEndpoint.serves) == true
        }
    }

    /// Writes an error in the dialect of a path.
    static func encodeError(_ error: CallerError, path: String) -> JSONValue {
        switch Errors(path: path) {
        case .openAI: OpenAIChatServed().encodeError(error)
        case .anthropic: AnthropicServed().encodeError(error)
        case .gemini: GeminiServed().encodeError(error)
        case .ollama: OllamaServed().encodeError(error)
        }
    }
}
