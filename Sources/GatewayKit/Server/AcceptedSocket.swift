internal import CLinux
internal import Glibc

/// A connection that the kernel has handed out.
struct AcceptedSocket: Sendable {
    let descriptor: Int32
    let peer: Peer

    enum Outcome {
        case socket(AcceptedSocket)
        /// Nobody waits.
        case none
        /// The system is out of something; the error's number.
        case exhausted(Int32)
    }

    static func accept(from listener: Int32, role: ListenAddress.Role, at place: String) -> Outcome {
        while true {
            var storage = sockaddr_storage()
            var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
            let descriptor = unsafe withUnsafeMutablePointer(to: &storage) { storage in
                unsafe storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                    unsafe accept4(
                        listener,
                        address,
                        &size,
                        Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
                    )
                }
            }
            if descriptor >= 0 {
                let address = address(of: storage, descriptor)
                let peer = Peer(address: address, role: role, listener: place)
                return .socket(AcceptedSocket(descriptor: descriptor, peer: peer))
            }
            switch errno {
            case EAGAIN: return .none
            case EMFILE, ENFILE, ENOBUFS, ENOMEM: return .exhausted(errno)
            // A connection that ended before it was accepted, or an error of its network, is no reason to stop.
            case EINTR, ECONNABORTED, EPERM, EPROTO, ENETDOWN, EHOSTDOWN, EHOSTUNREACH, ENETUNREACH, ENOPROTOOPT:
                continue
            default: return .none
            }
        }
    }

    private static func address(of storage: sockaddr_storage, _ descriptor: Int32) -> Peer.Address {
        switch Int32(storage.ss_family) {
        case AF_UNIX:
            guard let owner = SocketOwner(of: descriptor) else { return .unknown }
            return .unix(userID: owner.userID, groupID: owner.groupID, processID: owner.processID)
        case AF_INET, AF_INET6:
            var one: Int32 = 1
            // Without it the kernel holds a small piece of a stream back until the one before is acknowledged.
            _ = unsafe setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, 4)
            guard let address = IPAddress(storage) else { return .unknown }
            return .tcp(host: address.host, port: address.port)
        default: return .unknown
        }
    }
}
