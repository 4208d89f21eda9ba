import ProviderKit
import RouterKit
import Testing

@testable import Modelplex

@Suite struct CatalogueProviderTests {
    private static func provider(_ members: [Router.Member], defaultModel: String? = nil) -> CatalogueProvider {
        let retry = FailoverPolicy.Retry(base: .milliseconds(1), maximum: .milliseconds(1))
        return CatalogueProvider(
            catalogue: Catalogue(
                members: members,
                rules: RoutingRules(routes: [.init(.model("route"), targets: [Target(members[0].id, "target")])]),
                options: Router.Options(failover: FailoverPolicy(retry: retry)),
                defaultModel: defaultModel
            )
        )
    }

    private static func entry(_ provider: any Provider, priority: Int = 1, models: [ModelID]? = nil) -> Router.Member {
        Router.Member(provider, priority: priority, models: models, isLocal: true)
    }

    @Test("every model stands in the list once, by the name under which it is found, preferred providers first")
    func listing() async throws {
        let provider = Self.provider([
            Self.entry(FakeProvider("late", models: ["shared", "b/x", "route"]), priority: 2),
            Self.entry(FakeProvider("b", models: ["x", "shared", "x"])),
        ])
        let names = ["route", "x", "shared", "late/shared", "late/b/x", "late/route"]
        for _ in 0..<2 {
            #expect(try await provider.models().map(\.id.rawValue) == names)
        }
        for model in try await provider.models().dropFirst() {
            let reply = try await provider.respond(to: ChatRequest(model: model.id, prompt: "?"))
            #expect(reply.provider == model.provider)
        }
    }

    @Test("one provider's failure changes nothing in the names of the others' models; that of all is told")
    func partialListing() async throws {
        let broken = FakeProvider("broken", listing: PlexError(.network, "down"))
        let entries = [Self.entry(broken), Self.entry(FakeProvider("b", models: ["x"]))]
        let models = try await Self.provider(entries).models()
        #expect(models.map(\.id) == ["route", "x"])
        let error = await #expect(throws: PlexError.self) { try await Self.provider([Self.entry(broken)]).models() }
        #expect(error?.code == .network)
    }

    @Test("a request without a model is refused, unless there is a default model")
    func noModel() async throws {
        let entries = [Self.entry(FakeProvider("a", models: ["x", "y"]))]
        let error = await #expect(throws: PlexError.self) {
            try await Self.provider(entries).respond(to: ChatRequest(model: "", prompt: "?"))
        }
        #expect(error?.code == .invalidRequest)
        let provider = Self.provider(entries, defaultModel: "a/y")
        let reply = try await provider.respond(to: ChatRequest(model: "", prompt: "?"))
        #expect(reply.model == "y")
    }

    @Test("a request in the caller's own words goes to the named provider with its own name for the model")
    func forwarding() async throws {
        let forwarder = FakeForwarder("f")
        let provider = Self.provider([Self.entry(FakeProvider("a")), Self.entry(forwarder, models: ["x"])])
        let body = try ScannedBody(scanning: Array(#"{"model":"f/x"}"#.utf8))
        let answer = try await provider.forward(ForwardRequest(operation: .openAIChat, model: "f/x", body: body))
        #expect(answer?.model == "x")
        #expect(answer?.route?.attempts.map(\.provider) == ["f"])
        #expect(try await provider.forward(ForwardRequest(operation: .openAIChat, model: "a/x", body: body)) == nil)
        let error = await #expect(throws: PlexError.self) {
            try await provider.forward(ForwardRequest(operation: .openAIChat, model: "f/refused", body: body))
        }
        #expect(error?.attempts.map(\.code) == [.overloaded, .overloaded, .overloaded])
        #expect(error?.steps.isEmpty == false)
    }

    @Test("a provider that only chats continues a text as a user's message, and makes no embeddings")
    func furtherRequests() async throws {
        let provider = Self.provider([Self.entry(FakeProvider("a"))])
        let response = try await provider.complete(TextCompletionRequest(model: "a/x", prompt: "Once"))
        #expect(response.text == "a/x")
        #expect(response.route?.attempts.map(\.model) == ["x"])
        let streamed = try await provider.streamCompletion(TextCompletionRequest(model: "a/x", prompt: "Once"))
        #expect(try await streamed.response().text == "a/x")
        let error = await #expect(throws: PlexError.self) {
            try await provider.embed(EmbeddingRequest(model: "a/x", input: ["Once"]))
        }
        #expect(error?.code == .unsupported)
    }

    @Test("what a model can do is told without asking anybody")
    func capabilities() async throws {
        let configured = FakeProvider("a", features: [.vision])
        let asked = FakeProvider("b", models: ["y"], features: [.embeddings])
        let provider = Self.provider([Self.entry(configured, models: ["x", "target"]), Self.entry(asked)])
        #expect(await provider.capabilities(of: "x").features == [.vision])
        #expect(await provider.capabilities(of: "b/any").features == [.embeddings])
        #expect(await provider.capabilities(of: "y").features == [.streaming])
        #expect(configured.listCount + asked.listCount == 0)
    }
}

extension CatalogueProviderTests {
    /// Speaks OpenAI's words; the model `refused` fails.
    private struct FakeForwarder: ForwardingProvider {
        let id: ProviderID

        init(_ id: ProviderID) { self.id = id }

        func capabilities(of model: ModelID) async -> Capabilities { Capabilities(features: []) }
        func models() async throws(PlexError) -> [Model] { [] }
        func respond(to request: ChatRequest) async throws(PlexError) -> ChatResponse {
            throw PlexError(.unsupported, "forwards only")
        }
        func stream(_ request: ChatRequest) async throws(PlexError) -> ChatStream {
            throw PlexError(.unsupported, "forwards only")
        }
        func forward(_ request: ForwardRequest) async throws(PlexError) -> ForwardedAnswer? {
            guard request.model != "refused" else { throw PlexError(.overloaded, "busy", status: 503) }
            return ForwardedAnswer(
                provider: id,
                model: request.model,
                contentType: "application/json",
                body: .whole(request.body.bytes, ForwardSummary())
            )
        }
    }
}
