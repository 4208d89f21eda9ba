internal import CLinux
internal import Glibc

/// Opens listening TCP sockets.
enum TCPListener {
    // Shares a port only where this process listens there already, and is about to close that.
    static func open(
        _ host: String,
        _ port: UInt16,
        address: ListenAddress,
        loops: Int,
        shares: Bool = false
    ) throws(ListenError) -> [ListeningSocket] {
        var opened: [ListeningSocket] = []
        var failure = "the name has no address"
        var port = port
        for storage in try IPAddress.resolve(host, port: port) {
            do {
                let socket = try open(storage, port, address: address, loops: loops, shares: shares)
                // All addresses of a name have the same port, also where the system chooses it.
                if case .tcp(_, let chosen) = socket.bound.place { port = chosen }
                opened.append(socket)
            } catch Failure.unavailable(let code) {
                failure = errorText(code)
            } catch {
                for socket in opened { socket.close() }
                throw ListenError(error.reason, "cannot listen at \(address): \(error.text)")
            }
        }
        guard !opened.isEmpty else { throw ListenError("cannot listen at \(address): \(failure)") }
        return opened
    }

    private enum Failure: Error {
        /// The machine has no such address, or not its version of the protocol.
        case unavailable(Int32)
        case other(Int32)

        var reason: ListenError.Reason {
            if case .other(EADDRINUSE) = self { .inUse } else { .failed }
        }

        var text: String {
            switch self {
            case .unavailable(let code): errorText(code)
            case .other(EADDRINUSE): "the port is in use; another server runs there, or choose another port"
            case .other(EACCES): "the port is reserved for privileged processes; choose one from 1024"
            case .other(let code): errorText(code)
            }
        }
    }

    private static func open(
        _ storage: sockaddr_storage,
        _ port: UInt16,
        address: ListenAddress,
        loops: Int,
        shares: Bool
    ) throws(Failure) -> ListeningSocket {
        var descriptors: [Int32] = []
        do throws(Failure) {
            // The first one is bound alone, so that a port in use by another program is seen: the kernel lets sockets of
            // one user share a port when all of them ask for it.
            let first = try bind(storage, port, shares: shares)
            descriptors.append(first)
            guard let bound = BoundListener(descriptor: first, address: address), case .tcp(_, let chosen) = bound.place
            else { throw Failure.other(EINVAL) }
            try check(setsockopt(first, SO_REUSEPORT))
            for _ in 1..<max(1, loops) { descriptors.append(try bind(storage, chosen, shares: true)) }
            for descriptor in descriptors { try check(listen(descriptor, SOMAXCONN)) }
            return ListeningSocket(descriptors: descriptors, bound: bound)
        } catch {
            for descriptor in descriptors { close(descriptor) }
            throw error
        }
    }

    private static func bind(_ storage: sockaddr_storage, _ port: UInt16, shares: Bool) throws(Failure) -> Int32 {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(Int32(storage.ss_family), kind, 0)
        guard descriptor >= 0 else { throw errno == EAFNOSUPPORT ? .unavailable(errno) : .other(errno) }
        do throws(Failure) {
            try check(setsockopt(descriptor, SO_REUSEADDR))
            if shares { try check(setsockopt(descriptor, SO_REUSEPORT)) }
            var storage = storage
            let isVersion6 = storage.ss_family == sa_family_t(AF_INET6)
            let size = isVersion6 ? MemoryLayout<sockaddr_in6>.size : MemoryLayout<sockaddr_in>.size
            // The port stands at the same place in both.
            unsafe withUnsafeMutableBytes(of: &storage) { bytes in
                unsafe bytes.storeBytes(of: port.bigEndian, toByteOffset: 2, as: UInt16.self)
            }
            let code = unsafe withUnsafePointer(to: &storage) { storage in
                unsafe storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                    unsafe Glibc.bind(descriptor, pointer, socklen_t(size))
                }
            }
            if code != 0, errno == EADDRNOTAVAIL { throw Failure.unavailable(errno) }
            try check(code)
            return descriptor
        } catch {
            close(descriptor)
            throw error
        }
    }

    private static func setsockopt(_ descriptor: Int32, _ option: Int32) -> Int32 {
        var one: Int32 = 1
        return unsafe Glibc.setsockopt(descriptor, SOL_SOCKET, option, &one, 4)
    }

    private static func check(_ code: Int32) throws(Failure) {
        if code != 0 { throw .other(errno) }
    }
}
