public import ProviderKit

/// The models that a provider named when it was asked, ready for looking up.
public struct ListedModels: Sendable, Hashable {
    /// The models, in the provider's order.
    public let models: [ModelID]
    private let names: Set<ModelID>

    /// Adopts a list.
    public init(_ models: [ModelID]) {
        self.models = models
        names = Set(models)
    }

    /// Whether a model is in the list.
    public func contains(_ model: ModelID) -> Bool { names.contains(model) }
}
