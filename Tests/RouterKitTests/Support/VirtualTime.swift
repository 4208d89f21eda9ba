import ProviderTesting
import TransportKit

/// Runs code on one thread, with a clock that moves on to the next sleeper whenever nothing else is left to do.
func inVirtualTime<Result: Sendable>(
    _ body: @escaping @Sendable (ManualClock) async throws -> Result
) async throws -> Result {
    let clock = ManualClock()
    let group = EventLoopGroup(count: 1)
    return try await withTaskExecutorPreference(group.next()) {
        try await withThrowingTaskGroup(of: Result?.self) { tasks in
            tasks.addTask { try await body(clock) }
            tasks.addTask {
                while !Task.isCancelled {
                    // Everything runs on one queue: who has anything to do has had its turn after so many.
                    for _ in 0..<50 { await Task.yield() }
                    clock.advanceToNextSleeper()
                }
                return nil
            }
            defer { tasks.cancelAll() }
            while let result = try await tasks.next() {
                if let result { return result }
            }
            throw CancellationError()
        }
    }
}
