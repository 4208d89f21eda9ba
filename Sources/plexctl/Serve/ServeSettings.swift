import Modelplex
import ProviderKit
import TransportKit

/// What a gateway is to do: the configuration, and what the command line says instead.
struct ServeSettings: Sendable {
    /// The configuration, with the command line's words put over it.
    private(set) var configuration: PlexConfiguration
    /// How the configuration is shown, without secrets.
    private(set) var view: JSONValue
    /// What in the file deserves a look.
    let warnings: [String]
    /// The file that it was read from, if there is one.
    let path: String?
    /// The environment, with what `--env-file` adds.
    let environment: [String: String]

    /// The gateway's own part.
    var server: PlexConfiguration.Server { configuration.server }

    /// Reads the configuration.
    ///
    /// - Parameters:
    ///   - arguments: The command line.
    ///   - context: The world outside.
    /// - Throws: `Failure`, if the command line or the configuration is wrong.
    init(_ arguments: Arguments, _ context: Context) throws(Failure) {
        let listen = try Self.addresses(arguments)
        let session = try PlexSession(arguments, context)
        let read = try session.configurationAndView()
        var (configuration, view) = (read.configuration, read.view)
        if !listen.isEmpty {
            configuration.server.listen = listen
            view.setKey("server", "listen", .array(listen.map { .string($0.description) }))
        }
        if arguments.has(.verbose) {
            configuration.server.log.level = Self.verboseLevel(configuration.server.log.level)
            view.setKey("server", "log_level", .string(configuration.server.log.level))
        }
        guard !configuration.server.listen.isEmpty else {
            throw Failure(.configuration, "server.listen is empty; name an address there, or use --socket or --http")
        }
        self.view = view
        warnings = read.warnings
        // Here and not where the providers are made, as the log has to know all secrets; nobody is asked, as this runs again
        // whenever the configuration is read.
        do throws(PlexError) {
            let lookup = CredentialLookup(environment: session.environment)
            self.configuration = try configuration.resolvingCredentials(from: lookup)
        } catch {
            throw Self.failure(error)
        }
        path = session.configurationPath
        environment = session.environment
    }

    /// The providers and all that is to be known of them.
    ///
    /// - Parameter transport: What carries their requests.
    /// - Returns: A client of all of them.
    /// - Throws: `Failure`, if one of them cannot be made: that is a mistake in the configuration, whatever its kind.
    func plex(transport: any HTTPTransport) throws(Failure) -> Plex {
        try configured { () throws(PlexError) in
            try Plex(configuration: configuration, environment: environment, transport: transport)
        }
    }

    /// How the gateway serves.
    ///
    /// - Parameters:
    ///   - plex: The providers.
    ///   - tools: The MCP servers.
    ///   - requests: Where callers ask for the configuration to be read again.
    /// - Returns: The options.
    /// - Throws: `Failure`, if an access key cannot be had.
    func options(_ plex: Plex, _ tools: ToolGateway, _ requests: ReloadRequests) throws(Failure) -> Gateway.Options {
        var options = try configured { () throws(PlexError) in try plex.gatewayOptions() }
        options.version = Manual.plexctl.version
        options.tools = tools
        // The lines of requests go past the logger, and so past its level.
        options.logsRequests = server.log.includesRequests && server.log.leastLevel <= .info
        options.describeConfiguration = { [view] in view }
        options.reload = { () async throws(ReloadError) in try await requests.ask() }
        return options
    }

    private func configured<Value>(_ make: () throws(PlexError) -> Value) throws(Failure) -> Value {
        do {
            return try make()
        } catch {
            throw Self.failure(error)
        }
    }

    // Whatever its kind it is a mistake in the configuration, but for a credential store that does not open.
    private static func failure(_ error: PlexError) -> Failure {
        var plain = error
        plain.code = .configuration
        return Failure(resolving: plain)
    }

    /// The addresses of a command line: sockets first, then HTTP, then whatever else.
    static func addresses(_ arguments: Arguments) throws(Failure) -> [ListenAddress] {
        var addresses: [ListenAddress] = []
        for (option, prefix) in [(Option.socket, "unix:"), (.http, "tcp:"), (.listen, "")] {
            // Of options that are given once the last one counts.
            let values = option.isRepeatable ? arguments.values(of: option) : arguments.values(of: option).suffix(1)
            for value in values {
                do {
                    // What looks like an option of an address may stand in a path.
                    addresses.append(
                        try option == .socket ? .unixSocket(atPath: value) : ListenAddress(parsing: prefix + value)
                    )
                } catch {
                    // Whoever wrote HOST:PORT is not asked for what stands before it elsewhere.
                    let expected = option == .http ? error.message.replacing(prefix, with: "") : error.message
                    throw Failure(.usage, "--\(option.long) '\(value)': \(expected)")
                }
            }
        }
        return addresses
    }

    private static func verboseLevel(_ level: String) -> String {
        level == "trace" ? level : "debug"
    }
}

extension ServeSettings {
    /// These settings as far as a gateway that runs can put them into effect.
    ///
    /// - Parameter current: The settings in effect.
    /// - Returns: The settings in effect afterwards, and what changes with them.
    func following(_ current: ServeSettings) -> (settings: ServeSettings, plan: ReloadPlan) {
        let plan = ReloadPlan(from: (current.configuration, current.view), to: (configuration, view))
        var result = self
        result.configuration = plan.configuration
        result.view = plan.view
        return (result, plan)
    }
}

extension ListenAddress {
    /// A Unix socket for this user only, at a path in which `?` has no meaning.
    fileprivate static func unixSocket(atPath path: String) throws(InvalidAddress) -> ListenAddress {
        // The usual reading checks the length; a path without `?` has no other side.
        guard path.contains("?") else { return try ListenAddress(parsing: "unix:" + path) }
        _ = try ListenAddress(parsing: "unix:" + path.replacing("?", with: "_"))
        return .unix(path: path, mode: 0o600, group: nil, role: .host)
    }
}

extension JSONValue {
    /// Sets a key of a table in a configuration as it is shown.
    mutating func setKey(_ table: String, _ name: String, _ value: JSONValue?) {
        guard case .object(var root) = self, case .object(var object)? = root[table] else { return }
        object[name] = value
        root[table] = .object(object)
        self = .object(root)
    }
}
