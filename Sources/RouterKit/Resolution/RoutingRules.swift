public import ProviderKit

/// What models' names mean: all that a ``RouteTable`` is made of.
public struct RoutingRules: Sendable, Hashable {
    /// The providers, in any order.
    public var providers: [Provider]
    /// The routes; of several globs and patterns that match a name, the first counts.
    public var routes: [Route]
    /// Further names: of models, of routes, of roles, or of one another.
    public var aliases: [String: String]
    /// Policies that are asked for by what they are for, for example `coding`; one without targets asks the default model.
    public var roles: [RoutePolicy]
    /// Settings of requests by model; the first that sets a field counts for it.
    public var parameters: [ParameterRule]
    /// What models cost, by `provider/model` or a glob of such names; the one with the most plain characters counts.
    public var prices: [String: Price]
    /// What happens to a name that nothing explains; `nil` is an error too, but where there is only one provider, and it is not
    /// said what it has, every name goes to it, and it is not asked first.
    public var unknownModel: UnknownModel?
    /// The most requests that are sent for one to a model that has no route; at least 1.
    public var attempts: Int
    /// Beginnings of names that are taken off where the name as it is means nothing.
    public var strippedPrefixes: [String]
    /// The name that stands for the model where none is named, in a request or in a role.
    public var defaultModel: String?

    /// Makes rules.
    public init(
        providers: [Provider] = [],
        routes: [Route] = [],
        aliases: [String: String] = [:],
        roles: [RoutePolicy] = [],
        parameters: [ParameterRule] = [],
        prices: [String: Price] = [:],
        unknownModel: UnknownModel? = nil,
        attempts: Int = 3,
        strippedPrefixes: [String] = ["modelplex-"],
        defaultModel: String? = nil
    ) {
        self.providers = providers
        self.routes = routes
        self.aliases = aliases
        self.roles = roles
        self.parameters = parameters
        self.prices = prices
        self.unknownModel = unknownModel
        self.attempts = attempts
        self.strippedPrefixes = strippedPrefixes
        self.defaultModel = defaultModel
    }
}

extension RoutingRules {
    /// What names have to know of a provider.
    public struct Provider: Sendable, Hashable {
        /// The provider.
        public var id: ProviderID
        /// Among providers of the same model the lower goes first; equal ones go by their names.
        public var priority: Int
        /// The only models that it offers; `nil` means that it has to be asked.
        public var models: [ModelID]?
        /// Globs of models that are not to be used.
        public var exclusions: [String]
        /// Its credentials; without any, it has just the one that it was made with.
        public var credentials: [Credential]
        /// How the credentials take turns.
        public var credentialStrategy: CompiledRoute.CredentialStrategy

        /// Makes a provider's part of the rules.
        public init(
            _ id: ProviderID,
            priority: Int = 1,
            models: [ModelID]? = nil,
            exclusions: [String] = [],
            credentials: [Credential] = [],
            credentialStrategy: CompiledRoute.CredentialStrategy = .roundRobin
        ) {
            self.id = id
            self.priority = priority
            self.models = models
            self.exclusions = exclusions
            self.credentials = credentials
            self.credentialStrategy = credentialStrategy
        }
    }

    /// A credential of a provider's pool, by name; the secret itself is the provider's own affair.
    public struct Credential: Sendable, Hashable {
        /// The name, for traces and errors.
        public var name: String
        /// Its share of the requests where the strategy is `weighted`; greater than zero.
        public var weight: Double

        /// Names a credential.
        public init(_ name: String, weight: Double = 1) {
            self.name = name
            self.weight = weight
        }
    }

    /// Which names a route answers for.
    @nonexhaustive
    public enum Match: Sendable, Hashable, CustomStringConvertible {
        /// A name, or a glob with `*`, `?` and `[…]`.
        case model(String)
        /// A regular expression in RE2's syntax that the whole name must match.
        case pattern(String)

        /// The name, the glob or the expression.
        public var description: String {
            switch self {
            case .model(let text), .pattern(let text): text
            }
        }
    }

    /// Which targets answer for which names.
    public struct Route: Sendable, Hashable {
        /// Which names the route answers for.
        public var match: Match
        /// How they are answered.
        public var policy: RoutePolicy

        /// Makes a route.
        public init(_ match: Match, policy: RoutePolicy) {
            self.match = match
            self.policy = policy
        }

        /// Makes a route with the usual policy, named after what it matches.
        public init(_ match: Match, targets: [Target]) {
            self.init(match, policy: RoutePolicy(name: match.description, targets: targets))
        }
    }

    /// Settings of requests to some models.
    public struct ParameterRule: Sendable, Hashable {
        /// A glob for the model's own name or for `provider/model`.
        public var match: String
        /// The settings.
        public var parameters: ModelParameters

        /// Makes a rule.
        public init(_ match: String, parameters: ModelParameters) {
            self.match = match
            self.parameters = parameters
        }
    }

    /// What happens to a name that nothing explains.
    @nonexhaustive
    public enum UnknownModel: Sendable, Hashable {
        /// An error that names the nearest known models.
        case error
        /// It is sent to this provider.
        case provider(ProviderID)
        /// It is sent to the provider of least priority number.
        case passthrough
    }
}
