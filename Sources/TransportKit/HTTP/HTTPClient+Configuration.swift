extension HTTPClient {
    /// How a client connects.
    ///
    /// Limits on connections hold for each event loop, which keeps connections of its own.
    public struct Configuration: Sendable {
        /// The loops that drive the transfers.
        public var eventLoopGroup: EventLoopGroup
        /// The most connections open at a time on a loop; further requests wait for one, within their connect limit.
        public var maximumConnections = 1024
        /// The most connections open at a time on a loop to one host.
        public var maximumConnectionsPerHost = 256
        /// The most connections kept open on a loop when idle.
        public var maximumIdleConnections = 64
        /// How long a connection may have been idle to be used again.
        ///
        /// Shorter than the patience of most servers, so that a request does not meet a connection that is just being
        /// closed.
        public var maximumIdleAge = Duration.seconds(50)
        /// The proxy for requests that name none.
        public var proxy = Proxy.environment
        /// What is asked of a TLS server.
        public var tls = TLS()
        /// The most redirects followed for one request; 0 hands every redirect to the caller.
        ///
        /// One to another scheme, host or port is handed to the caller in any case.
        public var maximumRedirects = 5
        /// The most bytes of an answer's head.
        public var maximumHeaderSize = 64 * 1024
        /// The most bytes of an answer's body, decompressed, if the request is not streaming.
        public var maximumResponseSize = 32 * 1024 * 1024
        /// Whether answers that are not streamed are asked for compressed.
        public var decompresses = true
        /// Where plain `http` may go; Unix sockets are always allowed.
        public var plainHTTP = PlainHTTP.anywhere
        /// Whether plain `http` to Unix sockets, addresses and `localhost` goes without libcurl where no proxy is used.
        package var connectsDirectly = true
        /// The `User-Agent` of requests that have none.
        public var userAgent = "modelplex"

        /// Makes a configuration with the defaults.
        ///
        /// - Parameter eventLoopGroup: The loops that drive the transfers.
        public init(eventLoopGroup: EventLoopGroup = .shared) {
            self.eventLoopGroup = eventLoopGroup
        }
    }

    /// Where requests go through.
    @nonexhaustive
    public enum Proxy: Sendable {
        /// Straight to the server.
        case none
        /// What `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy` say; never for this machine's own addresses.
        case environment
        /// One proxy: `http://`, `https://`, `socks5://` or `socks5h://` with host and port.
        ///
        /// `credentials` is `user:password`; `except` names hosts, domains and networks that are reached directly.
        case server(String, credentials: Secret? = nil, except: [String] = [])
    }

    /// Where plain `http` may go.
    @nonexhaustive
    public enum PlainHTTP: Sendable, Hashable {
        /// To every host.
        case anywhere
        /// To this machine's own addresses.
        case loopbackOnly
    }

    /// What is asked of a TLS server.
    public struct TLS: Sendable, Hashable {
        /// A file of trusted certificates in PEM form; `nil` for the system's.
        public var authorityFile: String?
        /// A directory of trusted certificates, hashed by OpenSSL's rules; `nil` for the system's.
        public var authorityDirectory: String?
        /// Accepts any certificate of anyone.
        ///
        /// Whoever is on the way can then read and change everything, keys included.
        public var acceptsInvalidCertificates = false

        /// Makes a configuration that trusts the system's authorities.
        public init() {}
    }

    /// Figures of a client's connections and requests, over all its loops.
    public struct Statistics: Sendable, Hashable {
        /// Sockets open now, those being connected included.
        public var open = 0
        /// Open connections that no HTTP/1.1 request uses now; with HTTP/2, where requests share a connection, a low estimate.
        public var idle = 0
        /// Requests begun and not ended.
        public var inFlight = 0
        /// Answers whose transfer is held back until their reader catches up.
        public var paused = 0
        /// Connections made so far.
        public var created = 0
        /// Requests so far that went out on a connection made before.
        public var reused = 0
    }
}
