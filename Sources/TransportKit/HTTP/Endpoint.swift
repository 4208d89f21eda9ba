/// Where a server is: a scheme, an authority and a path prefix, over TCP or a Unix socket.
///
/// Written as `https://host:port/prefix`, `http://…`, `unix:/path/to.sock` or `unix:/path/to.sock:/prefix`.
public struct Endpoint: Sendable, Hashable, CustomStringConvertible {
    /// Scheme, authority and path prefix without a trailing slash, for example `https://api.openai.com/v1`.
    ///
    /// For a Unix socket the authority is `localhost`.
    public var base: String
    /// The socket's path, or `nil` over TCP.
    public var unixSocketPath: String?

    /// The endpoint in the form it is written in.
    public var description: String {
        guard let unixSocketPath else { return base }
        let prefix = base.dropFirst("http://localhost".count)
        return "unix:\(unixSocketPath)\(prefix.isEmpty ? "" : ":\(prefix)")"
    }
}
