import ProviderKit
import ProviderTesting
import Testing
import TransportKit

/// Both providers over a real connection to the scripted upstream.
@Suite("Anthropic and Ollama on the wire", .timeLimit(.minutes(5)))
struct NativeWireTests {
    private func makeProvider(_ dialect: WireDialect, _ upstream: ScriptedUpstream) throws -> any Provider {
        let configuration = ProviderConfiguration(
            id: "under-test",
            endpoint: try Endpoint(parsing: upstream.baseURL(for: dialect)),
            apiKey: Secret("k-1234567")
        )
        return switch dialect {
        case .ollama: OllamaProvider(configuration: configuration, transport: HTTPClient())
        default: AnthropicProvider(configuration: configuration, transport: HTTPClient())
        }
    }

    private let request = ChatRequest(model: "m", prompt: "Hi")

    @Test("Text, thoughts and calls arrive, whole and streamed", arguments: [WireDialect.anthropic, .ollama])
    func answers(dialect: WireDialect) async throws {
        let reply = ScriptedReply([
            .reasoning("Hm.", signature: "c2ln"), .text("Hello 🌍"),
            .toolCall(id: "call_a", name: "get_weather", arguments: #"{"city":"Oslo"}"#),
            .toolCall(id: "call_b", name: "get_weather", arguments: #"{"city":"Rome"}"#),
        ])
        try await ScriptedUpstream.run(.reply(reply), .reply(reply)) { upstream in
            let provider = try makeProvider(dialect, upstream)
            let whole = try await provider.respond(to: request)
            let streamed = try await provider.stream(request).response()
            for response in [whole, streamed] {
                #expect(response.text == "Hello 🌍" && response.message.reasoningText == "Hm.")
                #expect(response.toolCalls.map(\.arguments) == [#"{"city":"Oslo"}"#, #"{"city":"Rome"}"#])
                #expect(response.finishReason == .toolCalls && response.usage?.outputTokens == reply.outputTokens)
            }
            #expect(upstream.requests.map { $0.json?["stream"]?.bool ?? false } == [false, true])
        }
    }

    @Test("Who stops reading a stream closes its connection", arguments: [WireDialect.anthropic, .ollama])
    func abandoned(dialect: WireDialect) async throws {
        let gate = Gate()
        try await ScriptedUpstream.run(.text("Hello there", waitingAt: gate)) { upstream in
            let provider = try makeProvider(dialect, upstream)
            let request = request
            let reading = Task { try await provider.stream(request).response() }
            try await gate.waitUntilReached()
            reading.cancel()
            let outcome = await reading.result
            #expect(throws: PlexError.self) { try outcome.get() }
            #expect(try await upstream.peerLeft(request: 0) != nil)
        }
    }

    @Test("A model is fetched with progress, and a refused one fails")
    func install() async throws {
        try await ScriptedUpstream.run(
            .modelPull(totalBytes: 1000, steps: 4),
            .modelPull(error: "pull model manifest: file does not exist")
        ) { upstream in
            let provider = try #require(try makeProvider(.ollama, upstream) as? OllamaProvider)
            var last: InstallationProgress?
            var largest = 0
            for try await report in try await provider.install("llama3.2") {
                largest = max(largest, report.completedBytes ?? 0)
                last = report
            }
            #expect(last?.status == "success" && largest == 1000)
            let error = await #expect(throws: PlexError.self) {
                for try await _ in try await provider.install("nothing") {}
            }
            #expect(error?.message.contains("file does not exist") == true)
        }
    }
}
