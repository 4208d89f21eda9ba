import ProviderKit
import RouterKit
import Testing

@Suite("Callers who leave", .timeLimit(.minutes(5)))
struct LeavingCallerTests {
    /// A provider whose answers never come, and which calls it a broken connection when its caller leaves.
    private struct Breaking: Provider {
        let id: ProviderID = "breaking"
        let asked: AsyncStream<Void>.Continuation

        func capabilities(of model: ModelID) async -> Capabilities { Capabilities(features: [.streaming]) }

        func models() async throws(PlexError) -> [Model] { [Model(id: "m", provider: id)] }

        func respond(to request: ChatRequest) async throws(PlexError) -> ChatResponse {
            asked.yield()
            // Ends with the task that waits.
            let (nothing, continuation) = AsyncStream<Never>.makeStream()
            defer { continuation.finish() }
            for await _ in nothing {}
            throw PlexError(.network, "the connection broke")
        }

        func stream(_ request: ChatRequest) async throws(PlexError) -> ChatStream {
            _ = try await respond(to: request)
            throw PlexError(.internal, "it never answers")
        }
    }

    @Test("say nothing of the target, whatever breaks as they go", arguments: [true, false])
    func breaker(isStreamed: Bool) async throws {
        let (requests, asked) = AsyncStream<Void>.makeStream()
        let router = try Router([.init(Breaking(asked: asked), models: ["m"])])
        var iterator = requests.makeAsyncIterator()
        // More than open a breaker.
        for _ in 0..<10 {
            let task = Task {
                let request = ChatRequest(model: "m", prompt: "?")
                if isStreamed { return try await router.stream(request).response() }
                return try await router.respond(to: request)
            }
            _ = await iterator.next()
            task.cancel()
            let error = await #expect(throws: PlexError.self) { try await task.value }
            #expect(error?.code == .cancelled)
        }
        #expect(router.healthRecords == [])
    }
}
