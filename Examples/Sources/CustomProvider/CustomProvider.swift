// A provider of one's own: it repeats the last message. Nothing in the library has to know of it.
// Run: swift run CustomProvider

import ProviderKit

struct EchoProvider: Provider {
    let id: ProviderID = "echo"

    func capabilities(of model: ModelID) async -> Capabilities {
        Capabilities(features: [.streaming])
    }

    func models() async throws(PlexError) -> [Model] {
        [Model(id: "parrot", provider: id)]
    }

    func respond(to request: ChatRequest) async throws(PlexError) -> ChatResponse {
        guard let last = request.messages.last else {
            throw PlexError(.invalidRequest, "there is no message to repeat", provider: id)
        }
        return ChatResponse(
            provider: id,
            model: request.model,
            message: .assistant(last.text),
            finishReason: .stop,
            rawFinishReason: "stop"
        )
    }

    func stream(_ request: ChatRequest) async throws(PlexError) -> ChatStream {
        // What comes in pieces would give it an iterator instead: see EmbeddedGateway.
        ChatStream(replaying: try await respond(to: request))
    }
}

@main
struct CustomProvider {
    static func main() async throws {
        let registry = ProviderRegistry()
        try await registry.register(EchoProvider())
        guard let provider = await registry.provider(named: "echo") else { return }
        print(try await provider.respond(to: ChatRequest(model: "parrot", prompt: "Hello, parrot")).text)
        for try await event in try await provider.stream(ChatRequest(model: "parrot", prompt: "Hello again")) {
            if case .text(let piece) = event { print(piece) }
        }
    }
}
