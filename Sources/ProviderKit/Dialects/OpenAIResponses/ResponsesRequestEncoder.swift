internal import TransportKit

/// Writes the body of a request for a response.
struct ResponsesRequestEncoder {
    let request: ChatRequest
    private(set) var warnings: [Warning] = []

    init(request: ChatRequest) {
        self.request = request
    }

    mutating func makeBody() throws(PlexError) -> JSONObject {
        var items = ResponsesItemEncoder()
        var (instructions, input) = try items.encode(request.messages)
        warnings += items.warnings
        if input.isEmpty, let text = instructions {
            // Something has to be answered.
            instructions = nil
            input = [ResponsesItemEncoder.message(role: "system", text: text)]
        }
        var body: JSONObject = ["model": .string(request.model.rawValue)]
        body["instructions"] = instructions.map { .string($0) }
        body["input"] = .array(input)
        encodeTools(into: &body)
        encodeText(into: &body)
        encodeReasoning(into: &body)
        encodeSampling(into: &body)
        body["max_output_tokens"] = request.maximumTokens.map { .number(JSONNumber($0)) }
        if !request.metadata.isEmpty {
            let pairs = request.metadata.sorted { $0.key < $1.key }.map { ($0.key, JSONValue.string($0.value)) }
            body["metadata"] = .object(JSONObject(pairs))
        }
        body["user"] = request.user.map { .string($0) }
        // Nothing is kept there: who asks sends the whole conversation.
        body["store"] = false
        if wantsSealedReasoning { body["include"] = ["reasoning.encrypted_content"] }
        addExtra(to: &body)
        return body
    }

    // Models that do not think refuse the whole request for it.
    private var wantsSealedReasoning: Bool {
        if let reasoning = request.reasoning { return reasoning.effort != ReasoningOptions.Effort.none }
        let name = request.model.rawValue
        // Named like one that thinks, but made for chats.
        guard !name.contains("-chat") else { return false }
        return ["gpt-6", "codex"].contains(where: name.hasPrefix)
            || OpenAIModelTraits.capabilities(of: request.model, assuming: []).features.contains(.reasoning)
    }

    private mutating func addExtra(to body: inout JSONObject) {
        for member in request.extra.members where member.name != "stream" {
            switch (body[member.name], member.value) {
            // Of these, a part was made from the request's own fields.
            case (.object(let made)?, .object(let more)) where ["text", "reasoning"].contains(member.name):
                body[member.name] = .object(made.adding(more))
            case (.array(let made)?, .array(let more)) where member.name == "include":
                body[member.name] = .array(made + more.filter { !made.contains($0) })
            default: body[member.name] = member.value
            }
        }
    }

    private mutating func drop(_ field: String, _ why: String) {
        warnings.append(Warning(.dropped, field: field, why))
    }
}

extension ResponsesRequestEncoder {
    private mutating func encodeTools(into body: inout JSONObject) {
        guard !request.tools.isEmpty else {
            if request.forcesTool { drop("toolChoice", "there are no tools to choose from") }
            return
        }
        body["tools"] = .array(request.tools.map(value))
        body["tool_choice"] = request.toolChoice.map(Self.value)
        body["parallel_tool_calls"] = request.allowsParallelToolCalls.map { .bool($0) }
        if let index = request.tools.firstIndex(where: { $0.cacheHint != nil }) {
            drop("tools[\(index)].cacheHint", "the dialect has no cache marks on tools")
        }
    }

    private func value(of tool: ToolDefinition) -> JSONValue {
        // One that runs at the provider, or has a form of its own, is its own words.
        guard tool.extra["type"] == nil else { return .object(tool.extra) }
        var value: JSONObject = ["type": "function", "name": .string(tool.name)]
        value["description"] = tool.description.map { .string($0) }
        value["parameters"] = tool.parameters
        // Left out, it means yes here and no in all other dialects.
        let isOwn = request.extraDialect == .openAIResponses
        value["strict"] = (tool.isStrict ?? (isOwn ? nil : false)).map { .bool($0) }
        return .object(value.adding(tool.extra))
    }

    private static func value(of choice: ToolChoice) -> JSONValue {
        switch choice {
        case .auto: "auto"
        case .none: "none"
        case .required: "required"
        case .tool(let name): ["type": "function", "name": .string(name)]
        }
    }

    private mutating func encodeText(into body: inout JSONObject) {
        switch request.responseFormat {
        case nil: break
        case .text: body["text"] = ["format": ["type": "text"]]
        case .jsonObject: body["text"] = ["format": ["type": "json_object"]]
        case .jsonSchema(let format):
            var schema: JSONObject = ["type": "json_schema", "name": .string(format.name)]
            schema["description"] = format.description.map { .string($0) }
            schema["schema"] = format.schema
            schema["strict"] = format.isStrict.map { .bool($0) }
            body["text"] = ["format": .object(schema)]
        }
    }

    private mutating func encodeReasoning(into body: inout JSONObject) {
        guard let reasoning = request.reasoning else { return }
        if let effort = reasoning.effort {
            body["reasoning"] = ["effort": .string(effort.rawValue)]
            if reasoning.budgetTokens != nil {
                drop("reasoning.budgetTokens", "the dialect takes an effort in words, not a number of tokens")
            }
        } else if let budget = reasoning.budgetTokens {
            let budgets = AnthropicRequestEncoder.budgets
            let effort = budget == 0 ? "none" : budgets.last { $0.tokens <= budget }?.effort ?? "minimal"
            body["reasoning"] = ["effort": .string(effort)]
            warnings.append(
                Warning(
                    .adjusted,
                    field: "reasoning.budgetTokens",
                    "the dialect takes no budget, so the effort \(effort) was sent"
                )
            )
        }
    }

    private mutating func encodeSampling(into body: inout JSONObject) {
        let sampling = request.sampling
        body["temperature"] = sampling.temperature.map { .number(JSONNumber($0)) }
        body["top_p"] = sampling.topP.map { .number(JSONNumber($0)) }
        let absent = [
            ("topK", "top_k", sampling.topK != nil), ("seed", "seed", sampling.seed != nil),
            ("presencePenalty", "presence penalty", sampling.presencePenalty != nil),
            ("frequencyPenalty", "frequency penalty", sampling.frequencyPenalty != nil),
        ]
        for (field, name, isSet) in absent where isSet {
            drop("sampling.\(field)", "the Responses API has no \(name)")
        }
        if !request.stopSequences.isEmpty { drop("stopSequences", "the Responses API has no stop sequences") }
    }
}
