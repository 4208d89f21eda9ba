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
        package var target: Target
        /// One deployment a credential, in the order of the configuration; at least one.
        package var deployments: [DeploymentID]
        package var pool: CredentialStrategy

        package init(target: Target, deployments: [DeploymentID], pool: CredentialStrategy = .roundRobin) {
            self.target = target
            self.deployments = deployments
            self.pool = pool
        }
    }

    /// The policy.
    public var policy: RoutePolicy
    /// The place of the route among all, by which its counters are kept.
    package var number: Int
    package var choices: [Choice]
    package var contextFallback: [Choice]
    package var contentFallback: [Choice]

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
    }
}
