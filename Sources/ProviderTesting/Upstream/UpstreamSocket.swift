internal import CLinux
internal import Glibc
internal import TransportKit

/// The socket calls that the upstream needs, none of which blocks.
enum UpstreamSocket {
    // Port 0 is any that is free.
    static func listenOnLoopback(port: UInt16 = 0) throws(TransportError) -> (descriptor: Int32, port: UInt16) {
        let descriptor = try make(AF_INET)
        // Where one listened before, its connections may still be closing: each has the option of its listener.
        setOption(descriptor, SOL_SOCKET, SO_REUSEADDR, Int32(1))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe bind(descriptor, $0, size) }
        }
        try check(bound == 0 && Glibc.listen(descriptor, 128) == 0, descriptor, "listen on 127.0.0.1")
        var length = size
        let named = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe getsockname(descriptor, pointer, &length)
            }
        }
        try check(named == 0, descriptor, "ask for the port")
        return (descriptor, UInt16(bigEndian: address.sin_port))
    }

    static func listen(at path: String) throws(TransportError) -> Int32 {
        let descriptor = try make(AF_UNIX)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        let room = MemoryLayout.size(ofValue: address.sun_path)
        try check(bytes.count < room, descriptor, "fit the socket's path into \(room - 1) bytes")
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let bound = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe bind(descriptor, $0, size) }
        }
        try check(bound == 0 && Glibc.listen(descriptor, 128) == 0, descriptor, "listen at \(path)")
        return descriptor
    }

    private static func make(_ family: Int32) throws(TransportError) -> Int32 {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(family, kind, 0)
        guard descriptor >= 0 else { throw TransportError(.other, "cannot make a socket: error \(errno)") }
        return descriptor
    }

    private static func check(_ isDone: Bool, _ descriptor: Int32, _ what: String) throws(TransportError) {
        guard !isDone else { return }
        let code = errno
        close(descriptor)
        throw TransportError(.other, "the scripted upstream cannot \(what): error \(code)")
    }

    /// The next waiting connection, or `nil` if there is none.
    static func accept(_ listener: Int32, sendBuffer: Int?) -> Int32? {
        let flags = Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = accept4(listener, nil, nil, flags)
        guard descriptor >= 0 else { return nil }
        setOption(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, Int32(1))
        if let sendBuffer { setOption(descriptor, SOL_SOCKET, SO_SNDBUF, Int32(clamping: sendBuffer)) }
        return descriptor
    }

    /// Makes the next `close` break the connection.
    static func resetOnClose(_ descriptor: Int32) {
        setOption(descriptor, SOL_SOCKET, SO_LINGER, linger(l_onoff: 1, l_linger: 0))
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

    enum Outcome {
        case bytes(Int)
        case end
        case again
        case failed
    }

    static func read(_ descriptor: Int32, into buffer: inout [UInt8]) -> Outcome {
        let count = unsafe buffer.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, 0) }
        return outcome(count)
    }

    static func write(_ descriptor: Int32, _ bytes: ArraySlice<UInt8>) -> Outcome {
        let flags = Int32(MSG_NOSIGNAL)
        return outcome(unsafe bytes.withUnsafeBytes { unsafe send(descriptor, $0.baseAddress, $0.count, flags) })
    }

    private static func outcome(_ count: Int) -> Outcome {
        if count > 0 { return .bytes(count) }
        if count == 0 { return .end }
        return errno == EAGAIN || errno == EINTR ? .again : .failed
    }
}
