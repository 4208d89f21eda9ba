extension PlexConfiguration.Provider {
    /// One of several credentials of a provider.
    public struct PooledCredential: Sendable, Hashable {
        /// The name by which traces and errors call it.
        public var name: String
        /// The key.
        public var apiKey: PlexConfiguration.Credential
        /// Its share of the requests where the strategy is `weighted`.
        public var weight: Double
        /// The proxy that requests with it go through; `nil` for the provider's.
        public var proxy: String?

        /// Makes a credential.
        public init(
            name: String,
            apiKey: PlexConfiguration.Credential,
            weight: Double = 1,
            proxy: String? = nil
        ) {
            self.name = name
            self.apiKey = apiKey
            self.weight = weight
            self.proxy = proxy
        }
    }
}
