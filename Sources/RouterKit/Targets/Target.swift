public import ProviderKit

/// A model of a provider, as routes name it.
public struct Target: Sendable, Hashable, CustomStringConvertible {
    /// The provider.
    public var provider: ProviderID
    /// The model's name there.
    public var model: ModelID
    /// The target's share of the requests where the strategy is `weighted`; greater than zero.
    public var weight: Double

    /// Makes a target.
    public init(_ provider: ProviderID, _ model: ModelID, weight: Double = 1) {
        self.provider = provider
        self.model = model
        self.weight = weight
    }

    /// `provider/model`.
    public var description: String { "\(provider)/\(model)" }
}

/// A model of a provider, asked with one of the provider's credentials: what one request is sent to.
public struct Deployment: Sendable, Hashable, CustomStringConvertible {
    /// The provider.
    public var provider: ProviderID
    /// The model's name there.
    public var model: ModelID
    /// The credential's name; `nil` where the provider has no pool of several.
    public var credential: String?

    /// Makes a deployment.
    public init(_ provider: ProviderID, _ model: ModelID, credential: String? = nil) {
        self.provider = provider
        self.model = model
        self.credential = credential
    }

    /// `provider/model`, and the credential's name behind `#` where there is one.
    public var description: String { "\(provider)/\(model)" + (credential.map { "#\($0)" } ?? "") }
}

/// The place of a deployment in a `DeploymentTable`, which stands for it where speed matters.
public struct DeploymentID: Sendable, Hashable {
    package let index: Int
    package init(_ index: Int) { self.index = index }
}
