import ProviderKit
import ProviderTesting
import Testing
import TransportKit

/// Gives keys in turn, and goes on to the next when one is discarded.
private final class Keys: CredentialSource {
    private struct State {
        var keys: ArraySlice<String>
        var discarded: [Secret] = []
    }

    private let state: Locked<State>

    init(_ keys: [String]) {
        state = Locked(State(keys: keys[...]))
    }

    var discarded: [Secret] { state.withLock { $0.discarded } }

    func use(_ keys: [String]) { state.withLock { $0.keys = keys[...] } }

    func credential() async throws(CredentialError) -> Secret {
        guard let key = state.withLock({ $0.keys.first }) else {
            throw CredentialError(.unavailable, "the issuer cannot be reached")
        }
        return Secret(key)
    }

    func discard(_ credential: Secret) async {
        state.withLock { state in
            state.discarded.append(credential)
            if state.keys.count > 1 { state.keys.removeFirst() }
        }
    }
}

@Suite("Keys that change", .timeLimit(.minutes(5)))
struct KeySourceTests {
    private static func run(
        _ dialect: WireDialect = .openAI,
        keys: Keys,
        fields: HTTPFields = [:],
        answer: @escaping @Sendable (RecordedRequest) -> UpstreamAnswer = { _ in .text("Hello") },
        _ body: (any Provider, ScriptedUpstream) async throws -> Void
    ) async throws {
        let client = HTTPClient()
        try await ScriptedUpstream.run(answer: answer) { upstream in
            let configuration = ProviderConfiguration(
                id: "test",
                endpoint: try upstream.endpoint(for: dialect),
                credential: keys,
                fields: fields
            )
            let provider: any Provider =
                switch dialect {
                case .anthropic: AnthropicProvider(configuration: configuration, transport: client)
                case .gemini: GeminiProvider(configuration: configuration, transport: client)
                case .ollama: OllamaProvider(configuration: configuration, transport: client)
                case .openAIResponses: OpenAIResponsesProvider(configuration: configuration, transport: client)
                default: OpenAIProvider(configuration: configuration, transport: client)
                }
            try await body(provider, upstream)
        }
    }

    private static let request = ChatRequest(model: "m", prompt: "Hi")

    @Test(
        "Each request carries the key as it is then, in the server's own field",
        arguments: [
            (WireDialect.openAI, "authorization", "Bearer "), (.openAIResponses, "authorization", "Bearer "),
            (.anthropic, "x-api-key", ""), (.gemini, "x-goog-api-key", ""), (.ollama, "authorization", "Bearer "),
        ]
    )
    func asksEachTime(dialect: WireDialect, field: String, prefix: String) async throws {
        let keys = Keys(["first-key"])
        try await Self.run(dialect, keys: keys) { provider, upstream in
            _ = try await provider.respond(to: Self.request)
            keys.use(["second-key"])
            for try await _ in try await provider.stream(Self.request) {}
            #expect(
                upstream.requests.map { $0.fields[field] ?? "" } == ["\(prefix)first-key", "\(prefix)second-key"]
            )
        }
    }

    @Test("A key that is refused is given back, and another is tried once")
    func triesAnother() async throws {
        let keys = Keys(["old-key", "new-key"])
        try await Self.run(keys: keys) { request in
            request.fields["authorization"] == "Bearer old-key" ? .error(401) : .text("Hello")
        } _: { provider, upstream in
            let response = try await provider.respond(to: Self.request)
            #expect(response.message.text == "Hello")
            #expect(keys.discarded == [Secret("old-key")] && upstream.requests.count == 2)
        }
    }

    @Test("The server's refusal is the error, once", arguments: [["one"], ["one", "two", "three"]])
    func givesUp(names: [String]) async throws {
        let keys = Keys(names.map { "\($0)-secret-key" })
        try await Self.run(keys: keys) { request in
            .error(401, message: "bad key \(request.fields["authorization"] ?? "")")
        } _: { provider, upstream in
            let error = await #expect(throws: PlexError.self) { try await provider.respond(to: Self.request) }
            #expect(error?.code == .authentication && upstream.requests.count == min(2, names.count))
            #expect(error?.description.contains("secret-key") == false)
            #expect(error?.responseBody?.contains("secret-key") == false)
        }
    }

    @Test("What the source says is the error, and nothing is sent")
    func noKey() async throws {
        try await Self.run(keys: Keys([])) { provider, upstream in
            let error = await #expect(throws: PlexError.self) { try await provider.respond(to: Self.request) }
            #expect(error?.code == .network && error?.message.contains("the issuer cannot be reached") == true)
            #expect(upstream.requests.isEmpty)
        }
    }

    @Test("A field of the user's own wins")
    func ownField() async throws {
        try await Self.run(keys: Keys(["key"]), fields: ["Authorization": "Basic own"]) { provider, upstream in
            _ = try await provider.respond(to: Self.request)
            #expect(upstream.requests[0].fields["authorization"] == "Basic own")
        }
    }
}
