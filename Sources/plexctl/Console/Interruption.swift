import Glibc
import TransportKit

/// Turns SIGINT and SIGTERM into the cancellation of a task, and a second one into the end of the process.
///
/// The signals are blocked in every thread and taken by the one that calls `wait`, so no code runs in a signal handler.
/// Signals that the parent process had ignored, as `nohup` does, stay ignored.
final class Interruption: Sendable {
    private struct State {
        var isCancellable = false
        var received: Int32?
    }

    private let signals: [Int32]
    private let state = Locked(State())

    /// Blocks the signals; to be made before there is a second thread.
    init() {
        signals = [SIGINT, SIGTERM].filter { !Self.isIgnored($0) }
        var set = Self.set(of: signals)
        unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// From now on the first signal cancels the task; until now it ends the process.
    func beginCancellable() {
        state.withLock { $0.isCancellable = true }
    }

    /// The code to end with if a signal has come.
    var exitCode: ExitCode? {
        state.withLock { $0.received.map(Self.exitCode) }
    }

    /// Waits for signals until the process ends.
    ///
    /// - Parameter task: What the first signal cancels.
    func wait(cancelling task: Task<Void, Never>) -> Never {
        var set = Self.set(of: signals)
        while true {
            var received: Int32 = 0
            guard unsafe sigwait(&set, &received) == 0 else { continue }
            let isFirst = state.withLock { state in
                defer { state.received = state.received ?? received }
                return state.isCancellable && state.received == nil
            }
            guard isFirst else { _exit(Self.exitCode(for: received).rawValue) }
            task.cancel()
        }
    }

    private static func exitCode(for signal: Int32) -> ExitCode {
        ExitCode(rawValue: 128 + signal)
    }

    private static func set(of signals: [Int32]) -> sigset_t {
        var set = sigset_t()
        unsafe sigemptyset(&set)
        for signal in signals {
            unsafe sigaddset(&set, signal)
        }
        return set
    }

    private static func isIgnored(_ signal: Int32) -> Bool {
        var action = sigaction()
        guard unsafe sigaction(signal, nil, &action) == 0 else { return false }
        return unsafe unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
    }
}
