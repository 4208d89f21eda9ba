public import ProviderKit
public import RouterKit
public import TransportKit

extension PlexConfiguration {
    /// One provider of models.
    public struct Provider: Sendable, Hashable {
        /// The name by which targets and `-m NAME/MODEL` address it; no other provider has it.
        public var name: ProviderID
        /// Which dialect it speaks, with what is usual there.
        public var type: ProviderType
        /// Where it is; `nil` for the type's usual address.
        public var baseURL: String?
        /// What it is paid with; `nil` if there is none, neither here nor in the type's usual variable.
        public var apiKey: Credential?
        /// Several credentials that take turns, instead of `apiKey`.
        public var credentials: [PooledCredential]
        /// How the credentials take turns.
        public var credentialStrategy: CompiledRoute.CredentialStrategy
        /// The version of the interface, for Azure.
        public var apiVersion: String?
        /// The models that are offered; `nil` means that the provider is asked.
        public var models: [ModelID]?
        /// Globs of models that are not to be used.
        public var exclusions: [String]
        /// Among providers of the same model the lower goes first.
        public var priority: Int
        /// Header fields that each request carries.
        public var headers: [String: Credential]
        /// The limits on time; `nil` for those of the whole configuration.
        public var timeouts: Timeouts?
        /// Whether plain HTTP beyond this machine is allowed.
        public var allowsHTTP: Bool
        /// The proxy that requests go through; `nil` for the environment's.
        public var proxy: String?

        /// Makes a provider.
        public init(
            name: ProviderID,
            type: ProviderType,
            baseURL: String? = nil,
            apiKey: Credential? = nil,
            credentials: [PooledCredential] = [],
            credentialStrategy: CompiledRoute.CredentialStrategy = .roundRobin,
            apiVersion: String? = nil,
            models: [ModelID]? = nil,
            exclusions: [String] = [],
            priority: Int = 1,
            headers: [String: Credential] = [:],
            timeouts: Timeouts? = nil,
            allowsHTTP: Bool = false,
            proxy: String? = nil
        ) {
            self.name = name
            self.type = type
            self.baseURL = baseURL
            self.apiKey = apiKey
            self.credentials = credentials
            self.credentialStrategy = credentialStrategy
            self.apiVersion = apiVersion
            self.models = models
            self.exclusions = exclusions
            self.priority = priority
            self.headers = headers
            self.timeouts = timeouts
            self.allowsHTTP = allowsHTTP
            self.proxy = proxy
        }
    }
}
