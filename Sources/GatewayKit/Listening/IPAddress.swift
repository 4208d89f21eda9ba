internal import CLinux
internal import Glibc

/// An IP address with a port.
struct IPAddress: Sendable, Hashable {
    var host: String
    var port: UInt16
    var isVersion6: Bool

    /// - Returns: `nil` if the address is of another kind.
    init?(_ storage: sockaddr_storage) {
        var storage = storage
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let size = socklen_t(text.count)
        switch Int32(storage.ss_family) {
        case AF_INET:
            (port, isVersion6) = unsafe withUnsafeMutablePointer(to: &storage) { storage in
                unsafe storage.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { address in
                    unsafe inet_ntop(AF_INET, &address.pointee.sin_addr, &text, size)
                    return unsafe (UInt16(bigEndian: address.pointee.sin_port), false)
                }
            }
        case AF_INET6:
            (port, isVersion6) = unsafe withUnsafeMutablePointer(to: &storage) { storage in
                unsafe storage.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { address in
                    unsafe inet_ntop(AF_INET6, &address.pointee.sin6_addr, &text, size)
                    return unsafe (UInt16(bigEndian: address.pointee.sin6_port), true)
                }
            }
        default: return nil
        }
        host = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        // A version 4 peer at a version 6 socket.
        if isVersion6, host.hasPrefix("::ffff:"), host.contains(".") { host.removeFirst("::ffff:".count) }
    }

    /// The addresses of a host; asks a name server for names, so it may block.
    static func resolve(_ host: String, port: UInt16) throws(ListenError) -> [sockaddr_storage] {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        unsafe hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        let code = unsafe getaddrinfo(host, String(port), &hints, &list)
        guard code == 0 else {
            let reason = unsafe String(cString: gai_strerror(code))
            throw ListenError("\(host) is no address of this machine: \(reason)")
        }
        defer { unsafe freeaddrinfo(list) }
        var addresses: [sockaddr_storage] = []
        var node = unsafe list
        while let entry = unsafe node {
            if let address = unsafe entry.pointee.ai_addr {
                var storage = sockaddr_storage()
                let size = min(Int(unsafe entry.pointee.ai_addrlen), MemoryLayout<sockaddr_storage>.size)
                unsafe withUnsafeMutableBytes(of: &storage) { bytes in
                    unsafe bytes.copyMemory(from: UnsafeRawBufferPointer(start: address, count: size))
                }
                addresses.append(storage)
            }
            unsafe node = unsafe entry.pointee.ai_next
        }
        return addresses
    }

    /// Whether a numeric address is one of this machine's own loop.
    static func isLoopback(_ host: String) -> Bool {
        host == "::1" || (host.hasPrefix("127.") && !host.contains(":"))
    }
}
