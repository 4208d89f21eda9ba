import ProviderKit
import TransportKit

/// A provider that answers with its own name and counts what it is asked.
final class FakeProvider: Provider {
    let id: ProviderID
    private let list: Locked<Result<[ModelID], PlexError>>
    private let failure: PlexError?
    private let features: Set<Capabilities.Feature>
    private let counts = Locked((lists: 0, requests: 0))

    init(
        _ id: ProviderID,
        models: [ModelID] = [],
        listing: PlexError? = nil,
        failure: PlexError? = nil,
        features: Set<Capabilities.Feature> = [.streaming]
    ) {
        self.features = features
        self.id = id
        list = Locked(listing.map { .failure($0) } ?? .success(models))
        self.failure = failure
    }

    /// How often the models were asked for.
    var listCount: Int { counts.withLock { $0.lists } }
    /// How often an answer was asked for.
    var requestCount: Int { counts.withLock { $0.requests } }

    /// Changes what is listed from now on.
    func offer(_ models: [ModelID]) {
        list.withLock { $0 = .success(models) }
    }

    func capabilities(of model: ModelID) async -> Capabilities {
        Capabilities(features: features)
    }

    func models() async throws(PlexError) -> [Model] {
        counts.withLock { $0.lists += 1 }
        return try list.withLock { $0 }.get().map { Model(id: $0, provider: id) }
    }

    func respond(to request: ChatRequest) async throws(PlexError) -> ChatResponse {
        counts.withLock { $0.requests += 1 }
        if let failure { throw failure }
        return ChatResponse(
            provider: id,
            model: request.model,
            message: .assistant("\(id)/\(request.model)"),
            finishReason: .stop
        )
    }

    func stream(_ request: ChatRequest) async throws(PlexError) -> ChatStream {
        let response = try await respond(to: request)
        return ChatStream { Events(events: [.text(response.text), .finished(response)]) }
    }

    private struct Events: ChatEventIterator {
        var events: ArraySlice<ChatEvent>

        mutating func next() async throws(PlexError) -> ChatEvent? {
            events.popFirst()
        }
    }
}
