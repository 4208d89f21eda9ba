internal import TransportKit

/// One result that several wait for, each as long as they like.
final class Flight<Value: Sendable>: Sendable {
    private struct State {
        var value: Value?
        var waiters: [Int: CheckedContinuation<Value?, Never>] = [:]
        var last = 0
    }

    private let state = Locked(State())

    func land(_ value: Value) {
        let waiters = state.withLock { state in
            state.value = value
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume(returning: value) }
    }

    /// Waits for the result.
    ///
    /// - Parameters:
    ///   - limit: How long.
    ///   - loop: On whose clock.
    /// - Returns: The result; `nil` if the time was over first, or the calling task was cancelled.
    func value(within limit: Duration, on loop: EventLoop) async -> Value? {
        let number = state.withLock { state in
            state.last += 1
            return state.last
        }
        loop.execute { [weak self] in
            _ = loop.schedule(after: limit) { self?.leave(number) }
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let (value, isOver) = state.withLock { state -> (Value?, Bool) in
                    guard state.value == nil, !Task.isCancelled else { return (state.value, true) }
                    state.waiters[number] = continuation
                    return (nil, false)
                }
                if isOver { continuation.resume(returning: value) }
            }
        } onCancel: {
            leave(number)
        }
    }

    private func leave(_ number: Int) {
        state.withLock { $0.waiters.removeValue(forKey: number) }?.resume(returning: nil)
    }
}

/// Tasks that end with their owner.
final class TaskSet: Sendable {
    private struct State {
        var tasks: [Int: Task<Void, Never>] = [:]
        var last = 0
        var isClosed = false
    }

    private let state = Locked(State())

    /// Runs something.
    ///
    /// - Returns: The task; `nil` if all was closed before.
    @discardableResult
    func run(on loop: EventLoop, _ body: @escaping @Sendable () async -> Void) -> Task<Void, Never>? {
        state.withLock { state in
            guard !state.isClosed else { return nil }
            state.last += 1
            let number = state.last
            let task = Task(executorPreference: loop) { [weak self] in
                await body()
                self?.state.withLock { $0.tasks[number] = nil }
            }
            state.tasks[number] = task
            return task
        }
    }

    /// Cancels all, and returns when they have ended.
    func close() async {
        let tasks = state.withLock { state in
            state.isClosed = true
            return Array(state.tasks.values)
        }
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
    }
}
