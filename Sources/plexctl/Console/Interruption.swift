import Glibc
import TransportKit

/// Turns SIGINT, SIGTERM and SIGHUP into the cancellation of a task or into messages, and a second one into the end of the
/// process.
///
/// The signals are blocked in every thread and taken by the one that calls `wait`, so no code runs in a signal handler.
/// Signals that the parent process had ignored, as `nohup` does, stay ignored.
final class Interruption: Sendable {
    private enum Mode {
        /// A signal ends the process.
        case ending
        /// The first signal cancels the task.
        case cancelling
        /// The task is told of signals; the second one that asks for the end ends the process.
        case telling(AsyncStream<Message>.Continuation)
    }

    /// What a signal means to a command that is told of it.
    enum Message: Sendable, Hashable {
        /// SIGHUP: read what was configured again.
        case reload
        /// SIGINT or SIGTERM: end in order.
        case end
    }

    private struct State {
        var mode = Mode.ending
        var received: Int32?
    }

    private let signals: [Int32]
    private let state = Locked(State())

    /// Blocks the signals; to be made before there is a second thread.
    init() {
        signals = [SIGINT, SIGTERM, SIGHUP].filter { !Self.isIgnored($0) }
        var set = Self.set(of: signals)
        unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// From now on the first signal cancels the task; until now it ends the process.
    func beginCancellable() {
        state.withLock { $0.mode = .cancelling }
    }

    /// From now on signals are messages, and ending in order is a success.
    ///
    /// - Returns: The messages. Several that come before one is read are as good as one of each kind.
    func messages() -> AsyncStream<Message> {
        let (stream, continuation) = AsyncStream<Message>.makeStream(bufferingPolicy: .bufferingNewest(16))
        state.withLock { $0.mode = .telling(continuation) }
        return stream
    }

    /// The code to end with if a signal has cancelled the task.
    var exitCode: ExitCode? {
        state.withLock { state in
            if case .cancelling = state.mode { state.received.map(Self.exitCode) } else { nil }
        }
    }

    /// Waits for signals until the process ends.
    ///
    /// - Parameter task: What the first signal cancels.
    func wait(cancelling task: Task<Void, Never>) -> Never {
        var set = Self.set(of: signals)
        while true {
            var received: Int32 = 0
            guard unsafe sigwait(&set, &received) == 0 else { continue }
            let signal = received
            state.withLock { state in
                if case .telling(let continuation) = state.mode, signal == SIGHUP {
                    continuation.yield(.reload)
                    return
                }
                let isFirst = state.received == nil
                state.received = state.received ?? signal
                switch state.mode {
                case .cancelling where isFirst: task.cancel()
                case .telling(let continuation) where isFirst: continuation.yield(.end)
                default:
                    // What would end in order after a first signal is not waited for.
                    LiveProcesses.endAll()
                    _exit(Self.exitCode(for: signal).rawValue)
                }
            }
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
