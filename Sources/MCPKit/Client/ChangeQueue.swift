internal import TransportKit

/// Changes that wait to be read: each once, and no more than so many.
///
/// The task that listens ends with it.
final class ChangeQueue: Sendable {
    private struct State {
        var waiting: [MCPChange] = []
        var known: Set<MCPChange> = []
        var end: Result<Void, MCPError>?
        var reader: CheckedContinuation<Void, Never>?
        var listener: Task<Void, Never>?
    }

    private static let capacity = 1024
    private let state = Locked(State())

    deinit {
        state.withLock { $0.listener }?.cancel()
    }

    func follow(_ listener: Task<Void, Never>) {
        state.withLock { $0.listener = listener }
    }

    func push(_ change: MCPChange) {
        wake { state in
            guard state.end == nil, !state.known.contains(change) else { return }
            guard state.waiting.count < Self.capacity else {
                state.end = .failure(
                    MCPError(.limit, "\(Self.capacity) changes wait to be read; read them or ask for fewer")
                )
                return
            }
            state.known.insert(change)
            state.waiting.append(change)
        }
    }

    func finish(_ result: Result<Void, MCPError> = .success(())) {
        wake { state in
            if state.end == nil { state.end = result }
        }
    }

    private func wake(_ change: (inout State) -> Void) {
        let reader = state.withLock { state in
            change(&state)
            guard !state.waiting.isEmpty || state.end != nil else { return CheckedContinuation<Void, Never>?.none }
            return state.reader.take()
        }
        reader?.resume()
    }

    func next() async throws(MCPError) -> MCPChange? {
        while true {
            let (change, end) = state.withLock { state -> (MCPChange?, Result<Void, MCPError>?) in
                guard let change = state.waiting.first else { return (nil, state.end) }
                state.waiting.removeFirst()
                state.known.remove(change)
                return (change, nil)
            }
            if let change { return change }
            if let end {
                try end.get()
                return nil
            }
            if Task.isCancelled { return nil }
            await wait()
        }
    }

    private func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isDue = state.withLock { state in
                    guard state.waiting.isEmpty, state.end == nil, state.reader == nil, !Task.isCancelled else {
                        return true
                    }
                    state.reader = continuation
                    return false
                }
                if isDue { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.reader.take() }?.resume()
        }
    }
}
