internal import CLinux
internal import Glibc

/// A listening socket: one descriptor a loop, or one that all loops share.
struct ListeningSocket: Sendable {
    let descriptors: [Int32]
    var bound: BoundListener
    /// The socket's file, where it is ours to remove.
    var file: UnixSocketFile?

    func descriptor(forLoop index: Int) -> Int32 { descriptors[index % descriptors.count] }

    /// Ends listening, and removes the socket's file if it is still ours.
    func close() {
        file?.remove()
        for descriptor in descriptors { Glibc.close(descriptor) }
    }

    // The ports are those at which this process listens already and that it is about to close: they may be shared till then.
    /// Opens sockets for all addresses or none; may block.
    static func open(
        _ addresses: [ListenAddress],
        loops: Int,
        environment: [String: String],
        sharing ports: Set<UInt16> = []
    ) throws(ListenError) -> [ListeningSocket] {
        var opened: [ListeningSocket] = []
        do throws(ListenError) {
            guard !addresses.isEmpty else { throw ListenError("there is no address to listen at; give at least one") }
            for address in addresses {
                switch address {
                case .unix(let path, let mode, let group, let role):
                    let file = try UnixSocketFile(path: path, mode: mode, group: group)
                    opened.append(
                        ListeningSocket(
                            descriptors: [file.descriptor],
                            bound: BoundListener(place: .unix(path: path), role: role, address: address),
                            file: file
                        )
                    )
                case .tcp(let host, let port, _):
                    opened += try TCPListener.open(
                        host,
                        port,
                        address: address,
                        loops: loops,
                        shares: ports.contains(port)
                    )
                case .systemd(let role):
                    opened += try SystemdSockets(environment: environment).listeners(role: role)
                }
            }
            return opened
        } catch {
            for socket in opened { socket.close() }
            throw error
        }
    }
}

extension BoundListener {
    /// Where a listening descriptor is bound; `nil` if it is at no place that can be told.
    init?(descriptor: Int32, address: ListenAddress) {
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let code = unsafe withUnsafeMutablePointer(to: &storage) { storage in
            unsafe storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe getsockname(descriptor, pointer, &size)
            }
        }
        guard code == 0 else { return nil }
        let role: ListenAddress.Role
        switch address {
        case .unix(_, _, _, let itsRole), .tcp(_, _, let itsRole), .systemd(let itsRole): role = itsRole
        }
        if let ip = IPAddress(storage) {
            self.init(place: .tcp(host: ip.host, port: ip.port), role: role, address: address)
        } else if storage.ss_family == sa_family_t(AF_UNIX) {
            let path = unsafe withUnsafeBytes(of: &storage) { bytes in
                unsafe String(decoding: bytes.dropFirst(2).prefix { $0 != 0 }, as: UTF8.self)
            }
            self.init(place: .unix(path: path), role: role, address: address)
        } else {
            return nil
        }
    }
}

/// The text of a system error.
func errorText(_ code: Int32) -> String {
    guard let text = unsafe strerror(code) else { return "error \(code)" }
    return unsafe String(cString: text)
}
