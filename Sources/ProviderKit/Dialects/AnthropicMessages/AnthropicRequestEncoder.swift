package import TransportKit

/// Writes a conversation as the body of a Messages request.
///
/// What the API has no field for is left out with a warning. Structured answers go into `output_config.format`; models
/// before 4.1 refuse that field, so such a request fails with the advice to use a tool that must be called.
package struct AnthropicRequestEncoder {
    /// The most tokens of an answer when the caller sets no limit; the API demands one.
    package static let defaultMaximumTokens = 4096

    let request: ChatRequest
    let traits: AnthropicModelTraits
    /// What was left out or changed.
    package private(set) var warnings: [Warning] = []

    package init(request: ChatRequest) {
        self.request = request
        traits = AnthropicModelTraits(model: request.model)
    }

    /// Writes the body.
    ///
    /// - Throws: `PlexError` with code `invalidRequest` or `unsupported`, naming the field.
    package mutating func makeBody() throws(PlexError) -> JSONObject {
        let conversation = try encodeConversation()
        let thinking = encodeThinking()
        var body: JSONObject = ["model": .string(request.model.rawValue)]
        body["max_tokens"] = .number(JSONNumber(maximumTokens(thinking)))
        body["system"] = conversation.system
        body["messages"] = .array(conversation.messages)
        if !request.tools.isEmpty {
            body["tools"] = .array(request.tools.map(encodeTool))
        }
        body["tool_choice"] = encodeToolChoice()
        body["thinking"] = thinking.value
        body["output_config"] = try encodeOutputConfig(thinking)
        encodeSampling(into: &body, isThinking: thinking.isOn)
        if !request.stopSequences.isEmpty {
            body["stop_sequences"] = .array(request.stopSequences.map { .string($0) })
        }
        body["metadata"] = encodeMetadata()
        body = body.adding(request.extra)
        // Whether the answer streams is decided by what reads it.
        body["stream"] = nil
        return body
    }

    mutating func warn(_ code: Warning.Code, _ field: String, _ message: String) {
        warnings.append(Warning(code, field: field, message))
    }

    static func encodeCacheHint(_ hint: CacheHint?) -> JSONValue? {
        guard let hint else { return nil }
        var control: JSONObject = ["type": .string(hint.kind)]
        control["ttl"] = hint.timeToLive.map { .string($0) }
        return .object(control)
    }
}

extension AnthropicRequestEncoder {
    private func encodeTool(_ tool: ToolDefinition) -> JSONValue {
        var object: JSONObject = ["name": .string(tool.name)]
        // A tool that runs at the provider is named by its type and has no schema of its own.
        let type = tool.extra["type"]?.string ?? "custom"
        if type == "custom" {
            object["description"] = tool.description.map { .string($0) }
            var schema = tool.parameters.object ?? [:]
            if schema["type"] == nil {
                schema["type"] = "object"
            }
            object["input_schema"] = .object(schema)
            object["strict"] = tool.isStrict.map { .bool($0) }
        }
        object["cache_control"] = Self.encodeCacheHint(tool.cacheHint)
        return .object(object.adding(tool.extra))
    }

    private mutating func encodeToolChoice() -> JSONValue? {
        guard !request.tools.isEmpty || request.extra["tools"] != nil else {
            if request.forcesTool {
                warn(.dropped, "toolChoice", "there are no tools to choose from")
            }
            return nil
        }
        var choice: JSONObject
        switch request.toolChoice {
        case nil:
            guard request.allowsParallelToolCalls == false else { return nil }
            choice = ["type": "auto"]
        case .auto: choice = ["type": "auto"]
        case .some(.none): return ["type": "none"]
        case .required: choice = ["type": "any"]
        case .tool(let name): choice = ["type": "tool", "name": .string(name)]
        }
        if let isParallel = request.allowsParallelToolCalls {
            choice["disable_parallel_tool_use"] = .bool(!isParallel)
        }
        return .object(choice)
    }

    private mutating func encodeSampling(into body: inout JSONObject, isThinking: Bool) {
        let sampling = request.sampling
        if sampling.seed != nil {
            warn(.dropped, "sampling.seed", "the Messages API has no seed")
        }
        if sampling.presencePenalty != nil {
            warn(.dropped, "sampling.presencePenalty", "the Messages API has no presence penalty")
        }
        if sampling.frequencyPenalty != nil {
            warn(.dropped, "sampling.frequencyPenalty", "the Messages API has no frequency penalty")
        }
        guard traits.acceptsSampling else {
            for (field, isSet) in sampling.setFields where isSet {
                warn(.dropped, "sampling.\(field)", "this model takes no sampling settings")
            }
            return
        }
        encodeTemperature(into: &body, isThinking: isThinking)
        if let topK = sampling.topK {
            if isThinking {
                warn(.dropped, "sampling.topK", "it cannot be set while the model thinks")
            } else {
                body["top_k"] = .number(JSONNumber(topK))
            }
        }
    }

    private mutating func encodeTemperature(into body: inout JSONObject, isThinking: Bool) {
        let sampling = request.sampling
        if let temperature = sampling.temperature {
            if isThinking, temperature != 1 {
                warn(.dropped, "sampling.temperature", "it cannot be set while the model thinks")
            } else {
                let clamped = min(temperature, 1)
                if clamped != temperature {
                    warn(.adjusted, "sampling.temperature", "the Messages API takes at most 1, so 1 was sent")
                }
                body["temperature"] = .number(JSONNumber(clamped))
            }
        }
        guard let topP = sampling.topP else { return }
        if isThinking, topP < 0.95 {
            warn(.dropped, "sampling.topP", "it cannot be below 0.95 while the model thinks")
        } else if body["temperature"] != nil, !traits.acceptsTemperatureWithTopP {
            warn(.dropped, "sampling.topP", "this model takes temperature or top-p, not both")
        } else {
            body["top_p"] = .number(JSONNumber(topP))
        }
    }

    private mutating func encodeMetadata() -> JSONValue? {
        for name in request.metadata.keys.sorted() where name != "user_id" {
            warn(.dropped, "metadata.\(name)", "the Messages API keeps no notes but user_id")
        }
        return (request.user ?? request.metadata["user_id"]).map { ["user_id": .string($0)] }
    }
}

extension ChatRequest {
    /// Whether the model must call a tool.
    var forcesTool: Bool {
        switch toolChoice {
        case .required, .tool: true
        default: false
        }
    }
}

extension Sampling {
    fileprivate var setFields: [(String, Bool)] {
        [("temperature", temperature != nil), ("topP", topP != nil), ("topK", topK != nil)]
    }
}
