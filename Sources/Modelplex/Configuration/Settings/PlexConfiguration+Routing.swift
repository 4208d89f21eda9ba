public import RouterKit

extension PlexConfiguration {
    /// Which targets answer for which names.
    public typealias Route = RoutingRules.Route
    /// A policy that is asked for by what it is for; one without targets asks the default model.
    public typealias Role = RoutePolicy
    /// A model of a provider, with its share of the requests.
    public typealias Target = RouterKit.Target

    /// What holds for all routes.
    public struct Routing: Sendable, Hashable {
        /// What happens to a name that no route and no provider knows; `nil` is an error, but sends every name to a provider that is
        /// the only one and of which it is not said what it has.
        public var unknownModel: RoutingRules.UnknownModel?
        /// When a request is sent again, and when a target or a credential is left alone.
        public var failover: FailoverPolicy
        /// Beginnings of names that are taken off where the name as it is means nothing.
        public var strippedPrefixes: [String]
        /// The most requests that are sent for one to a model that has no route; at least 1.
        public var attempts: Int
        /// The file in which it is kept over restarts who is to be left alone; `nil` forgets it.
        public var stateFile: String?

        /// Makes the settings of routing.
        public init(
            unknownModel: RoutingRules.UnknownModel? = nil,
            failover: FailoverPolicy = FailoverPolicy(),
            strippedPrefixes: [String] = ["modelplex-"],
            attempts: Int = 3,
            stateFile: String? = nil
        ) {
            self.unknownModel = unknownModel
            self.failover = failover
            self.strippedPrefixes = strippedPrefixes
            self.attempts = attempts
            self.stateFile = stateFile
        }
    }

    /// What a table of routes is made of.
    ///
    /// - Parameters:
    ///   - providers: The providers that there are; `nil` takes those of the configuration.
    ///   - defaultModel: The name that stands for the model where none is named.
    /// - Returns: The rules, unchecked; making a table checks them.
    public func rules(
        providers: [RoutingRules.Provider]? = nil,
        defaultModel: String? = nil
    ) -> RoutingRules {
        RoutingRules(
            providers: providers ?? self.providers.map(\.rules),
            routes: routes,
            aliases: aliases,
            roles: roles,
            parameters: models,
            prices: prices,
            unknownModel: routing.unknownModel,
            attempts: routing.attempts,
            strippedPrefixes: routing.strippedPrefixes,
            defaultModel: defaultModel
        )
    }
}

extension PlexConfiguration.Provider {
    /// What a table of routes has to know of it.
    public var rules: RoutingRules.Provider {
        RoutingRules.Provider(
            name,
            priority: priority,
            models: models,
            exclusions: exclusions,
            credentials: credentials.map { RoutingRules.Credential($0.name, weight: $0.weight) },
            credentialStrategy: credentialStrategy
        )
    }
}
