/// A gate in a scripted answer: the answer waits before it until the test opens it.
public final class Gate: Sendable {
    private struct State: Sendable {
        var isOpen = false
        var isReached = false
        var callbacks: [@Sendable () -> Void] = []
    }

    private let state = Observed(State())

    /// Makes a closed gate.
    public init() {}

    /// Opens the gate for all who wait before it and who will come.
    public func open() {
        let callbacks = state.update { state in
            state.isOpen = true
            defer { state.callbacks = [] }
            return state.callbacks
        }
        for callback in callbacks { callback() }
    }

    /// Suspends until an answer has come to the gate.
    ///
    /// - Throws: `CancellationError` when the calling task is cancelled.
    public func waitUntilReached() async throws(CancellationError) {
        _ = try await state.first { $0.isReached ? true : nil }
    }

    /// Suspends until the gate is open.
    ///
    /// - Throws: `CancellationError` when the calling task is cancelled.
    public func waitUntilOpen() async throws(CancellationError) {
        _ = try await state.first { $0.isOpen ? true : nil }
    }

    /// Calls back when the gate opens; returns false, without calling back, if it is open.
    func waits(_ callback: @escaping @Sendable () -> Void) -> Bool {
        state.update { state in
            state.isReached = true
            guard !state.isOpen else { return false }
            state.callbacks.append(callback)
            return true
        }
    }
}
