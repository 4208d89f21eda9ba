public import ProviderKit

/// What models' names mean: a pure value, made once of the rules and asked for every request.
///
/// ```swift
/// let table = try RouteTable(RoutingRules(providers: [.init("openai", models: ["gpt-4o"])], aliases: ["best": "gpt-4o"]))
/// let lookup = try table.resolve("best") { _ in nil }
/// ```
///
/// The first of these that explains a name counts: `provider/model` with a known provider; a route of that name; a model that
/// providers are configured with; an alias; the first glob or pattern of the routes that matches; a role. Then the same for
/// the name without a prefix that is to be stripped. Then the models that the providers list when they are asked, and at
/// last the policy for unknown names. The order in which providers, aliases, roles and prices stand never matters.
public struct RouteTable: Sendable {
    /// A glob or a regular expression, and the place of its route.
    struct Rule: Sendable {
        enum Matcher: Sendable {
            case glob(Glob)
            case expression(RegularExpression)
        }

        var matcher: Matcher
        var route: Int

        func matches(_ name: String) -> Bool {
            switch matcher {
            case .glob(let glob): glob.matches(name)
            case .expression(let expression): expression.matches(name)
            }
        }
    }

    /// The longest name that is looked up, in bytes.
    package static let maximumNameLength = 512
    /// The most aliases that may lead from one to the next.
    package static let maximumAliasDepth = 16

    /// What the table was made of.
    public let rules: RoutingRules
    /// The providers in order of preference: by priority, then by name.
    public let providers: [RoutingRules.Provider]
    /// The roles by name.
    let roles: [RoutePolicy]
    /// Globs of the models that are not to be used, by the place of their provider.
    let exclusions: [[Glob]]
    /// The places of providers by name.
    let places: [String: Int]
    /// The places of routes with a plain name.
    let exact: [String: Int]
    /// The places of the providers that are configured with a model, in order of preference.
    let configured: [String: [Int]]
    /// The routes with a glob or a pattern, in order.
    let patterns: [Rule]
    /// The places of roles by name.
    let rolePlaces: [String: Int]
    /// The prefixes to strip, the longest first.
    let prefixes: [String]
    let parameterRules: [(glob: Glob, parameters: ModelParameters)]
    let priceList: PriceList
    let pools: [CredentialPool]

    /// Checks the rules and makes a table of them.
    ///
    /// - Parameter rules: The rules.
    /// - Throws: `PlexError` of code `configuration` with everything that is wrong.
    public init(_ rules: RoutingRules) throws(PlexError) {
        let problems = Self.problems(in: rules)
        guard problems.isEmpty else {
            throw PlexError(.configuration, problems.map(\.description).joined(separator: "\n"))
        }
        self.rules = rules
        providers = rules.providers.sorted { ($0.priority, $0.id.rawValue) < ($1.priority, $1.id.rawValue) }
        roles = rules.roles.sorted { $0.name < $1.name }
        // What cannot be read was a problem above.
        exclusions = providers.map { $0.exclusions.compactMap { try? Glob($0) } }
        places = Dictionary(providers.enumerated().map { ($1.id.rawValue, $0) }) { first, _ in first }
        exact = Dictionary(
            rules.routes.enumerated().compactMap { place, route in route.match.plainName.map { ($0, place) } }
        ) { first, _ in first }
        var configured: [String: [Int]] = [:]
        for (place, provider) in providers.enumerated() {
            for model in Set(provider.models ?? [])
            where !exclusions[place].contains(where: { $0.matches(model.rawValue) }) {
                configured[model.rawValue, default: []].append(place)
            }
        }
        self.configured = configured
        patterns = rules.routes.enumerated().compactMap { place, route in
            (try? route.match.matcher()).flatMap { $0 }.map { Rule(matcher: $0, route: place) }
        }
        rolePlaces = Dictionary(roles.enumerated().map { ($1.name, $0) }) { first, _ in first }
        prefixes = rules.strippedPrefixes.sorted { ($1.utf8.count, $0) < ($0.utf8.count, $1) }
        parameterRules = rules.parameters.compactMap { rule in
            (try? Glob(rule.match)).map { ($0, rule.parameters) }
        }
        priceList = PriceList(rules.prices)
        pools = CredentialPool.pools(of: providers)
    }

    /// The number of routes and roles, below which the number of each is.
    public var ruleCount: Int { rules.routes.count + roles.count }

    /// Whether a provider is configured not to be used for a model.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - provider: The provider.
    /// - Returns: Whether it is; not, if there is no such provider.
    public func isExcluded(_ model: ModelID, of provider: ProviderID) -> Bool {
        places[provider.rawValue].map { isExcluded(model.rawValue, at: $0) } ?? false
    }

    func isExcluded(_ model: String, at place: Int) -> Bool {
        exclusions[place].contains { $0.matches(model) }
    }
}

extension RoutingRules.Match {
    /// The name, if it is one and no glob and no pattern.
    var plainName: String? {
        if case .model(let text) = self, !Glob.isPattern(text) { text } else { nil }
    }

    /// What matches names; `nil` for a plain name.
    func matcher() throws(PatternError) -> RouteTable.Rule.Matcher? {
        switch self {
        case .model(let text): try Glob.isPattern(text) ? .glob(Glob(text)) : nil
        case .pattern(let text): .expression(try RegularExpression(text))
        }
    }
}
