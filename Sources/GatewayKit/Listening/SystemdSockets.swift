internal import CLinux
internal import Glibc

/// The listening sockets that systemd passes to a service (sd_listen_fds).
struct SystemdSockets: Sendable {
    private static let firstDescriptor: Int32 = 3
    private let count: Int32

    init(environment: [String: String], processID: Int32 = getpid()) throws(ListenError) {
        guard let text = environment["LISTEN_FDS"], let count = Int32(text), (1...1024).contains(count) else {
            throw ListenError(
                "systemd passed no sockets (LISTEN_FDS); start through a socket unit, or listen at another address"
            )
        }
        guard environment["LISTEN_PID"].flatMap({ Int32($0) }) == processID else {
            throw ListenError("the sockets that systemd passed are for another process (LISTEN_PID)")
        }
        self.count = count
    }

    func listeners(role: ListenAddress.Role) throws(ListenError) -> [ListeningSocket] {
        var listeners: [ListeningSocket] = []
        for descriptor in Self.firstDescriptor..<Self.firstDescriptor + count {
            listeners.append(try Self.listener(descriptor, role: role))
        }
        return listeners
    }

    static func listener(_ descriptor: Int32, role: ListenAddress.Role) throws(ListenError) -> ListeningSocket {
        guard option(descriptor, SO_TYPE) == Int32(SOCK_STREAM.rawValue), option(descriptor, SO_ACCEPTCONN) == 1,
            let bound = BoundListener(descriptor: descriptor, address: .systemd(role: role))
        else {
            throw ListenError("descriptor \(descriptor) that systemd passed is no listening stream socket")
        }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        return ListeningSocket(descriptors: [descriptor], bound: bound)
    }

    private static func option(_ descriptor: Int32, _ name: Int32) -> Int32? {
        var value: Int32 = 0
        var size: socklen_t = 4
        return unsafe getsockopt(descriptor, SOL_SOCKET, name, &value, &size) == 0 ? value : nil
    }
}
