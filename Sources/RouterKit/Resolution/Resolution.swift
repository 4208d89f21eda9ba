public import ProviderKit

/// What a name means, and how that was found.
public struct Resolution: Sendable, Hashable {
    /// What explained the name.
    @nonexhaustive
    public enum Origin: Sendable, Hashable {
        /// It is `provider/model`, which is always just that target.
        case address
        /// A route has this name.
        case route
        /// Providers are configured with a model of this name.
        case model
        /// A glob or a pattern of a route matches.
        case rule(RoutingRules.Match)
        /// A role has this name.
        case role
        /// Providers listed it when they were asked.
        case list
        /// There is one provider only, and it has whatever it has.
        case onlyProvider
        /// Nothing: the policy for unknown names sends it on.
        case unknown
    }

    /// How the request is to be answered.
    public var policy: RoutePolicy
    /// What explained the name.
    public var origin: Origin
    /// The name as it was asked for, and behind it what prefixes and aliases made of it.
    public var names: [String]
    /// The place of the route or role among all of them, below ``RouteTable/ruleCount``; `nil` where none is involved.
    public var number: Int?
    /// Providers that may have the model too, and that were not asked: asking them may add targets, but can wait.
    public var unasked: [ProviderID]

    /// Makes a resolution.
    public init(
        policy: RoutePolicy,
        origin: Origin,
        names: [String],
        number: Int? = nil,
        unasked: [ProviderID] = []
    ) {
        self.policy = policy
        self.origin = origin
        self.names = names
        self.number = number
        self.unasked = unasked
    }
}

extension RouteTable {
    /// What became of looking a name up.
    @nonexhaustive
    public enum Lookup: Sendable, Hashable {
        /// It means this.
        case found(Resolution)
        /// Only these providers' own lists can tell: ask them and look it up again.
        case needsLists([ProviderID])
        /// It means the default model, and neither a name nor a list is configured that says which that is: find one out
        /// and look it up again.
        case needsDefaultTarget
    }
}
