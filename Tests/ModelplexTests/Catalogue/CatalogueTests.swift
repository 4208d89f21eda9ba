import ProviderKit
import RouterKit
import Testing

@testable import Modelplex

@Suite struct CatalogueTests {
    private static func entry(
        _ provider: FakeProvider,
        priority: Int = 1,
        models: [ModelID]? = nil,
        isLocal: Bool = false
    ) -> Router.Member {
        Router.Member(provider, priority: priority, models: models, isLocal: isLocal)
    }

    private static func catalogue(
        _ members: [Router.Member],
        defaultModel: String? = nil,
        rules: RoutingRules = RoutingRules()
    ) -> Catalogue {
        Catalogue(members: members, rules: rules, defaultModel: defaultModel)
    }

    /// Two providers share `shared`; `b` is preferred by priority though it comes last.
    private static func twoProviders(reversed: Bool = false) -> Catalogue {
        let entries = [
            entry(FakeProvider("a", models: ["shared", "only-a", "team/model"]), priority: 2),
            entry(FakeProvider("b", models: ["shared", "only-b"]), priority: 1),
        ]
        return catalogue(reversed ? entries.reversed() : entries)
    }

    @Test(
        "names find their provider, whatever the order of the providers",
        arguments: [
            ("a/shared", "a", "shared"), ("b/shared", "b", "shared"), ("shared", "b", "shared"),
            ("only-a", "a", "only-a"), ("only-b", "b", "only-b"), ("team/model", "a", "team/model"),
            ("a/team/model", "a", "team/model"), ("a/never-heard-of", "a", "never-heard-of"),
        ],
        [false, true]
    )
    func resolution(_ name: (wanted: String, provider: String, model: String), reversed: Bool) async throws {
        let found = try await Self.twoProviders(reversed: reversed).resolve(ModelID(name.wanted))
        #expect(found.provider.id.rawValue == name.provider)
        #expect(found.model.rawValue == name.model)
    }

    @Test("an unknown name is not found, and the nearest names are told")
    func unknownName() async throws {
        let error = await #expect(throws: PlexError.self) { try await Self.twoProviders().resolve("onlya") }
        #expect(error?.code == .notFound)
        #expect(error?.message.contains("a/only-a") == true)
    }

    @Test("a provider that does not list its models is named when a model is not found elsewhere")
    func unlistedProvider() async throws {
        let broken = FakeProvider("broken", listing: PlexError(.network, "down"))
        let catalogue = Self.catalogue([Self.entry(broken), Self.entry(FakeProvider("a", models: ["x"]))])
        #expect(try await catalogue.resolve("x").provider.id == "a")
        let error = await #expect(throws: PlexError.self) { try await catalogue.resolve("y") }
        #expect(error?.message.contains("broken") == true)
        let listing = try await catalogue.listing()
        #expect(listing.models.map(\.id) == ["x"])
        #expect(listing.failures.map(\.provider) == ["broken"])
    }

    @Test("a single provider is not asked for its models before a request")
    func singleProvider() async throws {
        let provider = FakeProvider("a", models: ["x"])
        let found = try await Self.catalogue([Self.entry(provider)]).resolve("anything")
        #expect(found.model == "anything")
        #expect(provider.listCount == 0)
    }

    @Test("configured models are found without asking")
    func configuredModels() async throws {
        let provider = FakeProvider("a", models: ["x"])
        let other = FakeProvider("b", models: ["y"])
        let catalogue = Self.catalogue([Self.entry(other), Self.entry(provider, models: ["x"])])
        #expect(try await catalogue.resolve("x").provider.id == "a")
        #expect(provider.listCount + other.listCount == 0)
    }

    @Test("without a name the default model, the first configured one or a local engine's first one is taken")
    func defaultModel() async throws {
        let fake = FakeProvider("a", models: ["x", "y"])
        #expect(try await Self.catalogue([Self.entry(fake)], defaultModel: "a/y").resolve(nil).model == "y")
        #expect(try await Self.catalogue([Self.entry(fake, models: ["y"])]).resolve(nil).model == "y")
        #expect(try await Self.catalogue([Self.entry(fake, isLocal: true)]).resolve(nil).model == "x")
        let error = await #expect(throws: PlexError.self) {
            try await Self.catalogue([Self.entry(fake)]).resolve(nil)
        }
        #expect(error?.code == .invalidRequest)
    }

    @Test(
        "of several local engines the one that stands first is taken, whatever their names; a lower priority goes before"
    )
    func defaultOrder() async throws {
        let first = FakeProvider("llamacpp", models: ["x"])
        let second = FakeProvider("lab", models: ["y"])
        let members = [Self.entry(first, isLocal: true), Self.entry(second, isLocal: true)]
        #expect(try await Self.catalogue(members).resolve(nil).provider.id == "llamacpp")
        #expect(try await Self.catalogue(members.reversed()).resolve(nil).provider.id == "lab")
        let preferred = [Self.entry(first, isLocal: true), Self.entry(second, priority: 0, isLocal: true)]
        #expect(try await Self.catalogue(preferred).resolve(nil).provider.id == "lab")
    }

    @Test("a local engine that has no model to chat with is passed over")
    func emptyEngine() async throws {
        let empty = Self.entry(FakeProvider("empty"), isLocal: true)
        let embedding = Self.entry(FakeProvider("e", models: ["embed"], features: [.embeddings]), isLocal: true)
        let full = Self.entry(FakeProvider("full", models: ["x"]), isLocal: true)
        #expect(try await Self.catalogue([empty, embedding, full]).resolve(nil).provider.id == "full")
        let error = await #expect(throws: PlexError.self) { try await Self.catalogue([empty]).resolve(nil) }
        #expect(error?.code == .notFound)
    }

    @Test("where no provider says what it has, their failure is told, not that there is no such model")
    func nobodyAnswers() async throws {
        let catalogue = Self.catalogue([
            Self.entry(FakeProvider("a", listing: PlexError(.authentication, "refused the key"))),
            Self.entry(FakeProvider("b", listing: PlexError(.network, "down"))),
        ])
        let error = await #expect(throws: PlexError.self) { try await catalogue.resolve("x") }
        #expect(error?.code == .authentication)
    }

    @Test("a cancelled search is cancelled, not one that found nothing")
    func cancelledSearch() async throws {
        let catalogue = Self.twoProviders()
        let error = await #expect(throws: PlexError.self) {
            try await withThrowingTaskGroup(of: ResolvedModel.self) { group in
                group.cancelAll()
                group.addTask { try await catalogue.resolve("unknown") }
                try await group.waitForAll()
            }
        }
        #expect(error?.code == .cancelled)
    }

    @Test("a route's name means its first target, and a wrong route is told at once")
    func routeName() async throws {
        func rules(_ target: Target) -> RoutingRules {
            RoutingRules(routes: [.init(.model("fast"), targets: [target])])
        }
        let members = [Self.entry(FakeProvider("a"))]
        let found = try await Self.catalogue(members, rules: rules(Target("a", "x"))).resolve("fast")
        #expect(found.model == "x")
        let error = #expect(throws: PlexError.self) {
            try Self.catalogue(members, rules: rules(Target("nobody", "x"))).check()
        }
        #expect(error?.code == .configuration)
    }

    @Test("no provider at all says what to do")
    func nothing() async throws {
        let error = await #expect(throws: PlexError.self) { try await Self.catalogue([]).resolve("x") }
        #expect(error?.code == .configuration)
    }
}
