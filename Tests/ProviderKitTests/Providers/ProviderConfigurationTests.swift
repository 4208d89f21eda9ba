import ProviderKit
import ProviderTesting
import Testing
import TransportKit

@Suite("What a provider is made from")
struct ProviderConfigurationTests {
    @Test("an address as it is written, and a provider with a client of its own")
    func address() async throws {
        try await ScriptedUpstream.run(.text("Hello"), .text("Hello")) { upstream in
            let address = try upstream.endpoint(for: .openAI).description
            let configuration = try ProviderConfiguration(id: "test", baseURL: address, apiKey: Secret("sk-1"))
            let provider = OpenAIProvider(configuration: configuration)
            #expect(try await provider.respond(to: ChatRequest(model: "m", prompt: "Hi")).text == "Hello")
            #expect(upstream.requests[0].fields["authorization"] == "Bearer sk-1")
            let responses = OpenAIResponsesProvider(configuration: configuration)
            #expect(responses.id == "test")
        }
    }

    @Test(
        "what is no address is told as a mistake in the configuration",
        arguments: ["127.0.0.1:8080", "", "htp://x", "unix:"]
    )
    func wrong(address: String) {
        let error = #expect(throws: PlexError.self) { try ProviderConfiguration(id: "test", baseURL: address) }
        #expect(error?.code == .configuration)
        #expect(error?.provider == "test")
    }
}
