internal import TransportKit

/// Where a server of tools is that speaks HTTP: a URL, over TCP or a Unix socket.
///
/// A slash at its end and a query are kept, as servers tell `/mcp` and `/mcp/` apart.
package struct HTTPServerLocation: Sendable, Hashable, CustomStringConvertible {
    /// The absolute URL, without a fragment.
    package let url: String
    /// The Unix socket's path, or `nil` over TCP.
    package let unixSocketPath: String?
    let origin: Origin

    /// Reads a location: `http://…`, `https://…`, `unix:/path/to.sock` or `unix:/path/to.sock:/mcp`.
    ///
    /// - Parameter text: The location.
    /// - Throws: `MCPError` with code `configuration`.
    package init(parsing text: String) throws(MCPError) {
        do {
            if text.hasPrefix("unix:") {
                let endpoint = try Endpoint(parsing: text)
                (url, unixSocketPath) = (endpoint.base, endpoint.unixSocketPath)
            } else {
                (url, unixSocketPath) = (String(text.prefix { $0 != "#" }), nil)
            }
            origin = try Origin(url: url)
        } catch {
            throw MCPError(.configuration, "the server's url cannot be used: \(error.message)")
        }
    }

    private init(url: String, unixSocketPath: String?, origin: Origin) {
        self.url = url
        self.unixSocketPath = unixSocketPath
        self.origin = origin
    }

    /// Another place on the same server, or `nil` if a reference leads to another origin.
    ///
    /// - Parameter reference: An absolute URL or one relative to this one.
    /// - Returns: The place.
    package func resolving(_ reference: String) -> HTTPServerLocation? {
        guard let url = URLReference.resolve(reference, against: url), let origin = try? Origin(url: url),
            origin == self.origin
        else { return nil }
        return HTTPServerLocation(url: url, unixSocketPath: unixSocketPath, origin: origin)
    }

    /// Where a redirect leads, if it may be followed: on the same origin, or from plain HTTP to TLS on the same host.
    func redirected(to reference: String) -> HTTPServerLocation? {
        if let same = resolving(reference) { return same }
        guard unixSocketPath == nil, let url = URLReference.resolve(reference, against: url),
            let target = try? Origin(url: url), target.isSecure, !origin.isSecure, target.host == origin.host,
            origin.port == 80, target.port == 443
        else { return nil }
        return HTTPServerLocation(url: url, unixSocketPath: nil, origin: target)
    }

    /// Host and port, or the socket; for messages, which a path or a query might make secret.
    package var description: String { unixSocketPath.map { "unix:\($0)" } ?? "\(origin)" }
}
