internal import CLinux
internal import Glibc

/// Tells systemd how a service stands (sd_notify).
public struct SystemdNotifier: Sendable {
    /// What is told.
    @nonexhaustive
    public enum State: Sendable, Hashable {
        /// The service answers.
        case ready
        /// Configuration is read again; `ready` follows.
        case reloading
        /// The service stops.
        case stopping
        /// The service lives.
        case watchdog
        /// A line for people.
        case status(String)
    }

    private let path: String
    /// How often `watchdog` is to be told: half of the time after which systemd takes the service for dead.
    public let watchdogInterval: Duration?

    /// Makes a notifier; `nil` if systemd did not ask to be told.
    ///
    /// - Parameters:
    ///   - environment: The process's environment.
    ///   - processID: The process's number; `nil` for this one's.
    public init?(environment: [String: String], processID: Int32? = nil) {
        guard let path = environment["NOTIFY_SOCKET"], path.hasPrefix("/") || path.hasPrefix("@"),
            (2...107).contains(path.utf8.count)
        else { return nil }
        self.path = path
        let isForUs = environment["WATCHDOG_PID"].map { Int32($0) == processID ?? getpid() } ?? true
        if isForUs, let time = environment["WATCHDOG_USEC"].flatMap({ Int64($0) }), time > 0 {
            watchdogInterval = .microseconds(time / 2)
        } else {
            watchdogInterval = nil
        }
    }

    /// Tells a state; does not wait, and what cannot be told is lost.
    ///
    /// - Parameter state: The state.
    public func notify(_ state: State) {
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var name = Array(path.utf8)
        // An abstract name begins with a zero byte, and is as long as the address says.
        if name[0] == UInt8(ascii: "@") { name[0] = 0 }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: name) }
        let size = socklen_t(MemoryLayout<sa_family_t>.size + name.count)
        let text = Array(Self.text(state).utf8)
        unsafe withUnsafePointer(to: &address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                _ = unsafe sendto(descriptor, text, text.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT), pointer, size)
            }
        }
    }

    private static func text(_ state: State) -> String {
        switch state {
        case .ready: return "READY=1"
        case .reloading:
            var time = timespec()
            unsafe clock_gettime(CLOCK_MONOTONIC, &time)
            return "RELOADING=1\nMONOTONIC_USEC=\(time.tv_sec * 1_000_000 + time.tv_nsec / 1000)"
        case .stopping: return "STOPPING=1"
        case .watchdog: return "WATCHDOG=1"
        case .status(let text): return "STATUS=\(text.split(separator: "\n").joined(separator: " "))"
        }
    }
}
