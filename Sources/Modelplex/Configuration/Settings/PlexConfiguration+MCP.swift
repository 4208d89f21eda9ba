public import GatewayKit
public import MCPKit
public import TransportKit

extension PlexConfiguration {
    /// Where tools come from, and who gets which.
    public struct MCP: Sendable, Hashable {
        /// Whether models and MCP clients get tools at all.
        public var enabled: Bool
        /// The servers whose tools are offered.
        public var servers: [MCPServer]
        /// Which tools MCP clients get, by `SERVER__TOOL`.
        public var offer: ToolOffer
        /// What certain MCP clients get of it.
        public var access: [ToolAccess]
        /// Whether MCP clients get a few tools to find and call all others by.
        public var isLean: Bool
        /// How many MCP clients are served, and how long.
        public var sessions: Sessions
        /// Servers that the gateway begins with.
        public var seeds: [MCPServerSeed]

        /// Makes the settings of the tools.
        public init(
            enabled: Bool = true,
            servers: [MCPServer] = [],
            offer: ToolOffer = ToolOffer(),
            access: [ToolAccess] = [],
            isLean: Bool = false,
            sessions: Sessions = Sessions(),
            seeds: [MCPServerSeed] = []
        ) {
            self.enabled = enabled
            self.servers = servers
            self.offer = offer
            self.access = access
            self.isLean = isLean
            self.sessions = sessions
            self.seeds = seeds
        }

        /// How many MCP clients are served, and how long.
        public struct Sessions: Sendable, Hashable {
            /// The most clients with a session at a time.
            public var maximum: Int
            /// After how long without a request a session over HTTP ends.
            public var idle: Duration

            /// Makes limits.
            public init(maximum: Int = 1024, idle: Duration = .seconds(1800)) {
                self.maximum = maximum
                self.idle = idle
            }
        }
    }

    /// Which of a set of tools are offered, by patterns with `*` and `?`.
    public struct ToolOffer: Sendable, Hashable {
        /// Those that are; `nil` for all.
        public var allow: [String]?
        /// Those that are not, whatever is allowed.
        public var deny: [String]

        /// Makes an offer; left out, it is of all.
        public init(allow: [String]? = nil, deny: [String] = []) {
            self.allow = allow
            self.deny = deny
        }
    }

    /// What certain MCP clients get; those whom all parts that are set fit.
    public struct ToolAccess: Sendable, Hashable {
        /// The role of the listener that they come through.
        public var role: ListenAddress.Role?
        /// The listener, as the gateway names it to itself, without options.
        public var listener: String?
        /// The name of their access key.
        public var key: String?
        /// The tools, by `SERVER__TOOL`.
        public var offer: ToolOffer

        /// Makes an entry.
        public init(
            role: ListenAddress.Role? = nil,
            listener: String? = nil,
            key: String? = nil,
            offer: ToolOffer = ToolOffer()
        ) {
            self.role = role
            self.listener = listener
            self.key = key
            self.offer = offer
        }
    }

    /// One MCP server: a command that is started, or an address.
    public struct MCPServer: Sendable, Hashable {
        /// How the server is reached.
        @nonexhaustive
        public enum Transport: Sendable, Hashable {
            /// A program that speaks over its standard input and output; no shell is between.
            case command(String, arguments: [String], environment: [String: Credential])
            /// A server at an address.
            case url(String, headers: [String: Credential])
        }

        /// How long a connection lives.
        @nonexhaustive
        public enum Policy: Sendable, Hashable {
            /// One serves all calls, and is closed when nothing happens on it for so long; `nil` keeps it open.
            case persistent(idleClose: Duration?)
            /// Each call makes one and closes it.
            case perCall
        }

        /// Something secret that a server is to get, by the name of its variable or header field.
        ///
        /// The user's credential store has it, or else the system's, or else a variable of our own environment.
        public struct Parameter: Sendable, Hashable {
            /// The credential's name in a store.
            public var credential: String
            /// The variable of a program, or the header field of an address, that holds it.
            public var parameter: String
            /// Whether the server is of no use without it.
            public var isRequired: Bool
            /// The variable that is read where no store has it.
            public var environmentFallback: String?

            /// Makes a parameter.
            public init(
                credential: String,
                parameter: String,
                isRequired: Bool = true,
                environmentFallback: String? = nil
            ) {
                self.credential = credential
                self.parameter = parameter
                self.isRequired = isRequired
                self.environmentFallback = environmentFallback
            }
        }

        /// How long things may take.
        public struct Timeouts: Sendable, Hashable {
            /// To start the server and agree on a version.
            public var connect: Duration
            /// For an answer, begun anew when the server reports progress.
            public var request: Duration
            /// For an answer in all.
            public var total: Duration

            /// Makes limits.
            public init(
                connect: Duration = .seconds(30),
                request: Duration = .seconds(30),
                total: Duration = .seconds(600)
            ) {
                self.connect = connect
                self.request = request
                self.total = total
            }
        }

        /// The server's name, the first part of its tools' names.
        public var name: String
        /// How it is reached.
        public var transport: Transport
        /// What it is to get of credential stores, beside what stands with its transport.
        public var parameters: [Parameter]
        /// The login of the credential store whose tokens an address gets; `nil` for none.
        public var login: String?
        /// The folder that a program starts in; `nil` for this program's own.
        public var workingDirectory: String?
        /// What a program may use.
        public var limits: ProcessLimits
        /// What stands around a program, if anything does.
        public var sandbox: ProcessSandbox?
        /// How long things may take.
        public var timeouts: Timeouts
        /// How long a connection lives.
        public var policy: Policy
        /// After how much silence a server is asked for a sign of life; `nil` for never.
        public var ping: Duration?
        /// Whether it is used.
        public var isEnabled: Bool
        /// Which of its tools MCP clients get, by its own names.
        public var offer: ToolOffer

        /// Makes a server.
        public init(
            name: String,
            transport: Transport,
            parameters: [Parameter] = [],
            login: String? = nil,
            workingDirectory: String? = nil,
            limits: ProcessLimits = ProcessLimits(),
            sandbox: ProcessSandbox? = nil,
            timeouts: Timeouts = Timeouts(),
            policy: Policy = .persistent(idleClose: .seconds(600)),
            ping: Duration? = nil,
            isEnabled: Bool = true,
            offer: ToolOffer = ToolOffer()
        ) {
            self.name = name
            self.transport = transport
            self.parameters = parameters
            self.login = login
            self.sandbox = sandbox
            self.ping = ping
            self.workingDirectory = workingDirectory
            self.limits = limits
            self.timeouts = timeouts
            self.policy = policy
            self.isEnabled = isEnabled
            self.offer = offer
        }
    }
}
