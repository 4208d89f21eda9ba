import GatewayKit
import TransportKit

/// Callers who have asked for the configuration to be read again, and wait for what comes of it.
final class ReloadRequests: Sendable {
    typealias Outcome = Result<ReloadReport, ReloadError>

    private struct State: Sendable {
        var waiters: [CheckedContinuation<Outcome, Never>] = []
        var isClosed = false
    }

    private let state = Locked(State())
    private let wake: @Sendable () -> Void

    /// Makes a place to ask at.
    ///
    /// - Parameter wake: Called when somebody waits who was not there before.
    init(wake: @escaping @Sendable () -> Void) {
        self.wake = wake
    }

    /// Asks, and waits for the outcome.
    func ask() async throws(ReloadError) -> ReloadReport {
        let outcome = await withCheckedContinuation { waiter in
            let isClosed = state.withLock { state in
                if !state.isClosed { state.waiters.append(waiter) }
                return state.isClosed
            }
            if isClosed { waiter.resume(returning: Self.stopping) } else { wake() }
        }
        return try outcome.get()
    }

    /// Those who wait; they have to be told.
    func take() -> [CheckedContinuation<Outcome, Never>] {
        state.withLock { state in
            defer { state.waiters = [] }
            return state.waiters
        }
    }

    /// Tells those who wait, and all who come, that the gateway is stopping.
    func close() {
        state.withLock { $0.isClosed = true }
        for waiter in take() { waiter.resume(returning: Self.stopping) }
    }

    private static let stopping = Outcome.failure(
        ReloadError(.stopping, "the gateway is stopping; the next one reads the configuration at its start")
    )
}
