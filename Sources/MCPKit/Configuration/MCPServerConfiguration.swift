public import CredentialKit
public import TransportKit

/// Where a server is, and how it is used.
public struct MCPServerConfiguration: Sendable {
    /// The name that tools and messages show.
    public var name: String
    /// Where it is.
    public var endpoint: Endpoint
    /// How long connections live.
    public var policy: Policy
    /// After how much silence a server of the handshake era is asked for a sign of life; `nil` for never.
    ///
    /// A server that works on a request is not asked. One that answers neither of two such questions in a row is taken for dead: its
    /// connection is closed, and the next call makes another.
    public var pingInterval: Duration?
    /// How long things may take.
    public var timeouts: Timeouts
    /// The largest message in bytes, either way.
    public var maximumMessageSize: Int

    /// Makes a configuration.
    public init(
        name: String,
        endpoint: Endpoint,
        policy: Policy = .persistent(),
        pingInterval: Duration? = nil,
        timeouts: Timeouts = Timeouts(),
        maximumMessageSize: Int = 16 * 1024 * 1024
    ) {
        self.name = name
        self.endpoint = endpoint
        self.policy = policy
        self.pingInterval = pingInterval
        self.timeouts = timeouts
        self.maximumMessageSize = maximumMessageSize
    }
}

extension MCPServerConfiguration {
    /// Where a server is.
    @nonexhaustive
    public enum Endpoint: Sendable {
        /// A program that is started, and spoken to over its standard input and output.
        case command(Command)
        /// A server that is spoken to over HTTP.
        case remote(Remote)
        /// A server within this program.
        case service(any MCPService)
    }

    /// A server that is a program.
    public struct Command: Sendable {
        /// The program: a path, or a name that is looked for in `PATH`.
        public var program: String
        /// Its arguments; no shell reads them, and other programs of the machine can see them.
        public var arguments: [String]
        /// Its environment, besides the few variables that every server gets (`HOME`, `PATH`, `LANG`, `USER`, …).
        public var environment: [String: String]
        /// Further variables, whose values are kept out of logs and messages.
        public var secrets: [String: Secret]
        /// The names of variables that it is given of this program's own.
        public var inheritedVariables: [String]
        /// The folder it starts in; `nil` for this program's own.
        public var workingDirectory: String?
        /// What it may use.
        public var limits: ProcessLimits
        /// What stands around it, if anything does.
        public var sandbox: ProcessSandbox?

        /// Makes a command.
        public init(
            _ program: String,
            _ arguments: [String] = [],
            environment: [String: String] = [:],
            secrets: [String: Secret] = [:],
            inheritedVariables: [String] = [],
            workingDirectory: String? = nil,
            limits: ProcessLimits = ProcessLimits(),
            sandbox: ProcessSandbox? = nil
        ) {
            self.program = program
            self.arguments = arguments
            self.environment = environment
            self.secrets = secrets
            self.inheritedVariables = inheritedVariables
            self.workingDirectory = workingDirectory
            self.limits = limits
            self.sandbox = sandbox
        }
    }

    /// A server over HTTP.
    public struct Remote: Sendable {
        /// Its URL: `http://…`, `https://…`, or `unix:/path/to.sock:/mcp`.
        public var url: String
        /// Header fields for every request.
        public var fields: [String: String]
        /// Secret header fields for every request.
        public var credentials: [String: Secret]
        /// How it is logged in to, once the server asks for that; `nil` for a server without logins.
        public var login: Login?

        /// Makes an address.
        public init(
            _ url: String,
            fields: [String: String] = [:],
            credentials: [String: Secret] = [:],
            login: Login? = nil
        ) {
            self.url = url
            self.fields = fields
            self.credentials = credentials
            self.login = login
        }
    }

    /// A login with the authorization server of a server over HTTP.
    public struct Login: Sendable {
        /// How to log in.
        public var authorization: MCPAuthorization
        /// The store that keeps the login, and its name there; `nil` keeps it as long as the client lives.
        public var place: (store: CredentialStore, name: CredentialName)?

        /// Makes a login.
        public init(
            _ authorization: MCPAuthorization,
            in place: (store: CredentialStore, name: CredentialName)? = nil
        ) {
            self.authorization = authorization
            self.place = place
        }
    }

    /// How long connections live.
    @nonexhaustive
    public enum Policy: Sendable, Hashable {
        /// One connection serves all calls, and is closed when nothing happens on it for a while; `nil` keeps it open.
        case persistent(idleClose: Duration? = .seconds(600))
        /// Each call makes a connection and closes it.
        case perCall
    }

    /// How long things may take.
    public struct Timeouts: Sendable, Hashable {
        /// To start the server and agree on a version.
        public var connect: Duration
        /// To see whether the server speaks the newest era, before an older one is tried.
        public var probe: Duration
        /// For an answer, unless a call says otherwise.
        public var request: Duration
        /// For an answer in all, however much progress is reported.
        public var maximum: Duration

        /// Makes limits.
        public init(
            connect: Duration = .seconds(30),
            probe: Duration = .seconds(8),
            request: Duration = .seconds(30),
            maximum: Duration = .seconds(600)
        ) {
            self.connect = connect
            self.probe = probe
            self.request = request
            self.maximum = maximum
        }
    }
}

extension MCPServerConfiguration.Endpoint {
    /// Makes an endpoint of what a configuration says: a command or a URL, and not both.
    ///
    /// - Parameters:
    ///   - name: The server's name, for the message.
    ///   - command: The command, if there is one.
    ///   - remote: The address, if there is one.
    /// - Throws: `MCPError` with code `configuration`.
    public init(
        server name: String,
        command: MCPServerConfiguration.Command?,
        remote: MCPServerConfiguration.Remote?
    ) throws(MCPError) {
        switch (command, remote) {
        case (let command?, nil): self = .command(command)
        case (nil, let remote?): self = .remote(remote)
        case (nil, nil):
            throw MCPError(.configuration, "give it a command to start or a url to connect to", server: name)
        case (_?, _?): throw MCPError(.configuration, "it has both a command and a url; keep one of them", server: name)
        }
    }
}
