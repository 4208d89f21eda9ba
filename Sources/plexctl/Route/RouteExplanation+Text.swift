import ProviderKit
import RouterKit
import TransportKit

extension RouteExplanation {
    /// The explanation for people.
    var text: String {
        var lines = [resolution.line]
        if !query.needs.isEmpty || query.promptTokens > 0 {
            let needs = query.needs.map(\.rawValue).sorted()
            let tokens = query.promptTokens > 0 ? ["room for \(query.promptTokens) tokens"] : []
            lines.append("asked for: \((needs + tokens).joined(separator: ", "))")
        }
        var text = lines.map { TerminalText.line($0) + "\n" }.joined()
        var table = TextTable(header: ["", "", "", ""])
        table.rows = candidates.enumerated().map { index, candidate in
            [
                "\(index + 1).", candidate.deployment.description, candidate.cost.map { "costs \(cost($0))" } ?? "",
                candidate.skip ?? "ready",
            ]
        }
        text += table.text(showsHeader: false)
        if candidates.isEmpty { text += "nobody can be asked\n" }
        table.rows = incapable.map { ["-", $0.deployment.description, "", $0.skip ?? ""] }
        text += table.text(showsHeader: false)
        for (what, targets) in [
            ("for conversations that are too long for them", contextFallback),
            ("for what a content filter refuses", contentFallback),
        ] where !targets.isEmpty {
            text += TerminalText.line("\(what): \(targets.map(\.description).joined(separator: ", "))") + "\n"
        }
        if let hedgeDelay {
            text += "a second request is sent if the first has not begun after \(ChatReport.seconds(hedgeDelay))\n"
        }
        return text
    }

    /// The explanation for programs.
    var json: JSONValue {
        var fields: JSONObject = [
            "model": .string(query.model.rawValue), "meaning": .string(resolution.origin.words),
            "names": .array(resolution.names.map { .string($0) }), "route": .string(resolution.policy.name),
            "strategy": .string(resolution.policy.strategy.rawValue),
            "attempts": .number(JSONNumber(resolution.policy.attempts)),
            "candidates": .array(candidates.map(\.json)), "left_out": .array(incapable.map(\.json)),
        ]
        if !contextFallback.isEmpty {
            fields["context_fallback"] = .array(contextFallback.map { .string($0.description) })
        }
        if !contentFallback.isEmpty {
            fields["content_fallback"] = .array(contentFallback.map { .string($0.description) })
        }
        fields["hedge_seconds"] = hedgeDelay.map { .number(JSONNumber($0.inSeconds)) }
        return .object(fields)
    }

    private func cost(_ cost: Double) -> String { SimulationReport.amount(cost, places: 6) }
}

extension RouteExplanation.Candidate {
    fileprivate var json: JSONValue {
        var fields: JSONObject = [
            "provider": .string(deployment.provider.rawValue), "model": .string(deployment.model.rawValue),
        ]
        fields["credential"] = deployment.credential.map { .string($0) }
        fields["ready"] = .bool(skip == nil)
        fields["why_not"] = skip.map { .string($0) }
        fields["cost"] = cost.map { .number(JSONNumber($0)) }
        fields["features"] = .array(capabilities.features.map(\.rawValue).sorted().map { .string($0) })
        fields["context_length"] = capabilities.contextLength.map { .number(JSONNumber($0)) }
        return .object(fields)
    }
}

extension Resolution {
    fileprivate var line: String {
        let attempts = policy.attempts == 1 ? "1 attempt" : "up to \(policy.attempts) attempts"
        return "\(names.joined(separator: " → ")): \(origin.words); \(policy.strategy), \(attempts)"
    }
}

extension Resolution.Origin {
    /// What explained the name, in words.
    fileprivate var words: String {
        switch self {
        case .address: "one provider's model"
        case .route: "a route"
        case .model: "a model that is configured"
        case .rule(let match): "the route '\(match)'"
        case .role: "a role"
        case .list: "a model that providers list"
        case .onlyProvider: "whatever the only provider has"
        case .unknown: "unknown, sent on as routing.unknown_model says"
        }
    }
}
