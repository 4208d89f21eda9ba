package import TransportKit

/// A provider that stands for several others, for example a router.
public protocol ProviderGroup: Provider {
    /// The providers behind it, in order of preference.
    ///
    /// - Throws: `PlexError`, if they are not known.
    func members() async throws(PlexError) -> [any Provider]
}

/// A group that chooses among its members by how they do, and that operators can look into.
package protocol RoutingProvider: ProviderGroup {
    /// What names mean, and what is held against whom now.
    func routingReport() async throws(PlexError) -> JSONValue

    /// What is held against whom now, as the report has it; empty while it is not known who there is.
    var leftAlone: [JSONValue] { get }

    /// Forgets what is held against a provider; `nil` for all.
    ///
    /// - Returns: How many of its deployments something was held against.
    func forgetFailures(of provider: ProviderID?) async throws(PlexError) -> Int
}
