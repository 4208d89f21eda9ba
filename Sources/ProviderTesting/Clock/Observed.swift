import TransportKit

/// A value behind a lock whose changes can be waited for.
final class Observed<State: Sendable>: Sendable {
    private struct Waiter: Sendable {
        /// Resumes the waiting task and returns what does so, if the state is the one that is waited for.
        let attempt: @Sendable (State) -> (@Sendable () -> Void)?
        let cancel: @Sendable () -> Void
    }

    private struct Content: Sendable {
        var state: State
        var waiters: [UInt64: Waiter] = [:]
        var cancelled: Set<UInt64> = []
        var nextID: UInt64 = 0
    }

    private let content: Locked<Content>

    init(_ state: State) {
        content = Locked(Content(state: state))
    }

    /// The state now.
    var current: State { content.withLock { $0.state } }

    /// Changes the state, and wakes those whose condition now holds.
    @discardableResult
    func update<Result: Sendable>(_ body: (inout State) -> Result) -> Result {
        let (result, resumptions) = content.withLock { content in
            let result = body(&content.state)
            var resumptions: [@Sendable () -> Void] = []
            for (id, waiter) in content.waiters {
                guard let resume = waiter.attempt(content.state) else { continue }
                content.waiters[id] = nil
                resumptions.append(resume)
            }
            return (result, resumptions)
        }
        for resume in resumptions { resume() }
        return result
    }

    /// Waits until a look at the state finds something, and returns it.
    func first<Found: Sendable>(
        _ find: @escaping @Sendable (State) -> Found?
    ) async throws(CancellationError) -> Found {
        let id = content.withLock { content in
            content.nextID += 1
            return content.nextID
        }
        let found: Found? = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                wait(id, find, continuation)
            }
        } onCancel: {
            cancel(id)
        }
        guard let found else { throw CancellationError() }
        return found
    }

    private func wait<Found: Sendable>(
        _ id: UInt64,
        _ find: @escaping @Sendable (State) -> Found?,
        _ continuation: CheckedContinuation<Found?, Never>
    ) {
        let waiter = Waiter(
            attempt: { state in
                guard let found = find(state) else { return nil }
                return { continuation.resume(returning: found) }
            },
            cancel: { continuation.resume(returning: nil) }
        )
        let resume: (@Sendable () -> Void)? = content.withLock { content in
            if let resume = waiter.attempt(content.state) { return resume }
            if content.cancelled.remove(id) != nil { return waiter.cancel }
            content.waiters[id] = waiter
            return nil
        }
        resume?()
    }

    private func cancel(_ id: UInt64) {
        let waiter: Waiter? = content.withLock { content in
            if let waiter = content.waiters.removeValue(forKey: id) { return waiter }
            content.cancelled.insert(id)
            return nil
        }
        waiter?.cancel()
    }
}
