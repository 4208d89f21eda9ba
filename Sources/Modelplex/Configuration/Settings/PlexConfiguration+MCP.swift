public import TransportKit

extension PlexConfiguration {
    /// Where tools come from.
    public struct MCP: Sendable, Hashable {
        /// Whether models get tools at all.
        public var enabled: Bool
        /// The servers whose tools are offered.
        public var servers: [MCPServer]

        /// Makes the settings of the tools.
        public init(enabled: Bool = true, servers: [MCPServer] = []) {
            self.enabled = enabled
            self.servers = servers
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
        /// The folder that a program starts in; `nil` for this program's own.
        public var workingDirectory: String?
        /// What a program may use.
        public var limits: ProcessLimits
        /// How long things may take.
        public var timeouts: Timeouts
        /// How long a connection lives.
        public var policy: Policy

        /// Makes a server.
        public init(
            name: String,
            transport: Transport,
            workingDirectory: String? = nil,
            limits: ProcessLimits = ProcessLimits(),
            timeouts: Timeouts = Timeouts(),
            policy: Policy = .persistent(idleClose: .seconds(600))
        ) {
            self.name = name
            self.transport = transport
            self.workingDirectory = workingDirectory
            self.limits = limits
            self.timeouts = timeouts
            self.policy = policy
        }
    }
}
