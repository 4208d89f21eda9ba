public import ProviderKit

/// The models of several providers.
public struct ModelListing: Sendable {
    /// The models, in the order of their providers and then of the provider's own list.
    public var models: [Model]
    /// What went wrong, by provider.
    public var failures: [(provider: ProviderID, error: PlexError)]
}
