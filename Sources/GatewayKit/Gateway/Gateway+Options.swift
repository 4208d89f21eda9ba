public import ProviderKit
public import TransportKit

extension Gateway {
    /// How a gateway serves.
    public struct Options: Sendable {
        /// Who may use it.
        public var access: any AccessProvider
        /// Whether callers over TCP have to show who they are; without that only addresses of this machine can be listened at.
        public var requiresCredentials: Bool
        /// The model for requests that name none; `nil` refuses them.
        public var defaultModel: ModelID?
        /// The web origins whose pages may use it; `*` stands for all, none by default.
        public var allowedOrigins: Set<String>
        /// Names beside `localhost` and IP addresses by which callers without a key may call it over TCP.
        public var allowedHosts: Set<String>
        /// The most requests for models at a time; those above are answered 503.
        public var maximumConcurrentRequests: Int
        /// How long a stream says nothing before a comment keeps it open.
        public var keepAliveInterval: Duration
        /// Whether each request is logged.
        public var logsRequests: Bool
        /// What answers below `/mcp`; `nil` if nothing does.
        public var tools: (any ToolService)?
        /// The version that it gives itself.
        public var version: String
        /// The configuration for `/_internal/config`, without secrets.
        public var describeConfiguration: @Sendable () -> JSONValue

        /// Reads the configuration again, for `POST /_internal/reload`; `nil` where there is none to read.
        public var reload: (@Sendable () async throws(ReloadError) -> ReloadReport)?

        /// Makes options; left out, everything has the default of docs/configuration.md.
        public init(
            access: any AccessProvider = AccessKeys(),
            requiresCredentials: Bool = false,
            defaultModel: ModelID? = nil,
            allowedOrigins: Set<String> = [],
            allowedHosts: Set<String> = [],
            maximumConcurrentRequests: Int = 10_000,
            keepAliveInterval: Duration = .seconds(15),
            logsRequests: Bool = true,
            tools: (any ToolService)? = nil,
            version: String = "0.1.0",
            describeConfiguration: @escaping @Sendable () -> JSONValue = { [:] },
            reload: (@Sendable () async throws(ReloadError) -> ReloadReport)? = nil
        ) {
            self.access = access
            self.requiresCredentials = requiresCredentials
            self.defaultModel = defaultModel
            self.allowedOrigins = allowedOrigins
            self.allowedHosts = allowedHosts
            self.maximumConcurrentRequests = maximumConcurrentRequests
            self.keepAliveInterval = keepAliveInterval
            self.logsRequests = logsRequests
            self.tools = tools
            self.version = version
            self.describeConfiguration = describeConfiguration
            self.reload = reload
        }
    }
}
