import ProviderKit
import TransportKit

/// A provider that can only be asked for its models, and answers when the test lets it.
final class ListedProvider: Provider {
    let id: ProviderID
    private struct State: Sendable {
        var result: Result<[ModelID], PlexError>
        var count = 0
        var isHeld = false
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
    }
    private let state: Locked<State>

    init(_ id: ProviderID, _ result: Result<[ModelID], PlexError> = .success(["m"]), isHeld: Bool = false) {
        self.id = id
        state = Locked(State(result: result, isHeld: isHeld))
    }

    /// How often it was asked.
    var count: Int { state.withLock { $0.count } }

    /// Changes what is answered from now on.
    func answer(_ result: Result<[ModelID], PlexError>) {
        state.withLock { $0.result = result }
    }

    /// Lets those go on who wait, and whoever comes.
    func release() {
        let waiters = state.withLock { state in
            state.isHeld = false
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume() }
    }

    func capabilities(of model: ModelID) async -> Capabilities { Capabilities(features: []) }

    func models() async throws(PlexError) -> [Model] {
        let number = state.withLock { state in
            state.count += 1
            return state.count
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let mustWait = state.withLock { state in
                    guard state.isHeld, !Task.isCancelled else { return false }
                    state.waiters[number] = continuation
                    return true
                }
                if !mustWait { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: number) }?.resume()
        }
        if Task.isCancelled { throw PlexError(.cancelled, "the request was cancelled") }
        return try state.withLock { $0.result }.get().map { Model(id: $0, provider: id) }
    }

    func respond(to request: ChatRequest) async throws(PlexError) -> ChatResponse {
        throw PlexError(.unsupported, "only lists")
    }

    func stream(_ request: ChatRequest) async throws(PlexError) -> ChatStream {
        throw PlexError(.unsupported, "only lists")
    }
}
