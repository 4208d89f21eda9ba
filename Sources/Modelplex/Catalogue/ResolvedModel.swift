public import ProviderKit

/// A provider, and a model of it.
public struct ResolvedModel: Sendable {
    /// The provider.
    public let provider: any Provider
    /// The model's name at the provider.
    public let model: ModelID
}
