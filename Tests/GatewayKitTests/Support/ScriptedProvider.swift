import ProviderKit
import TransportKit

/// A provider whose answers a test writes.
struct ScriptedProvider: Provider, ForwardingProvider, EmbeddingProvider {
    var id: ProviderID = "scripted"
    var list: [Model] = [
        Model(id: "one", provider: "scripted", owner: "tests"), Model(id: "two", provider: "scripted"),
    ]
    var answer: @Sendable (ChatRequest) async throws(PlexError) -> ChatResponse = { request in
        ChatResponse(
            provider: "scripted",
            model: request.model,
            message: .assistant("hello"),
            finishReason: .stop,
            usage: Usage(inputTokens: 3, outputTokens: 1)
        )
    }
    var events: @Sendable (ChatRequest) async throws(PlexError) -> ChatStream = { _ throws(PlexError) in
        throw PlexError(.unsupported, "no streams here")
    }
    var forwarding: @Sendable (ForwardRequest) async throws(PlexError) -> ForwardedAnswer? = { _ in nil }

    func capabilities(of model: ModelID) async -> Capabilities { Capabilities(features: [.streaming]) }
    func models() async throws(PlexError) -> [Model] { list }
    func respond(to request: ChatRequest) async throws(PlexError) -> ChatResponse { try await answer(request) }
    func stream(_ request: ChatRequest) async throws(PlexError) -> ChatStream { try await events(request) }
    func forward(_ request: ForwardRequest) async throws(PlexError) -> ForwardedAnswer? {
        try await forwarding(request)
    }
    func embed(_ request: EmbeddingRequest) async throws(PlexError) -> EmbeddingResponse {
        EmbeddingResponse(vectors: request.input.map { [Float($0.utf8.count), 0.5] }, model: request.model)
    }
}

/// Gives events one after another, then ends, fails or waits to be cancelled.
final class EventScript: ChatEventIterator, Sendable {
    enum End: Sendable {
        case whole
        case failure(PlexError)
        case waiting
    }

    private let events: Locked<[ChatEvent]>
    private let end: End
    let wasCancelled = Locked(false)

    init(_ events: [ChatEvent], end: End = .whole) {
        self.events = Locked(events)
        self.end = end
    }

    func next() async throws(PlexError) -> ChatEvent? {
        if let event = events.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) { return event }
        switch end {
        case .whole: return nil
        case .failure(let error): throw error
        case .waiting:
            await untilCancelled()
            wasCancelled.withLock { $0 = true }
            throw PlexError(.cancelled, "the request was cancelled")
        }
    }

    var stream: ChatStream { ChatStream { self } }
}

/// Returns when the task is cancelled.
func untilCancelled() async {
    let (stream, continuation) = AsyncStream<Void>.makeStream()
    await withTaskCancellationHandler {
        for await _ in stream {}
    } onCancel: {
        continuation.finish()
    }
}
