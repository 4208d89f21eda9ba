import ProviderKit

extension RulesChecker {
    /// Checks the targets of a route or a role, and its figures.
    mutating func check(_ policy: RoutePolicy, at path: [Step]) {
        for (key, targets) in [
            ("targets", policy.targets), ("context_fallback", policy.contextFallback),
            ("content_fallback", policy.contentFallback),
        ] {
            var seen: Set<String> = []
            for (index, target) in targets.enumerated() {
                let place = path + [.key(key), .index(index)]
                if !seen.insert(target.description).inserted {
                    report("this target is in the list already", hint: "give it a weight instead", at: place)
                }
                check(target, at: place)
                checkWeight(target.weight, at: place + [.key("weight")])
                // What a route falls back to has to be another target than the one that could not.
                if key != "targets", policy.targets.count == 1, policy.targets[0].description == target.description {
                    report("the route falls back to its only target", hint: "name another one", at: place)
                }
            }
        }
        if policy.attempts < 1 { report("expected at least 1", at: path + [.key("attempts")]) }
        if policy.deadline <= .zero { report("expected a time above 0", at: path + [.key("deadline")]) }
        for (key, share) in [("percentile", policy.hedging.percentile), ("budget", policy.hedging.budget)]
        where !(0...1).contains(share) {
            report("expected a number from 0 to 1", at: path + [.key("hedge"), .key(key)])
        }
    }

    private mutating func check(_ target: Target, at path: [Step]) {
        guard let provider = providers[target.provider.rawValue] else {
            return checkProvider(target.provider, at: path)
        }
        let model = target.model.rawValue
        if exclusions[target.provider.rawValue]?.contains(where: { $0.matches(model) }) == true {
            report("the provider's exclude has this model", hint: "name another one, or change exclude", at: path)
        } else if let models = provider.models, !models.contains(target.model) {
            // It is asked for all the same: PROVIDER/MODEL is always that one target.
            let names = models.map(\.rawValue)
            warn(
                "the provider's models do not name this one",
                hint: NearestName.of(model, among: names).map { "did you mean \(target.provider)/\($0)?" }
                    ?? "add it if the provider has it",
                at: path
            )
        }
    }

    /// Checks that aliases lead somewhere.
    mutating func checkAliases() {
        for (name, next) in rules.aliases.sorted(by: { $0.key < $1.key }) {
            let path: [Step] = [.key("aliases"), .key(name)]
            if name.isEmpty || next.isEmpty { report("expected a name, found nothing", at: path) }
            checkIsFree(name, "alias", at: path)
            checkIsNoAddress(name, "alias", at: path)
            checkWay(from: name, at: path)
        }
    }

    private mutating func checkWay(from alias: String, at path: [Step]) {
        var way = [alias]
        while let next = rules.aliases[way[way.count - 1]] {
            if let start = way.firstIndex(of: next) {
                // Told once, at the first alias of the circle.
                if start == 0, way.min() == alias {
                    let circle = (way + [next]).joined(separator: " → ")
                    report("the aliases lead round in a circle", hint: circle, at: path)
                }
                return
            }
            way.append(next)
            guard way.count <= RouteTable.maximumAliasDepth + 1 else {
                let limit = RouteTable.maximumAliasDepth
                return report("more than \(limit) aliases lead from one to the next", at: path)
            }
        }
        let end = way[way.count - 1]
        // Told at the alias that names it, not at those that lead there.
        if way.count == 2 { checkEnd(end, at: path) }
    }

    private mutating func checkEnd(_ name: String, at path: [Step]) {
        if let slash = name.firstIndex(of: "/"), providers[String(name[..<slash])] != nil {
            let model = String(name[name.index(after: slash)...])
            return check(Target(ProviderID(String(name[..<slash])), ModelID(model)), at: path)
        }
        // What a provider has that was not told which cannot be known yet.
        guard rules.unknownModel ?? .error == .error, !rules.providers.isEmpty,
            rules.providers.allSatisfy({ $0.models != nil })
        else { return }
        let routes = rules.routes.map(\.match)
        let roles = rules.roles.map(\.name)
        guard !models.contains(name), !roles.contains(name) else { return }
        let isMatched = routes.contains { match in
            if let plain = match.plainName { return plain == name }
            return switch (try? match.matcher()).flatMap({ $0 }) {
            case .glob(let glob): glob.matches(name)
            case .expression(let expression): expression.matches(name)
            case nil: false
            }
        }
        guard !isMatched else { return }
        let known = routes.compactMap(\.plainName) + roles + models.sorted()
        report(
            "no model, route or role has the name that this alias stands for",
            hint: NearestName.of(name, among: known).map { "did you mean \($0)?" },
            at: path
        )
    }
}
