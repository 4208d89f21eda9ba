import ProviderKit

/// What models cost, by name or glob; of several globs that match, the one that says most counts.
struct PriceList: Sendable {
    private let exact: [String: Price]
    private let globs: [(glob: Glob, price: Price)]

    init(_ prices: [String: Price]) {
        exact = prices.filter { !Glob.isPattern($0.key) }
        globs = prices.compactMap { name, price in
            Glob.isPattern(name) ? (try? Glob(name)).map { ($0, price) } : nil
        }.sorted { ($1.0.literalCount, $0.0.text) < ($0.0.literalCount, $1.0.text) }
    }

    subscript(target: String) -> Price? {
        exact[target] ?? globs.first { $0.glob.matches(target) }?.price
    }
}

extension RouteTable {
    /// What a target's tokens cost, where the configuration says.
    public func price(of target: Target) -> Price? { priceList[target.description] }

    /// The settings of requests to a target: the route's and those by model together.
    ///
    /// Of defaults the route's hold before the model's, for it knows more of what is asked; of overrides the model's, for they
    /// are what the model takes.
    ///
    /// - Parameters:
    ///   - target: The target.
    ///   - policy: The policy by which it is asked.
    /// - Returns: The settings.
    public func parameters(for target: Target, in policy: RoutePolicy) -> ModelParameters {
        guard !parameterRules.isEmpty else { return policy.parameters }
        var model = ModelParameters()
        for rule in parameterRules
        where rule.glob.matches(target.model.rawValue) || rule.glob.matches(target.description) {
            model.defaults.fill(from: rule.parameters.defaults)
            model.overrides.fill(from: rule.parameters.overrides)
        }
        var merged = ModelParameters(defaults: policy.parameters.defaults, overrides: model.overrides)
        merged.defaults.fill(from: model.defaults)
        merged.overrides.fill(from: policy.parameters.overrides)
        return merged
    }
}
