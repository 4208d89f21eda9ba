import ProviderKit
import ProviderTesting
import TransportKit

extension WireDialect {
    /// This library's provider for the dialect, on a client of its own.
    func makeProvider(_ setting: ProviderConformance.Setting) -> any Provider {
        let configuration = ProviderConfiguration(
            id: "under-test",
            endpoint: setting.endpoint,
            apiKey: setting.apiKey
        )
        let transport = HTTPClient()
        switch self {
        case .ollama: return OllamaProvider(configuration, transport: transport)
        case .anthropic: return AnthropicProvider(configuration, transport: transport)
        default: return OpenAIProvider(configuration: configuration, transport: transport)
        }
    }
}
