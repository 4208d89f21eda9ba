internal import CLinux
internal import Glibc

/// The socket calls that are needed to be sent a browser, none of which blocks.
enum LoopbackSocket {
    enum Read {
        case bytes(ArraySlice<UInt8>)
        case again
        case end
    }

    /// Opens a port of 127.0.0.1, which nobody outside of this machine reaches.
    static func listen(port: UInt16) throws(OAuthError) -> (descriptor: Int32, port: UInt16) {
        let descriptor = plex_open_stream_socket(AF_INET)
        guard descriptor >= 0 else { throw failure("no socket can be made") }
        // The port of a login before may still be remembered for its last connection; two that listen it does not allow.
        var isOn: Int32 = 1
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &isOn, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isOpen = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe bind(descriptor, pointer, size) == 0 && Glibc.listen(descriptor, 8) == 0
                    && getsockname(descriptor, pointer, &size) == 0
            }
        }
        guard isOpen else {
            let error = failure("port \(port) of 127.0.0.1 cannot be opened for the browser's answer")
            close(descriptor)
            throw error
        }
        return (descriptor, UInt16(bigEndian: address.sin_port))
    }

    static func accept(_ listener: Int32) -> Int32? {
        let flags = Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = accept4(listener, nil, nil, flags)
        return descriptor >= 0 ? descriptor : nil
    }

    static func read(_ descriptor: Int32) -> Read {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = unsafe buffer.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, 0) }
        if count > 0 { return .bytes(buffer[..<count]) }
        return count < 0 && (errno == EAGAIN || errno == EINTR) ? .again : .end
    }

    /// Sends a page, which always has room in a new connection's buffer, and closes.
    static func answer(_ descriptor: Int32, _ bytes: [UInt8]) {
        _ = unsafe bytes.withUnsafeBytes { unsafe send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        shutdown(descriptor, Int32(SHUT_WR))
        close(descriptor)
    }

    private static func failure(_ what: String) -> OAuthError {
        let number = errno
        let reason = unsafe strerror(number).map { unsafe String(cString: $0) } ?? "error \(number)"
        return OAuthError(.cannotListen, "\(what): \(reason.prefix(1).lowercased() + reason.dropFirst())")
    }
}
