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

    /// The place as clients are told it: `http://127.0.0.1:8317` or `unix:/run/models.sock`, for `Plex(server:)` and as a base URL.
    public var url: String {
        switch place {
        case .unix: description
        case .tcp: "http://\(description.dropFirst("tcp:".count))"
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
