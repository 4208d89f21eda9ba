public import GatewayKit

extension PlexConfiguration {
    /// Where the gateway listens and what it accepts.
    public struct Server: Sendable, Hashable {
        /// Where it listens.
        public var listen: [ListenAddress]
        /// The number of event loops; 0 means one a core.
        public var loops: Int
        /// Keys that callers over TCP have to show one of; without any, none is asked for.
        public var accessKeys: [AccessKey]
        /// The origins whose web pages may use the gateway; `*` stands for all.
        public var corsOrigins: [String]
        /// Names, beside this machine's own, by which callers without a key may call the gateway.
        public var allowedHosts: [String]
        /// The limits on what callers may use.
        public var limits: Limits
        /// How long nothing is sent in a stream before a comment is.
        public var keepAlive: Duration
        /// How long requests that run may take when the gateway stops.
        public var drainTimeout: Duration
        /// What is logged, and where.
        public var log: Log

        /// Makes the settings of a gateway.
        public init(
            listen: [ListenAddress] = [
                .unix(path: "modelplex.socket", mode: 0o600, group: nil, role: .host),
                .tcp(host: "127.0.0.1", port: 8317, role: .host),
            ],
            loops: Int = 0,
            accessKeys: [AccessKey] = [],
            corsOrigins: [String] = [],
            allowedHosts: [String] = [],
            limits: Limits = Limits(),
            keepAlive: Duration = .seconds(15),
            drainTimeout: Duration = .seconds(5),
            log: Log = Log()
        ) {
            self.listen = listen
            self.loops = loops
            self.accessKeys = accessKeys
            self.corsOrigins = corsOrigins
            self.allowedHosts = allowedHosts
            self.limits = limits
            self.keepAlive = keepAlive
            self.drainTimeout = drainTimeout
            self.log = log
        }
    }
}

extension PlexConfiguration.Server {
    /// A key that lets a caller in.
    public struct AccessKey: Sendable, Hashable {
        /// What logs call who uses it.
        public var name: String
        /// The key.
        public var key: PlexConfiguration.Credential

        /// Makes a key.
        public init(name: String, key: PlexConfiguration.Credential) {
            self.name = name
            self.key = key
        }
    }

    /// The limits on what callers may use.
    public struct Limits: Sendable, Hashable {
        /// The largest request body, in bytes.
        public var requestSize: Int
        /// The largest head of a request, in bytes.
        public var headerSize: Int
        /// The most connections at a time; `nil` for as many as the limit on open files allows, at most 4,096.
        public var connections: Int?
        /// The most requests at a time.
        public var concurrentRequests: Int
        /// How long a request may take to come in whole.
        public var requestTimeout: Duration
        /// How long a connection may stay open without a request.
        public var idleTimeout: Duration

        /// Makes limits.
        public init(
            requestSize: Int = 10 << 20,
            headerSize: Int = 16 << 10,
            connections: Int? = nil,
            concurrentRequests: Int = 10_000,
            requestTimeout: Duration = .seconds(30),
            idleTimeout: Duration = .seconds(75)
        ) {
            self.requestSize = requestSize
            self.headerSize = headerSize
            self.connections = connections
            self.concurrentRequests = concurrentRequests
            self.requestTimeout = requestTimeout
            self.idleTimeout = idleTimeout
        }
    }

    /// What is logged, and where.
    public struct Log: Sendable, Hashable {
        /// How a line of the log is written.
        public enum Format: String, Sendable, Hashable, CaseIterable {
            /// For people.
            case text
            /// For programs: one JSON object a line.
            case json
        }

        /// The least level that is logged: trace, debug, info, notice, warning, error or critical.
        public var level: String
        /// How a line is written.
        public var format: Format
        /// The file; `nil` is standard error.
        public var file: String?
        /// Whether the file is put aside each day and when it is full.
        public var rotates: Bool
        /// The size at which a new file is begun, in bytes.
        public var maximumSize: Int
        /// How many files that are full are kept.
        public var keptFiles: Int
        /// Whether each request gets a line.
        public var includesRequests: Bool

        /// Makes the settings of a log.
        public init(
            level: String = "info",
            format: Format = .text,
            file: String? = nil,
            rotates: Bool = true,
            maximumSize: Int = 100 << 20,
            keptFiles: Int = 7,
            includesRequests: Bool = true
        ) {
            self.level = level
            self.format = format
            self.file = file
            self.rotates = rotates
            self.maximumSize = maximumSize
            self.keptFiles = keptFiles
            self.includesRequests = includesRequests
        }
    }
}
