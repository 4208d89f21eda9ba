internal import CLinux
import Glibc
import TransportKit

/// Where a server listens on this machine.
enum LocalAddress: Sendable, Hashable {
    case tcp(port: UInt16)
    case unix(path: String)
}

/// The socket calls of the mock and of the load tool.
enum RawSocket {
    /// Listens on a port of 127.0.0.1; 0 for any that is free.
    static func listen(port: UInt16 = 0) throws(TransportError) -> (descriptor: Int32, port: UInt16) {
        let descriptor = try make(AF_INET)
        setOption(descriptor, SOL_SOCKET, SO_REUSEADDR, Int32(1))
        let bound = unsafe address(.tcp(port: port)) { unsafe bind(descriptor, $0, $1) }
        guard bound == 0, Glibc.listen(descriptor, 4096) == 0 else {
            throw failure("listen on port \(port)", descriptor)
        }
        var name = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = unsafe withUnsafeMutablePointer(to: &name) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe getsockname(descriptor, pointer, &length)
            }
        }
        guard code == 0 else { throw failure("ask for the port", descriptor) }
        return (descriptor, UInt16(bigEndian: name.sin_port))
    }

    /// A port that was free a moment ago.
    static func freePort() throws(TransportError) -> UInt16 {
        let (descriptor, port) = try listen()
        close(descriptor)
        return port
    }

    /// The next waiting connection, or `nil` if there is none.
    static func accept(_ listener: Int32) -> Int32? {
        let descriptor = accept4(listener, nil, nil, Int32(SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue))
        guard descriptor >= 0 else { return nil }
        setOption(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, Int32(1))
        return descriptor
    }

    /// Connects, which on this machine takes no time unless the server's queue is full: then up to five seconds.
    static func connect(to target: LocalAddress) throws(TransportError) -> Int32 {
        let family = if case .tcp = target { AF_INET } else { AF_UNIX }
        let descriptor = try make(family, flags: 0)
        setOption(descriptor, SOL_SOCKET, SO_SNDTIMEO, timeval(tv_sec: 5, tv_usec: 0))
        guard unsafe address(target, { unsafe Glibc.connect(descriptor, $0, $1) }) == 0 else {
            throw failure("connect to \(target)", descriptor, .connect)
        }
        if case .tcp = target { setOption(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, Int32(1)) }
        return descriptor
    }

    static func setNonBlocking(_ descriptor: Int32) {
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    }

    /// Makes `receive` of a blocking socket give up.
    static func setReceiveTimeout(_ descriptor: Int32, seconds: Int) {
        setOption(descriptor, SOL_SOCKET, SO_RCVTIMEO, timeval(tv_sec: seconds, tv_usec: 0))
    }

    /// What a call without waiting came to.
    enum Outcome {
        case bytes(Int)
        case end
        case again
        case failed
    }

    static func receive(_ descriptor: Int32, into buffer: inout [UInt8]) -> Outcome {
        outcome(
            unsafe buffer.withUnsafeMutableBytes { bytes in unsafe recv(descriptor, bytes.baseAddress, bytes.count, 0) }
        )
    }

    static func send(_ descriptor: Int32, _ bytes: ArraySlice<UInt8>) -> Outcome {
        let flags = Int32(MSG_NOSIGNAL)
        return outcome(
            unsafe bytes.withUnsafeBytes { unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, flags) }
        )
    }

    private static func outcome(_ count: Int) -> Outcome {
        if count > 0 { return .bytes(count) }
        if count == 0 { return .end }
        return errno == EAGAIN || errno == EINTR ? .again : .failed
    }

    private static func make(
        _ family: Int32,
        flags: UInt32 = SOCK_NONBLOCK.rawValue
    ) throws(TransportError) -> Int32 {
        let descriptor = socket(family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | flags), 0)
        guard descriptor >= 0 else { throw TransportError(.other, "cannot make a socket: error \(errno)") }
        return descriptor
    }

    private static func failure(
        _ what: String,
        _ descriptor: Int32,
        _ code: TransportError.Code = .other
    ) -> TransportError {
        let error = TransportError(code, "cannot \(what): error \(errno)")
        close(descriptor)
        return error
    }

    private static func address(
        _ target: LocalAddress,
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        switch target {
        case .tcp(let port):
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            return unsafe pass(&address, body)
        case .unix(let path):
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            let bytes = Array(path.utf8).prefix(MemoryLayout.size(ofValue: address.sun_path) - 1)
            unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
            return unsafe pass(&address, body)
        }
    }

    private static func pass<Address: BitwiseCopyable>(
        _ address: inout Address,
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe body(pointer, socklen_t(MemoryLayout<Address>.size))
            }
        }
    }

    private static func setOption<Value: BitwiseCopyable>(
        _ descriptor: Int32,
        _ level: Int32,
        _ name: Int32,
        _ value: Value
    ) {
        var value = value
        // Best effort: a Unix socket has no TCP options.
        _ = unsafe setsockopt(descriptor, level, name, &value, socklen_t(MemoryLayout<Value>.size))
    }
}

/// The kernel's monotonic time, in nanoseconds; the same for all processes.
func monotonicNanoseconds() -> UInt64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}
