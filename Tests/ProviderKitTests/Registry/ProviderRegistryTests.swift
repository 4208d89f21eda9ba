import ProviderKit
import Testing

@Suite(.timeLimit(.minutes(5)))
struct ProviderRegistryTests {
    struct Named: Provider {
        let id: ProviderID

        func capabilities(of model: ModelID) async -> Capabilities { Capabilities(features: []) }
        func models() async throws(PlexError) -> [Model] { [] }
        func respond(to request: ChatRequest) async throws(PlexError) -> ChatResponse {
            throw PlexError(.unsupported, "answers nothing")
        }
        func stream(_ request: ChatRequest) async throws(PlexError) -> ChatStream {
            throw PlexError(.unsupported, "answers nothing")
        }
    }

    @Test func keepsTheOrderOfRegistration() async throws {
        let registry = ProviderRegistry()
        for name in ["c", "a", "b"] { try await registry.register(Named(id: ProviderID(name))) }
        #expect(await registry.providers.map(\.id) == ["c", "a", "b"])
        #expect(await registry.unregister("a")?.id == "a")
        #expect(await registry.unregister("a") == nil)
        try await registry.register(Named(id: "a"))
        #expect(await registry.providers.map(\.id) == ["c", "b", "a"])
        #expect(await registry.provider(named: "b")?.id == "b")
        #expect(await registry.provider(named: "d") == nil)
    }

    @Test func aNameIsTakenOnce() async throws {
        let registry = ProviderRegistry()
        try await registry.register(Named(id: "a"))
        do throws(PlexError) {
            try await registry.register(Named(id: "a"))
            Issue.record("accepted")
        } catch {
            #expect(error.code == .configuration && error.description.contains("\"a\""))
        }
        #expect(await registry.providers.count == 1)
    }

    @Test func subscribersSeeWhatComesAfterThem() async throws {
        let registry = ProviderRegistry()
        try await registry.register(Named(id: "before"))
        let early = await registry.changes
        try await registry.register(Named(id: "a"))
        let late = await registry.changes
        await registry.unregister("before")

        var changes = early.makeAsyncIterator()
        #expect(await changes.next() == .some(.init(revision: 2, kind: .registered("a"), providers: ["before", "a"])))
        #expect(await changes.next() == .some(.init(revision: 3, kind: .unregistered("before"), providers: ["a"])))
        var others = late.makeAsyncIterator()
        #expect(await others.next() == .some(.init(revision: 3, kind: .unregistered("before"), providers: ["a"])))
        async let waiting = others.next()
        try await registry.register(Named(id: "b"))
        #expect(await waiting?.revision == 4)
    }

    @Test func everySubscriberSeesTheOrderOfConcurrentChanges() async throws {
        let registry = ProviderRegistry()
        let tasks = 8
        let rounds = 10  // 160 changes, fewer than are kept
        let readers = await withTaskGroup(of: [ProviderRegistry.Change].self) {
            group -> [[ProviderRegistry.Change]] in
            for _ in 0..<4 {
                let changes = await registry.changes
                group.addTask {
                    var seen: [ProviderRegistry.Change] = []
                    for await change in changes {
                        seen.append(change)
                        if seen.count == 2 * tasks * rounds { break }
                    }
                    return seen
                }
            }
            group.addTask {
                await withTaskGroup(of: Void.self) { writers in
                    for writer in 0..<tasks {
                        writers.addTask {
                            let id = ProviderID("provider-\(writer)")
                            for _ in 0..<rounds {
                                try? await registry.register(Named(id: id))
                                await registry.unregister(id)
                            }
                        }
                    }
                }
                return []
            }
            var readers: [[ProviderRegistry.Change]] = []
            for await seen in group where !seen.isEmpty { readers.append(seen) }
            return readers
        }
        #expect(readers.count == 4)
        for seen in readers {
            #expect(seen.map(\.revision) == Array(1...(2 * tasks * rounds)))
            #expect(seen == readers.first)
        }
        // The changes tell the same as the names after each.
        var names: [ProviderID] = []
        for change in readers.first ?? [] {
            switch change.kind {
            case .registered(let id): names.append(id)
            case .unregistered(let id): names.removeAll { $0 == id }
            default: Issue.record("missed")
            }
            #expect(change.providers == names)
        }
    }

    @Test func aReaderThatIsFarBehindIsToldSo() async throws {
        let registry = ProviderRegistry()
        let changes = await registry.changes
        for _ in 0..<ProviderRegistry.keptChanges {
            try await registry.register(Named(id: "a"))
            await registry.unregister("a")
        }
        try await registry.register(Named(id: "b"))
        var iterator = changes.makeAsyncIterator()
        let last = 2 * ProviderRegistry.keptChanges + 1
        #expect(await iterator.next() == .some(.init(revision: last, kind: .missed, providers: ["b"])))
        await registry.unregister("b")
        #expect(await iterator.next() == .some(.init(revision: last + 1, kind: .unregistered("b"), providers: [])))
    }

    @Test func cancellingTheReaderEndsTheSequence() async throws {
        let registry = ProviderRegistry()
        let changes = await registry.changes
        let reader = Task {
            var count = 0
            for await _ in changes { count += 1 }
            return count
        }
        reader.cancel()
        #expect(await reader.value == 0)
        try await registry.register(Named(id: "a"))
    }
}
