/// A socket that a server listens at.
public struct BoundListener: Sendable, Hashable, CustomStringConvertible {
    /// Where a listening socket is.
    @nonexhaustive
    public enum Place: Sendable, Hashable {
        /// A Unix socket's path.
        case unix(path: String)
        /// An IP address, without brackets, and the port, also where the system chose it.
        case tcp(host: String, port: UInt16)
    }

    /// Where it is.
    public let place: Place
    /// Which paths it serves.
    public let role: ListenAddress.Role
    /// The address that asked for it.
    public let address: ListenAddress

    /// Whether only programs on this machine reach it.
    public var isLoopback: Bool {
        switch place {
        case .unix: true
        case .tcp(let host, _): IPAddress.isLoopback(host)
        }
    }

    /// The place as configuration writes it.
    public var description: String {
        switch place {
        case .unix(let path): "unix:\(path)"
        case .tcp(let host, let port): "tcp:\(host.contains(":") ? "[\(host)]" : host):\(port)"
        }
    }
}
