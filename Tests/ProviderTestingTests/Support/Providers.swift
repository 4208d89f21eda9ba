import ProviderKit
import ProviderTesting
import TransportKit

extension WireDialect {
    /// This library's provider for the dialect, on a client of its own.
    func makeProvider(_ setting: ProviderConformance.Setting) -> any Provider {
        makeProvider(endpoint: setting.endpoint, apiKey: setting.apiKey, transport: HTTPClient())
    }

    /// This library's provider for the dialect.
    func makeProvider(
        endpoint: Endpoint,
        apiKey: Secret? = nil,
        transport: any HTTPTransport
    ) -> any Provider {
        let configuration = ProviderConfiguration(id: "under-test", endpoint: endpoint, apiKey: apiKey)
        switch self {
        case .ollama: return OllamaProvider(configuration: configuration, transport: transport)
        case .gemini: return GeminiProvider(configuration: configuration, transport: transport)
        case .anthropic: return AnthropicProvider(configuration: configuration, transport: transport)
        case .openAIResponses: return OpenAIResponsesProvider(configuration: configuration, transport: transport)
        default: return OpenAIProvider(configuration: configuration, transport: transport)
        }
    }
}
