internal import CLinux
internal import Glibc

/// A server that can be reached without libcurl, and what the head of a request to it says.
struct DirectTarget: Sendable {
    /// What connections are shared by.
    enum Server: Sendable, Hashable {
        case unix(String)
        case tcp(host: String, port: Int)
    }

    let server: Server
    /// To be tried in this order.
    let addresses: [SocketAddress]
    /// What follows the method.
    let requestLineRest: [UInt8]
    let hostLine: [UInt8]

    /// Finds what is needed; fails for what only libcurl can do: TLS, names to be resolved, characters to be encoded.
    init?(url: String, origin: Origin, unixSocketPath: String?) {
        guard !origin.isSecure, let path = Self.path(of: url) else { return nil }
        if let unixSocketPath {
            server = .unix(unixSocketPath)
            addresses = [SocketAddress(unix: unixSocketPath)]
        } else {
            server = .tcp(host: origin.host, port: origin.port)
            let hosts = origin.host == "localhost" ? ["::1", "127.0.0.1"] : [origin.host]
            addresses = hosts.compactMap { SocketAddress(literal: $0, port: origin.port) }
            guard !addresses.isEmpty else { return nil }
        }
        requestLineRest = Array(" \(path) HTTP/1.1\r\n".utf8)
        hostLine = Array("Host: \(origin)\r\n".utf8)
    }

    /// Path and query of a URL that has been checked.
    private static func path(of url: String) -> String? {
        guard url.utf8.allSatisfy({ $0 < 0x80 && $0 != UInt8(ascii: "\\") }) else { return nil }
        let afterScheme = url.utf8.drop { $0 != UInt8(ascii: "/") }.dropFirst(2)
        let rest = afterScheme.drop { !"/?#".utf8.contains($0) }.prefix { $0 != UInt8(ascii: "#") }
        let text = String(Substring(rest))
        return text.hasPrefix("/") ? text : "/" + text
    }
}

/// An address in the form that the system takes.
struct SocketAddress: Sendable {
    let family: Int32
    private let bytes: [UInt8]

    /// An IPv4 or IPv6 address as text.
    init?(literal: String, port: Int) {
        let port = in_port_t(truncatingIfNeeded: port).bigEndian
        var four = sockaddr_in()
        var six = sockaddr_in6()
        if unsafe inet_pton(AF_INET, literal, &four.sin_addr) == 1 {
            family = AF_INET
            four.sin_family = sa_family_t(AF_INET)
            four.sin_port = port
            bytes = unsafe withUnsafeBytes(of: &four) { unsafe Array($0) }
        } else if unsafe inet_pton(AF_INET6, literal, &six.sin6_addr) == 1 {
            family = AF_INET6
            six.sin6_family = sa_family_t(AF_INET6)
            six.sin6_port = port
            bytes = unsafe withUnsafeBytes(of: &six) { unsafe Array($0) }
        } else {
            return nil
        }
    }

    /// The path of a socket, not longer than `UnixSocketPath.limit`.
    init(unix path: String) {
        family = AF_UNIX
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        bytes = unsafe withUnsafeMutableBytes(of: &address) { buffer in
            let start = MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 2
            unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[start...]).copyBytes(from: path.utf8)
            return unsafe Array(buffer[..<(start + path.utf8.count + 1)])
        }
    }

    /// Begins to connect a socket; returns the error number, 0 if the connection stands already.
    func connect(_ descriptor: Int32) -> Int32 {
        unsafe bytes.withUnsafeBytes { buffer in
            guard let address = unsafe buffer.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return EINVAL }
            return unsafe Glibc.connect(descriptor, address, socklen_t(buffer.count)) == 0 ? 0 : errno
        }
    }
}
