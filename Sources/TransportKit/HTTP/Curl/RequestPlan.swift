/// A request that has been checked, with what its exchange needs to know beside it.
struct RequestPlan: Sendable {
    private(set) var request: HTTPRequest
    let origin: Origin
    let proxy: HTTPClient.Proxy
    /// The limit of the whole that an earlier exchange of the same request began.
    let end: LoopInstant?

    init(
        _ request: HTTPRequest,
        configuration: HTTPClient.Configuration,
        end: LoopInstant? = nil
    ) throws(TransportError) {
        self.request = request
        self.end = end
        origin = try Origin(url: request.url)
        proxy = try Self.proxy(of: request, origin, configuration)
        guard Self.isToken(request.method) else {
            throw TransportError(.invalidRequest, "the method is not a token of letters")
        }
        for field in request.fields.fields {
            try Self.check(name: field.name)
            guard Self.isFieldValue(field.value) else { throw Self.badValue(field.name) }
        }
        for (name, secret) in request.credentials {
            try Self.check(name: name)
            guard secret.withText({ Self.isFieldValue($0) }) else { throw Self.badValue(name) }
        }
        if let path = request.unixSocketPath {
            guard !path.isEmpty, path.utf8.count <= UnixSocketPath.limit, !path.utf8.contains(0) else {
                throw TransportError(
                    .invalidURL,
                    "the socket's path is empty or longer than \(UnixSocketPath.limit) bytes"
                )
            }
        } else if !origin.isSecure, configuration.plainHTTP == .loopbackOnly, !origin.isLoopback {
            throw TransportError(
                .invalidURL,
                "plain http to \(origin) is not allowed: use https, or allow http to other hosts"
            )
        }
    }

    /// The plan without what was handed to libcurl, so that a prompt is not held twice while its answer comes.
    var withoutContents: RequestPlan {
        var plan = self
        plan.request.body = nil
        plan.request.fields = [:]
        plan.request.credentials = [:]
        return plan
    }

    /// The peer's name for messages.
    var peer: String { request.unixSocketPath ?? origin.description }

    /// Whether the proxy, if there is one, is certain to be used.
    var usesNamedProxy: Bool {
        if case .server = proxy { true } else { false }
    }

    /// Whether sending the request twice does no harm (RFC 9110 §9.2.2).
    var isRepeatable: Bool {
        switch request.method {
        case "GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE": true
        default: false
        }
    }

    // MARK: Checks

    private static func proxy(
        of request: HTTPRequest,
        _ origin: Origin,
        _ configuration: HTTPClient.Configuration
    ) throws(TransportError) -> HTTPClient.Proxy {
        if request.unixSocketPath != nil { return .none }
        let proxy = request.proxy.map { $0.isEmpty ? .none : HTTPClient.Proxy.server($0) } ?? configuration.proxy
        switch proxy {
        case .environment where origin.isLoopback: return .none
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

    private static func check(name: String) throws(TransportError) {
        guard isToken(name) else {
            throw TransportError(.invalidRequest, "a header field's name contains a character that is not allowed")
        }
    }

    private static func badValue(_ name: String) -> TransportError {
        TransportError(
            .invalidRequest,
            "the value of header field \(name) contains a line break or another control character"
        )
    }

    private static func isToken(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"): true
                default: "!#$%&'*+.^_`|~".utf8.contains(byte)
                }
            }
    }

    private static func isFieldValue(_ text: String) -> Bool {
        text.utf8.allSatisfy { ($0 >= 0x20 && $0 != 0x7F) || $0 == 0x09 }
    }
}
