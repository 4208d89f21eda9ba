import ProviderKit
import ProviderTesting
import Testing
import TransportKit

@testable import RouterKit

@Suite("When providers are asked for their models")
struct ModelListTests {
    private let clock = ManualClock()
    private let first = ListingProvider("first", ["a"])
    private let second = ListingProvider("second", ["b"])

    private func makeRouter(_ providers: [ListingProvider]) throws -> Router {
        try Router(providers.map { Router.Member($0) }, options: Router.Options(clock: clock))
    }

    private func provider(of name: ModelID, in router: Router) async throws -> ProviderID? {
        try await router.resolve(name).policy.targets.first?.provider
    }

    @Test("lists are asked for once a minute, however many names are looked up")
    func lifetime() async throws {
        let router = try makeRouter([first, second])
        for _ in 0..<3 {
            #expect(try await provider(of: "b", in: router) == "second")
        }
        #expect([first.listCount, second.listCount] == [1, 1])
        clock.advance(by: ModelList.lifetime)
        _ = try await router.resolve("b")
        #expect([first.listCount, second.listCount] == [2, 2])
    }

    @Test("a name that no list has is looked up anew after a short while, so that new models are found soon")
    func newModel() async throws {
        let router = try makeRouter([first, second])
        for _ in 0..<3 {
            await #expect(throws: PlexError.self) { try await router.resolve("new") }
        }
        #expect(second.listCount == 1)
        second.offer(.success(["b", "new"]))
        clock.advance(by: ModelList.pause)
        #expect(try await provider(of: "new", in: router) == "second")
        #expect(second.listCount == 2)
    }

    @Test("a provider that failed is left alone for a short while, and the others' models are found meanwhile")
    func failure() async throws {
        let broken = ListingProvider("broken", [])
        broken.offer(.failure(PlexError(.network, "down")))
        let router = try makeRouter([broken, second])
        for _ in 0..<3 {
            #expect(try await provider(of: "b", in: router) == "second")
        }
        #expect(broken.listCount == 1)
        broken.offer(.success(["b"]))
        clock.advance(by: ModelList.pause)
        #expect(try await provider(of: "b", in: router) == "broken")
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

    /// Lists what it is told to, and counts how often.
    private final class ListingProvider: Provider {
        let id: ProviderID
        private let state: Locked<(list: Result<[ModelID], PlexError>, count: Int)>

        init(_ id: ProviderID, _ models: [ModelID]) {
            self.id = id
            state = Locked((.success(models), 0))
        }

        var listCount: Int { state.withLock { $0.count } }

        func offer(_ list: Result<[ModelID], PlexError>) {
            state.withLock { $0.list = list }
        }

        func capabilities(of model: ModelID) async -> Capabilities { Capabilities(features: [.streaming]) }

        func models() async throws(PlexError) -> [Model] {
            let list = state.withLock { state in
                state.count += 1
                return state.list
            }
            return try list.get().map { Model(id: $0, provider: id) }
        }

        func respond(to request: ChatRequest) async throws(PlexError) -> ChatResponse {
            throw PlexError(.unsupported, "only lists")
        }

        func stream(_ request: ChatRequest) async throws(PlexError) -> ChatStream {
            throw PlexError(.unsupported, "only lists")
        }
    }
}
