public import RouterKit
public import TransportKit

/// Everything that can be configured, with the defaults of docs/configuration.md.
///
/// Read one from a file with ``load(path:environment:)``, or make one in code:
///
/// ```swift
/// var configuration = PlexConfiguration()
/// configuration.providers = [.init(name: "local", type: .ollama)]
/// ```
public struct PlexConfiguration: Sendable, Hashable {
    /// The gateway's own settings.
    public var server: Server
    /// The limits on time of each exchange with a provider.
    public var timeouts: Timeouts
    /// The providers, in the order in which they stand.
    public var providers: [Provider]
    /// The routes, in the order in which they are tried.
    public var routes: [Route]
    /// Further names: of models, of routes, of roles, or of one another.
    public var aliases: [String: String]
    /// Policies that are asked for by what they are for, for example `coding`.
    public var roles: [Role]
    /// Settings of requests by model; the first that sets a field counts for it.
    public var models: [RoutingRules.ParameterRule]
    /// What models cost, by `provider/model` or a glob of such names.
    public var prices: [String: Price]
    /// What holds for all routes.
    public var routing: Routing
    /// The logins with authorization servers.
    public var logins: [Login]
    /// Where tools come from.
    public var mcp: MCP
    /// Whether what refers to the credential store was replaced by what it holds.
    package var hasAskedStore = false

    /// Makes a configuration; left out, everything has its default.
    public init(
        server: Server = Server(),
        timeouts: Timeouts = Timeouts(),
        providers: [Provider] = [],
        routes: [Route] = [],
        aliases: [String: String] = [:],
        roles: [Role] = [],
        models: [RoutingRules.ParameterRule] = [],
        prices: [String: Price] = [:],
        routing: Routing = Routing(),
        logins: [Login] = [],
        mcp: MCP = MCP()
    ) {
        self.server = server
        self.timeouts = timeouts
        self.providers = providers
        self.routes = routes
        self.aliases = aliases
        self.roles = roles
        self.models = models
        self.prices = prices
        self.routing = routing
        self.logins = logins
        self.mcp = mcp
    }
}
