/// A policy whose targets were looked up: what plans are made from.
public struct CompiledRoute: Sendable {
    /// How the credentials of one provider take turns.
    public enum CredentialStrategy: String, Sendable, Hashable, CaseIterable {
        /// One after the other.
        case roundRobin = "round-robin"
        /// By chance, each as often as its weight says.
        case weighted
        /// The first for as long as it can be used.
        case fillFirst = "fill-first"
        /// The same one for the same session or beginning of a prompt.
        case sticky
    }

    /// A target, and what it can be sent to.
    package struct Choice: Sendable {
        package let target: Target
        /// One deployment a credential, in the order of the configuration; at least one.
        package let deployments: [DeploymentID]
        package let pool: CredentialStrategy
        /// What is added to requests to it.
        package let parameters: ModelParameters

        package init(
            target: Target,
            deployments: [DeploymentID],
            pool: CredentialStrategy = .roundRobin,
            parameters: ModelParameters = ModelParameters()
        ) {
            self.target = target
            self.deployments = deployments
            self.pool = pool
            self.parameters = parameters
        }
    }

    /// A choice as plain numbers.
    struct Place: Sendable {
        var weight: Double
        var identity: UInt64
        var pool: CredentialStrategy
        /// Its deployments in `deployments`.
        var range: Range<Int>
    }

    /// Choices as plain numbers: going through them copies no text.
    struct Places: Sendable {
        var targets: [Place] = []
        var deployments: [DeploymentID] = []
        /// The number of the first target.
        var first: Int

        init(_ choices: [Choice], first: Int) {
            self.first = first
            for choice in choices {
                let start = deployments.count
                deployments += choice.deployments
                targets.append(
                    Place(
                        weight: choice.target.weight,
                        identity: StableHash.hash(choice.target.description),
                        pool: choice.pool,
                        range: start..<deployments.count
                    )
                )
            }
        }
    }

    /// The policy.
    public let policy: RoutePolicy
    /// The place of the route among all, by which its counters are kept.
    package let number: Int
    package let choices: [Choice]
    package let contextFallback: [Choice]
    package let contentFallback: [Choice]
    let places: Places
    let contextPlaces: Places
    let contentPlaces: Places

    package init(
        policy: RoutePolicy,
        number: Int,
        choices: [Choice],
        contextFallback: [Choice] = [],
        contentFallback: [Choice] = []
    ) {
        self.policy = policy
        self.number = number
        self.choices = choices
        self.contextFallback = contextFallback
        self.contentFallback = contentFallback
        places = Places(choices, first: 0)
        contextPlaces = Places(contextFallback, first: choices.count)
        contentPlaces = Places(contentFallback, first: choices.count + contextFallback.count)
    }
}
