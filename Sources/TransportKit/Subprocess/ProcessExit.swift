/// How a process ended.
package enum ProcessExit: Sendable, Hashable, CustomStringConvertible {
    /// By itself, with a status.
    case status(Int32)
    /// By a signal.
    case signal(Int32)
    /// Nobody knows: something else in this program has asked the system for it.
    case unknown

    /// Reads what `waitpid` says.
    init(waitStatus: Int32) {
        let signal = waitStatus & 0x7F
        self = signal == 0 ? .status((waitStatus >> 8) & 0xFF) : .signal(signal)
    }

    /// For a message, for example `exited with status 1`.
    package var description: String {
        switch self {
        case .status(let status): "exited with status \(status)"
        case .signal(let signal): "was ended by signal \(signal)"
        case .unknown: "ended"
        }
    }
}
