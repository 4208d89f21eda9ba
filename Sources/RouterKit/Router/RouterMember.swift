public import ProviderKit
public import TransportKit

extension Router {
    /// A provider among those that a router chooses from, with one or several credentials.
    public struct Member: Sendable {
        /// A provider made for one credential.
        public struct Account: Sendable {
            /// The credential's name; `nil` where there is only one.
            public var credential: String?
            /// The provider, which asks with this credential.
            public var provider: any Provider
            /// The credential's share, where its pool goes by weights; greater than zero.
            public var weight: Double

            /// Makes an account.
            public init(_ provider: any Provider, credential: String? = nil, weight: Double = 1) {
                self.provider = provider
                self.credential = credential
                self.weight = weight
            }
        }

        /// The provider's name, by which targets name it.
        public var id: ProviderID
        /// One a credential, in the order in which they are preferred; at least one.
        public var accounts: [Account]
        /// How the credentials take turns.
        public var pool: CompiledRoute.CredentialStrategy
        /// Among providers of the same model the lower goes first.
        public var priority: Int
        /// The only models to offer; `nil` offers all.
        public var models: [ModelID]?
        /// Globs of models that are not offered.
        public var excluded: [String]
        /// The limits on time that the provider keeps by itself; a route's deadline shortens them.
        public var timeouts: Timeouts
        /// Whether it is an engine on this machine, of which any model may be the default.
        public var isLocal: Bool

        /// Makes a member.
        ///
        /// - Parameters:
        ///   - provider: The provider.
        ///   - priority: Among providers of the same model the lower goes first.
        ///   - models: The only models to offer; `nil` offers all.
        ///   - excluded: Globs of models that are not offered.
        ///   - timeouts: The limits on time that the provider keeps by itself.
        ///   - isLocal: Whether it is an engine on this machine, of which any model may be the default.
        public init(
            _ provider: any Provider,
            priority: Int = 1,
            models: [ModelID]? = nil,
            excluded: [String] = [],
            timeouts: Timeouts = Timeouts(),
            isLocal: Bool = false
        ) {
            self.init(
                id: provider.id,
                accounts: [Account(provider)],
                priority: priority,
                models: models,
                excluded: excluded,
                timeouts: timeouts,
                isLocal: isLocal
            )
        }

        /// Makes a member with a pool of credentials.
        ///
        /// - Parameters:
        ///   - id: The provider's name.
        ///   - accounts: One a credential; at least one.
        ///   - pool: How they take turns.
        ///   - priority: Among providers of the same model the lower goes first.
        ///   - models: The only models to offer; `nil` offers all.
        ///   - excluded: Globs of models that are not offered.
        ///   - timeouts: The limits on time that the provider keeps by itself.
        ///   - isLocal: Whether it is an engine on this machine, of which any model may be the default.
        public init(
            id: ProviderID,
            accounts: [Account],
            pool: CompiledRoute.CredentialStrategy = .roundRobin,
            priority: Int = 1,
            models: [ModelID]? = nil,
            excluded: [String] = [],
            timeouts: Timeouts = Timeouts(),
            isLocal: Bool = false
        ) {
            self.id = id
            self.accounts = accounts
            self.pool = pool
            self.priority = priority
            self.models = models
            self.excluded = excluded
            self.timeouts = timeouts
            self.isLocal = isLocal
        }
    }
}
