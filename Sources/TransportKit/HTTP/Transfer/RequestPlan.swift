/// A request that has been checked, with what its exchange needs to know beside it.
final class RequestPlan: Sendable {
    let request: HTTPRequest
    let fields: CheckedFields
    let route: Route
    let proxy: HTTPClient.Proxy
    /// The limit of the whole that an earlier exchange of the same request began.
    let end: LoopInstant?
    /// Whether a compressed answer is asked for.
    let decompresses: Bool
    /// Whether sending the request twice does no harm (RFC 9110 §9.2.2).
    let isRepeatable: Bool

    /// Checks a request.
    ///
    /// - Parameters:
    ///   - request: What to check.
    ///   - configuration: The client's.
    ///   - route: Where the request leads, if that is known.
    ///   - fields: The request's fields, if they have been checked.
    ///   - end: The limit of the whole that an earlier exchange of the same request began.
    /// - Throws: `TransportError` that says why it cannot be sent.
    init(
        _ request: consuming HTTPRequest,
        configuration: HTTPClient.Configuration,
        route: Route? = nil,
        fields: CheckedFields? = nil,
        end: LoopInstant? = nil
    ) throws(TransportError) {
        let route =
            if let route { route } else { try Route(url: request.url, unixSocketPath: request.unixSocketPath) }
        let fields = if let fields { fields } else { try CheckedFields(request.fields) }
        self.fields = fields
        self.route = route
        self.end = end
        proxy = try Self.proxy(of: request, route, configuration)
        guard FieldBytes.isToken(request.method.utf8.span) else {
            throw TransportError(.invalidRequest, "the method is not a token of letters")
        }
        for (name, secret) in request.credentials {
            try CheckedFields.check(name: name)
            guard secret.withBytes({ FieldBytes.isValue($0) }) else { throw CheckedFields.badValue(name) }
        }
        isRepeatable =
            switch request.method {
            case "POST": false
            case "GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE": true
            default: false
            }
        decompresses = configuration.decompresses && !request.isStreaming && !fields.hasAcceptEncoding
        guard
            request.unixSocketPath != nil || route.origin.isSecure || configuration.plainHTTP == .anywhere
                || route.isLoopback
        else {
            throw TransportError(
                .invalidURL,
                "plain http to \(route.origin) is not allowed: use https, or allow http to other hosts"
            )
        }
        self.request = request
    }

    var origin: Origin { route.origin }

    /// The peer's name for messages.
    var peer: String { route.peer }

    /// Whether the proxy, if there is one, is certain to be used.
    var usesNamedProxy: Bool {
        if case .server = proxy { true } else { false }
    }

    /// Whether the environment says if there is a proxy.
    var asksEnvironmentForProxy: Bool {
        if case .environment = proxy { true } else { false }
    }

    // MARK: Checks

    private static func proxy(
        of request: HTTPRequest,
        _ route: Route,
        _ configuration: HTTPClient.Configuration
    ) throws(TransportError) -> HTTPClient.Proxy {
        if request.unixSocketPath != nil { return .none }
        let proxy = request.proxy.map { $0.isEmpty ? .none : HTTPClient.Proxy.server($0) } ?? configuration.proxy
        switch proxy {
        case .environment where route.isLoopback: return .none
        case .server(let url, _, _):
            let scheme = url.prefix { $0 != ":" }
            guard ["http", "https", "socks5", "socks5h"].contains(scheme), url.dropFirst(scheme.count).hasPrefix("://"),
                url.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F })
            else {
                throw TransportError(
                    .proxy,
                    "the proxy cannot be used: write http://, https://, socks5:// or socks5h://, host and port"
                )
            }
            return proxy
        default: return proxy
        }
    }
}
