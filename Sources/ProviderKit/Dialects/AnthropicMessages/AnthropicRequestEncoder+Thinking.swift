internal import TransportKit

extension AnthropicRequestEncoder {
    /// How the model is to think.
    struct Thinking {
        /// The `thinking` field.
        var value: JSONValue?
        /// The `output_config.effort` field.
        var effort: String?
        /// The tokens that thinking may take of the answer's limit.
        var budget = 0
        /// Whether the model thinks.
        var isOn = false
    }

    /// Efforts in words and the budgets that stand for them, where a model takes the other of the two.
    static let budgets: [(effort: String, tokens: Int)] = [
        ("minimal", 1024), ("low", 2048), ("medium", 8192), ("high", 16_384), ("xhigh", 24_576), ("max", 32_768),
    ]

    /// The smallest budget that the API takes.
    static let minimumBudget = 1024

    mutating func encodeThinking() -> Thinking {
        guard let reasoning = request.reasoning, reasoning.effort != nil || reasoning.budgetTokens != nil else {
            return Thinking()
        }
        if reasoning.effort == .some(.none) || (reasoning.effort == nil && reasoning.budgetTokens == 0) {
            return Thinking(value: ["type": "disabled"])
        }
        if request.forcesTool, !request.tools.isEmpty {
            // The API takes no forced tool while the model thinks, and the tool is what the caller waits for.
            warn(.dropped, "reasoning", "the model cannot think when it must call a tool")
            return Thinking()
        }
        if let budget = reasoning.budgetTokens, traits.acceptsThinkingBudget {
            return thinking(budget: budget)
        }
        if let effort = reasoning.effort?.rawValue {
            return traits.acceptsEffort ? thinking(effort: effort) : thinking(budgetFor: effort)
        }
        let budget = reasoning.budgetTokens ?? 0
        let effort = Self.budgets.last { $0.tokens <= max(budget, Self.minimumBudget) }?.effort ?? "low"
        let taken = effort == "minimal" ? "low" : effort
        warn(.adjusted, "reasoning.budgetTokens", "this model takes no budget, so the effort \(taken) was sent")
        return thinking(effort: taken)
    }

    private mutating func thinking(budget: Int) -> Thinking {
        let taken = max(budget, Self.minimumBudget)
        if taken != budget {
            warn(.adjusted, "reasoning.budgetTokens", "the Messages API takes at least \(taken), so that was sent")
        }
        let value: JSONValue = ["type": "enabled", "budget_tokens": .number(JSONNumber(taken))]
        return Thinking(value: value, budget: taken, isOn: true)
    }

    private mutating func thinking(effort: String) -> Thinking {
        let taken = effort == "minimal" ? "low" : effort
        if taken != effort {
            warn(.adjusted, "reasoning.effort", "the Messages API knows no minimal effort, so low was sent")
        }
        let budget = Self.budgets.first { $0.effort == taken }?.tokens ?? 8192
        return Thinking(value: ["type": "adaptive"], effort: taken, budget: budget, isOn: true)
    }

    private mutating func thinking(budgetFor effort: String) -> Thinking {
        guard let budget = Self.budgets.first(where: { $0.effort == effort })?.tokens else {
            let known = Self.budgets.map(\.effort).joined(separator: ", ")
            warn(.dropped, "reasoning.effort", "this model takes a budget, which is known only for \(known)")
            return Thinking()
        }
        return thinking(budget: budget)
    }

    /// The limit on the answer, in which thinking counts.
    mutating func maximumTokens(_ thinking: Thinking) -> Int {
        guard let asked = request.maximumTokens else {
            return thinking.budget.addingClamped(Self.defaultMaximumTokens)
        }
        // Where the model decides itself how long to think, the caller's limit stands.
        guard thinking.effort == nil, asked <= thinking.budget else { return asked }
        let taken = thinking.budget.addingClamped(asked)
        warn(.adjusted, "maximumTokens", "thinking counts in it and takes \(thinking.budget), so \(taken) was sent")
        return taken
    }

    mutating func encodeOutputConfig(_ thinking: Thinking) throws(PlexError) -> JSONValue? {
        var config: JSONObject = [:]
        config["effort"] = thinking.effort.map { .string($0) }
        switch request.responseFormat {
        case nil, .text: break
        case .jsonObject:
            warn(.dropped, "responseFormat", "the Messages API has no mode for JSON without a schema")
        case .jsonSchema(let format):
            guard traits.acceptsJSONSchema || !traits.isClaude else {
                throw PlexError(
                    .unsupported,
                    "responseFormat: this model cannot be held to a schema; use a newer one, or a tool that must be called"
                )
            }
            config["format"] = ["type": "json_schema", "schema": format.schema]
        }
        return config.isEmpty ? nil : .object(config)
    }
}
