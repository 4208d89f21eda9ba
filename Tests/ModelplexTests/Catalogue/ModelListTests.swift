import ProviderKit
import ProviderTesting
import Testing
import TransportKit

@testable import Modelplex

@Suite struct ModelListTests {
    private let clock = ManualClock()
    private let first = FakeProvider("first", models: ["a"])
    private let second = FakeProvider("second", models: ["b"])

    private func makeCatalogue() -> Catalogue {
        Catalogue(
            entries: [first, second].map {
                Catalogue.Entry(provider: $0, priority: 1, models: nil, isLocal: false)
            },
            clock: clock
        )
    }

    @Test("lists are asked for once a minute, however many names are looked up")
    func lifetime() async throws {
        let catalogue = makeCatalogue()
        for _ in 0..<3 {
            #expect(try await catalogue.resolve("b").provider.id == "second")
        }
        #expect([first.listCount, second.listCount] == [1, 1])
        clock.advance(by: ModelList.lifetime)
        _ = try await catalogue.resolve("b")
        #expect([first.listCount, second.listCount] == [2, 2])
    }

    @Test("a name that no list has is looked up anew after a short while, so that new models are found soon")
    func newModel() async throws {
        let catalogue = makeCatalogue()
        for _ in 0..<3 {
            await #expect(throws: PlexError.self) { try await catalogue.resolve("new") }
        }
        #expect(second.listCount == 1)
        second.offer(["b", "new"])
        clock.advance(by: ModelList.pause)
        #expect(try await catalogue.resolve("new").provider.id == "second")
        #expect(second.listCount == 2)
    }

    @Test("a provider that failed is left alone for a short while, and the others' models are found meanwhile")
    func failure() async throws {
        let broken = FakeProvider("broken", listing: PlexError(.network, "down"))
        let catalogue = Catalogue(
            entries: [broken, second].map {
                Catalogue.Entry(provider: $0, priority: 1, models: nil, isLocal: false)
            },
            clock: clock
        )
        for _ in 0..<3 {
            #expect(try await catalogue.resolve("b").provider.id == "second")
        }
        #expect(broken.listCount == 1)
        broken.offer(["b"])
        clock.advance(by: ModelList.pause)
        #expect(try await catalogue.resolve("b").provider.id == "broken")
    }

    @Test("a provider that does not list its models in time counts as failed")
    func silentProvider() async throws {
        let list = ModelList(of: SilentProvider(), clock: ElapsedClock(clock))
        async let answer = list.answer(maximumAge: ModelList.lifetime)
        try await clock.waitForSleepers(1)
        clock.advance(by: ModelList.patience)
        guard case .failure(let error) = await answer?.result else {
            Issue.record("the list came although nobody gave one")
            return
        }
        #expect(error.code == .timeout(.total))
    }

    /// Lists its models never.
    private struct SilentProvider: Provider {
        let id: ProviderID = "silent"
        func capabilities(of model: ModelID) async -> Capabilities { Capabilities(features: []) }
        func models() async throws(PlexError) -> [Model] {
            let forever = AsyncStream<Void> { _ in }
            for await _ in forever {}
            throw PlexError(.cancelled, "cancelled")
        }
        func respond(to request: ChatRequest) async throws(PlexError) -> ChatResponse {
            throw PlexError(.unsupported, "silent")
        }
        func stream(_ request: ChatRequest) async throws(PlexError) -> ChatStream {
            throw PlexError(.unsupported, "silent")
        }
    }
}
