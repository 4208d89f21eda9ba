public import ProviderKit

/// What is known of a deployment beforehand.
public struct DeploymentFacts: Sendable, Hashable {
    /// The deployment.
    public var deployment: Deployment
    /// What the model can do.
    public var capabilities: Capabilities
    /// What its tokens cost, where that is known.
    public var price: Price?
    /// The place of the provider's credential, which several deployments share, among all credentials.
    package var credential: Int
    /// The credential's share in its pool.
    package var credentialWeight: Double

    package init(
        _ deployment: Deployment,
        capabilities: Capabilities,
        price: Price? = nil,
        credential: Int,
        credentialWeight: Double = 1
    ) {
        self.deployment = deployment
        self.capabilities = capabilities
        self.price = price
        self.credential = credential
        self.credentialWeight = credentialWeight
    }
}

/// All deployments that were named so far, by number: the catalogue that plans are made of.
public struct DeploymentTable: Sendable {
    package private(set) var facts: [DeploymentFacts] = []
    // What plans need of each, apart from the texts.
    private(set) var planning: [PlanningFacts] = []
    private var places: [Deployment: DeploymentID] = [:]

    /// Makes an empty table.
    public init() {}

    /// What is known of a deployment.
    public subscript(id: DeploymentID) -> DeploymentFacts { facts[id.index] }

    /// The number of deployments.
    package var count: Int { facts.count }

    /// The number of a deployment that is in the table.
    public func id(of deployment: Deployment) -> DeploymentID? { places[deployment] }

    /// Adds a deployment, or replaces what is known of it.
    package mutating func insert(_ new: DeploymentFacts) -> DeploymentID {
        if let id = places[new.deployment] {
            facts[id.index] = new
            planning[id.index] = PlanningFacts(new)
            return id
        }
        let id = DeploymentID(facts.count)
        facts.append(new)
        planning.append(PlanningFacts(new))
        places[new.deployment] = id
        return id
    }
}
