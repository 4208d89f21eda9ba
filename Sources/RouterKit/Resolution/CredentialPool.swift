public import ProviderKit

/// The credentials of a provider, in the order of the configuration.
public struct CredentialPool: Sendable, Hashable {
    /// A credential.
    public struct Member: Sendable, Hashable {
        /// The name; `nil` where the provider has one credential that needs none.
        public var name: String?
        /// Its share of the requests where the strategy is `weighted`.
        public var weight: Double
        /// Its place among the credentials of all providers.
        package var number: Int
    }

    /// The credentials; at least one.
    public var members: [Member]
    /// How they take turns.
    public var strategy: CompiledRoute.CredentialStrategy

    /// The pools of providers, their credentials numbered through.
    static func pools(of providers: [RoutingRules.Provider]) -> [CredentialPool] {
        var number = 0
        return providers.map { provider in
            let credentials: [(name: String?, weight: Double)] =
                provider.credentials.isEmpty ? [(nil, 1)] : provider.credentials.map { ($0.name, $0.weight) }
            let members = credentials.map { credential in
                defer { number += 1 }
                return Member(name: credential.name, weight: credential.weight, number: number)
            }
            return CredentialPool(members: members, strategy: provider.credentialStrategy)
        }
    }
}

extension RouteTable {
    /// The credentials of a provider; `nil` if there is no such provider.
    public func pool(of provider: ProviderID) -> CredentialPool? {
        places[provider.rawValue].map { pools[$0] }
    }
}
