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

    private static let unixBase = "http://localhost"

    /// Reads an endpoint in the form it is written in.
    ///
    /// - Parameter text: The endpoint, for example `https://api.openai.com/v1` or `unix:/run/engine.sock:/v1`.
    /// - Throws: `TransportError` with code `invalidURL`, which says what is wrong with the text.
    public init(parsing text: String) throws(TransportError) {
        if text.hasPrefix("unix:") {
            (base, unixSocketPath) = try Self.parse(unix: text.dropFirst(5))
            return
        }
        let origin = try Origin(url: text)
        guard !text.contains(where: { "?#\\".contains($0) }) else {
            throw TransportError(.invalidURL, "the address of \(origin) must end with its path: no query, no fragment")
        }
        base = Self.cuttingSlashes(text[...])
        unixSocketPath = nil
    }

    private static func parse(unix text: Substring) throws(TransportError) -> (base: String, path: String) {
        let path: Substring
        let prefix: Substring
        if let colon = text.firstIndex(ofText: ":/") {
            (path, prefix) = (text[..<colon], text[text.index(after: colon)...])
        } else {
            (path, prefix) = (text, "")
        }
        guard !path.isEmpty else {
            throw TransportError(.invalidURL, "unix: must be followed by the path of a socket")
        }
        guard path.utf8.count <= UnixSocketPath.limit else {
            throw TransportError(
                .invalidURL,
                "the socket's path has \(path.utf8.count) bytes; the system allows \(UnixSocketPath.limit)"
            )
        }
        guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }), !prefix.contains(where: { " ?#\\".contains($0) })
        else {
            throw TransportError(.invalidURL, "the unix: address contains a character that cannot be used")
        }
        return (unixBase + cuttingSlashes(prefix), String(path))
    }

    private static func cuttingSlashes(_ text: Substring) -> String {
        var text = text
        while text.last == "/" { text.removeLast() }
        return String(text)
    }

    /// The URL of a path below the endpoint's prefix.
    ///
    /// - Parameter path: A path, with or without a leading slash, and with its query if it has one.
    /// - Returns: An absolute URL.
    public func url(path: String) -> String {
        if path.isEmpty { return base }
        return path.hasPrefix("/") ? base + path : "\(base)/\(path)"
    }

    /// Whether it is on this machine: a Unix socket, or a loopback name or address.
    public var isLocal: Bool {
        unixSocketPath != nil || (try? Origin(url: base))?.isLoopback == true
    }

    /// The endpoint in the form it is written in.
    public var description: String {
        guard let unixSocketPath else { return base }
        let prefix = base.dropFirst(Self.unixBase.count)
        return "unix:\(unixSocketPath)\(prefix.isEmpty ? "" : ":\(prefix)")"
    }
}

enum UnixSocketPath {
    /// What `sockaddr_un` holds, less the terminating zero.
    static let limit = 107
}

extension Substring {
    fileprivate func firstIndex(ofText mark: String) -> Index? {
        indices.first { self[$0...].hasPrefix(mark) }
    }
}
