internal import TransportKit

/// What is told to one client about one thing, in its order; when too much waits, the oldest is dropped.
final class Outbox: Sendable {
    private struct State {
        var waiting: [(method: String, params: JSONObject)] = []
        var sender: Task<Void, Never>?
    }

    private static let capacity = 256
    private let state = Locked(State())
    private let loop: EventLoop
    private let send: @Sendable (String, JSONObject) async -> Void

    init(on loop: EventLoop, _ send: @escaping @Sendable (String, JSONObject) async -> Void) {
        self.loop = loop
        self.send = send
    }

    func push(_ method: String, _ params: JSONObject) {
        state.withLock { state in
            if state.waiting.count >= Self.capacity { state.waiting.removeFirst() }
            state.waiting.append((method, params))
            guard state.sender == nil else { return }
            // Owned here; ends when nothing waits.
            state.sender = Task(executorPreference: loop) { await self.sendAll() }
        }
    }

    private func sendAll() async {
        while let next = next() { await send(next.method, next.params) }
    }

    private func next() -> (method: String, params: JSONObject)? {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.sender = nil
                return nil
            }
            return state.waiting.removeFirst()
        }
    }

    /// Returns when everything has been told, so that nothing comes after the answer.
    func drain() async {
        while let sender = state.withLock({ $0.sender }) { await sender.value }
    }
}
