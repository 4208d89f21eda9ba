internal import TransportKit

/// A piece of work that many want at once and that is done once for all of them.
///
/// Who stops waiting leaves the others alone; when the last one has left, the work is cancelled.
package final class SharedWork<Value: Sendable>: Sendable {
    private struct Run {
        let id: UInt64
        let task: Task<Void, Never>
    }

    private struct State {
        var run: Run?
        var waiters: [UInt64: CheckedContinuation<Value?, Never>] = [:]
        var lastID: UInt64 = 0

        mutating func nextID() -> UInt64 {
            lastID += 1
            return lastID
        }
    }

    private let work: @Sendable () async -> Value
    private let state = Locked(State())

    /// Makes a piece of work, which is begun when it is first wanted.
    package init(_ work: @escaping @Sendable () async -> Value) {
        self.work = work
    }

    /// How many wait for the run that is under way.
    var waiterCount: Int { state.withLock { $0.waiters.count } }

    /// What the work gives: the run that is under way, or else a new one.
    ///
    /// - Returns: The outcome, or `nil` at once if the calling task is cancelled.
    package func value() async -> Value? {
        let id = state.withLock { $0.nextID() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                wait(continuation, id: id)
                // The handler may have run before there was anything to take back.
                if Task.isCancelled { leave(id) }
            }
        } onCancel: {
            leave(id)
        }
    }

    private func wait(_ continuation: CheckedContinuation<Value?, Never>, id: UInt64) {
        state.withLock { state in
            state.waiters[id] = continuation
            guard state.run == nil else { return }
            let runID = state.nextID()
            // Cancelled by the last waiter that leaves.
            let task = Task { [work] in
                let value = await work()
                self.finish(runID, with: value)
            }
            state.run = Run(id: runID, task: task)
        }
    }

    private func finish(_ runID: UInt64, with value: Value) {
        let waiters = state.withLock { state -> [CheckedContinuation<Value?, Never>] in
            // A run that nobody wanted any more is not the answer to those who came later.
            guard state.run?.id == runID else { return [] }
            state.run = nil
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume(returning: value) }
    }

    private func leave(_ id: UInt64) {
        let (waiter, task) = state.withLock { state -> (CheckedContinuation<Value?, Never>?, Task<Void, Never>?) in
            guard let waiter = state.waiters.removeValue(forKey: id) else { return (nil, nil) }
            guard state.waiters.isEmpty else { return (waiter, nil) }
            defer { state.run = nil }
            return (waiter, state.run?.task)
        }
        task?.cancel()
        waiter?.resume(returning: nil)
    }
}
