import ProviderKit

/// Looks through rules for what cannot work.
struct RulesChecker {
    typealias Step = RouteTable.Problem.Step

    let rules: RoutingRules
    private(set) var problems: [RouteTable.Problem] = []
    /// What works, but is probably not what was meant.
    private(set) var warnings: [RouteTable.Problem] = []
    /// The providers by name; of several with the same name the first.
    let providers: [String: RoutingRules.Provider]
    /// Their exclusions, as far as these can be read.
    let exclusions: [String: [Glob]]
    /// The models that providers are configured with.
    let models: Set<String>
    private var exact: Set<String> = []

    init(_ rules: RoutingRules) {
        self.rules = rules
        providers = Dictionary(rules.providers.map { ($0.id.rawValue, $0) }) { first, _ in first }
        let exclusions = providers.mapValues { $0.exclusions.compactMap { try? Glob($0) } }
        self.exclusions = exclusions
        models = Set(
            rules.providers.flatMap { provider in
                (provider.models ?? []).map(\.rawValue).filter { model in
                    !(exclusions[provider.id.rawValue] ?? []).contains { $0.matches(model) }
                }
            }
        )
    }

    mutating func report(_ message: String, hint: String? = nil, at path: [Step]) {
        problems.append(.init(at: path, message, hint: hint))
    }

    mutating func warn(_ message: String, hint: String? = nil, at path: [Step]) {
        warnings.append(.init(at: path, message, hint: hint))
    }

    mutating func check() {
        checkProviders()
        checkRoutes()
        checkAliases()
        checkRoles()
        for (index, rule) in rules.parameters.enumerated() {
            checkGlob(rule.match, at: [.key("models"), .index(index), .key("match")])
        }
        checkPrices()
        if case .provider(let name)? = rules.unknownModel {
            checkProvider(name, at: [.key("routing"), .key("unknown_model")])
        }
        for (index, prefix) in rules.strippedPrefixes.enumerated() where prefix.isEmpty {
            report("expected text, found nothing", at: [.key("routing"), .key("strip_prefixes"), .index(index)])
        }
    }

    private mutating func checkProviders() {
        var names: Set<ProviderID> = []
        for (index, provider) in rules.providers.enumerated() {
            let path: [Step] = [.key("providers"), .index(index)]
            if !names.insert(provider.id).inserted {
                report("there is a provider of this name already", at: path + [.key("name")])
            }
            for (place, glob) in provider.exclusions.enumerated() {
                checkGlob(glob, at: path + [.key("exclude"), .index(place)])
            }
            var credentials: Set<String> = []
            for (place, credential) in provider.credentials.enumerated() {
                let path = path + [.key("credentials"), .index(place)]
                if !credentials.insert(credential.name).inserted {
                    report("this provider has a credential of this name already", at: path + [.key("name")])
                }
                checkWeight(credential.weight, at: path + [.key("weight")])
            }
        }
    }

    private mutating func checkRoutes() {
        var known: Set<RoutingRules.Match> = []
        for (index, route) in rules.routes.enumerated() {
            let path: [Step] = [.key("routes"), .index(index)]
            let key: Step = if case .pattern = route.match { .key("pattern") } else { .key("model") }
            if !known.insert(route.match).inserted {
                report("there is a route for this already", at: path + [key])
            }
            do {
                _ = try route.match.matcher()
            } catch {
                report(error.text, at: path + [key])
            }
            if let name = route.match.plainName {
                if name.isEmpty { report("expected a model's name, found nothing", at: path + [key]) }
                checkIsNoAddress(name, "route", at: path + [key])
                exact.insert(name)
            }
            check(route.policy, at: path)
            if route.policy.targets.isEmpty { report("a route needs a target", at: path) }
        }
    }

    private mutating func checkRoles() {
        var names: Set<String> = []
        for (index, role) in rules.roles.enumerated() {
            let path: [Step] = [.key("roles"), .index(index)]
            let place = path + [.key("name")]
            if role.name.isEmpty { report("expected a name, found nothing", at: place) }
            if !names.insert(role.name).inserted {
                report("there is a role of this name already", at: place)
            } else {
                checkIsFree(role.name, "role", at: place)
                if rules.aliases[role.name] != nil {
                    report("an alias has this name, so that the role is never asked", hint: "rename one", at: place)
                }
            }
            checkIsNoAddress(role.name, "role", at: place)
            check(role, at: path)
        }
    }

    /// A name that something before it in the order of resolution has means that one always.
    mutating func checkIsFree(_ name: String, _ what: String, at path: [Step]) {
        if exact.contains(name) {
            report("a route has this name, so that the \(what) is never asked", hint: "rename one", at: path)
        } else if models.contains(name) {
            report(
                "a provider is configured with a model of this name, so that the \(what) is never asked",
                hint: "rename the \(what); a route may have a model's name",
                at: path
            )
        }
    }

    mutating func checkIsNoAddress(_ name: String, _ what: String, at path: [Step]) {
        guard let slash = name.firstIndex(of: "/"), providers[String(name[..<slash])] != nil,
            name.index(after: slash) != name.endIndex
        else { return }
        report(
            "this addresses a provider's model, so that the \(what) is never asked",
            hint: "use a name that does not begin with a provider's name and /",
            at: path
        )
    }

    mutating func checkGlob(_ text: String, at path: [Step]) {
        do {
            _ = try Glob(text)
        } catch {
            report(error.text, at: path)
        }
    }

    private mutating func checkPrices() {
        for (name, price) in rules.prices.sorted(by: { $0.key < $1.key }) {
            let path: [Step] = [.key("prices"), .key(name)]
            checkGlob(name, at: path)
            let amounts = [("input", price.input), ("output", price.output), ("cached_input", price.cachedInput ?? 0)]
            for (key, amount) in amounts where !(amount >= 0 && amount.isFinite) {
                report("expected a number of at least 0", at: path + [.key(key)])
            }
        }
    }

    mutating func checkWeight(_ weight: Double, at path: [Step]) {
        guard !(weight > 0 && weight.isFinite) else { return }
        report("expected a number above 0", at: path)
    }

    mutating func checkProvider(_ name: ProviderID, at path: [Step]) {
        guard providers[name.rawValue] == nil else { return }
        let names = rules.providers.map(\.id.rawValue).sorted()
        report(
            "there is no such provider",
            hint: NearestName.of(name.rawValue, among: names).map { "did you mean \($0)?" }
                ?? "the providers are \(names.joined(separator: ", "))",
            at: path
        )
    }
}
