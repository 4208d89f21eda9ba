internal import TransportKit

/// Writes the body of a chat completion request.
struct OpenAIRequestWriter {
    let flavour: OpenAIFlavour
    private(set) var warnings: [Warning] = []

    init(flavour: OpenAIFlavour) {
        self.flavour = flavour
    }

    mutating func write(_ request: ChatRequest, isStreaming: Bool) throws(PlexError) -> JSONValue {
        try checkCount(request)
        var messages = OpenAIMessageWriter(flavour: flavour)
        var body = JSONObject()
        body["model"] = .string(request.model.rawValue)
        body["messages"] = .array(try messages.write(request.messages))
        warnings += messages.warnings
        write(tools: request, into: &body)
        write(format: request.responseFormat, into: &body)
        write(sampling: request.sampling, into: &body)
        body[tokensField(for: request.model)] = request.maximumTokens.map { .number(JSONNumber($0)) }
        if !request.stopSequences.isEmpty {
            body["stop"] = .array(request.stopSequences.map { .string($0) })
        }
        write(reasoning: request.reasoning, into: &body)
        write(notes: request, into: &body)
        Self.finish(&body, request.extra, isStreaming: isStreaming, flavour: flavour)
        return .object(body)
    }

    /// Adds what decides on streaming, and the caller's own fields, which win over all but that.
    static func finish(_ body: inout JSONObject, _ extra: JSONObject, isStreaming: Bool, flavour: OpenAIFlavour) {
        for member in extra.members where member.name != "stream" && member.name != "stream_options" {
            body[member.name] = member.value
        }
        guard isStreaming else { return }
        body["stream"] = true
        var options = extra["stream_options"]?.object ?? [:]
        if flavour.takesStreamOptions { options["include_usage"] = true }
        if !options.isEmpty { body["stream_options"] = .object(options) }
    }

    mutating func writeCompletion(_ request: ChatRequest, isStreaming: Bool) throws(PlexError) -> JSONValue {
        try checkCount(request)
        var body = JSONObject()
        body["model"] = .string(request.model.rawValue)
        body["prompt"] = .string(request.messages.map(\.text).joined(separator: "\n"))
        write(sampling: request.sampling, into: &body)
        body["max_tokens"] = request.maximumTokens.map { .number(JSONNumber($0)) }
        if !request.stopSequences.isEmpty {
            body["stop"] = .array(request.stopSequences.map { .string($0) })
        }
        Self.finish(&body, request.extra, isStreaming: isStreaming, flavour: flavour)
        return .object(body)
    }

    private func checkCount(_ request: ChatRequest) throws(PlexError) {
        guard let count = request.extra["n"]?.int, count > 1 else { return }
        throw PlexError(.unsupported, "n is \(count), but one request has one answer here; send \(count) requests")
    }

    private func tokensField(for model: ModelID) -> String {
        let isReasoning = ["o1", "o3", "o4", "gpt-5"].contains { model.rawValue.hasPrefix($0) }
        return flavour.adaptsTokensFieldToModel && isReasoning ? "max_completion_tokens" : flavour.maximumTokensField
    }

    private mutating func drop(_ field: String, _ why: String) {
        warnings.append(Warning(.dropped, field: field, why))
    }
}

extension OpenAIRequestWriter {
    private mutating func write(tools request: ChatRequest, into body: inout JSONObject) {
        // Some servers refuse an empty list, and a choice without tools.
        guard !request.tools.isEmpty else {
            switch request.toolChoice {
            case .required?, .tool?: drop("toolChoice", "there are no tools to choose from")
            default: break
            }
            return
        }
        body["tools"] = .array(request.tools.map(Self.value))
        body["tool_choice"] = request.toolChoice.map(Self.value)
        body["parallel_tool_calls"] = request.allowsParallelToolCalls.map { .bool($0) }
        if let index = request.tools.firstIndex(where: { $0.cacheHint != nil }) {
            drop("tools[\(index)].cacheHint", "the dialect has no cache marks on tools")
        }
    }

    private static func value(of tool: ToolDefinition) -> JSONValue {
        var function: JSONObject = ["name": .string(tool.name)]
        function["description"] = tool.description.map { .string($0) }
        function["parameters"] = tool.parameters
        function["strict"] = tool.isStrict.map { .bool($0) }
        let value: JSONObject = ["type": "function", "function": .object(function)]
        return .object(value.adding(tool.extra))
    }

    private static func value(of choice: ToolChoice) -> JSONValue {
        switch choice {
        case .auto: "auto"
        case .none: "none"
        case .required: "required"
        case .tool(let name): ["type": "function", "function": ["name": .string(name)]]
        }
    }

    private mutating func write(format: ResponseFormat?, into body: inout JSONObject) {
        switch format {
        case nil: break
        case .text: body["response_format"] = ["type": "text"]
        case .jsonObject: body["response_format"] = ["type": "json_object"]
        case .jsonSchema(let format):
            guard flavour.takesJSONSchema else {
                body["response_format"] = ["type": "json_object"]
                warnings.append(
                    Warning(
                        .adjusted,
                        field: "responseFormat",
                        "the provider knows no schemas: JSON is asked for, and the prompt has to say which"
                    )
                )
                return
            }
            var schema: JSONObject = ["name": .string(format.name)]
            schema["description"] = format.description.map { .string($0) }
            schema["schema"] = format.schema
            schema["strict"] = format.isStrict.map { .bool($0) }
            body["response_format"] = ["type": "json_schema", "json_schema": .object(schema)]
        }
    }

    private mutating func write(sampling: Sampling, into body: inout JSONObject) {
        body["temperature"] = sampling.temperature.map { .number(JSONNumber($0)) }
        body["top_p"] = sampling.topP.map { .number(JSONNumber($0)) }
        if let topK = sampling.topK {
            if flavour.takesTopK {
                body["top_k"] = .number(JSONNumber(topK))
            } else {
                drop("sampling.topK", "the provider has no top_k")
            }
        }
        body[flavour.seedField] = sampling.seed.map { .number(JSONNumber($0)) }
        body["presence_penalty"] = sampling.presencePenalty.map { .number(JSONNumber($0)) }
        body["frequency_penalty"] = sampling.frequencyPenalty.map { .number(JSONNumber($0)) }
    }

    private mutating func write(reasoning: ReasoningOptions?, into body: inout JSONObject) {
        guard let reasoning else { return }
        if flavour.takesReasoningObject {
            // The two exclude each other there; the number says more.
            if let budget = reasoning.budgetTokens {
                body["reasoning"] = ["max_tokens": .number(JSONNumber(budget))]
                if reasoning.effort != nil { drop("reasoning.effort", "the provider takes effort or budget, not both") }
            } else if let effort = reasoning.effort {
                body["reasoning"] = ["effort": .string(effort.rawValue)]
            }
            return
        }
        body["reasoning_effort"] = reasoning.effort.map { .string($0.rawValue) }
        if reasoning.budgetTokens != nil {
            drop("reasoning.budgetTokens", "the provider takes an effort in words, not a number of tokens")
        }
    }

    private mutating func write(notes request: ChatRequest, into body: inout JSONObject) {
        if !request.metadata.isEmpty {
            if flavour.takesMetadata {
                let pairs = request.metadata.sorted { $0.key < $1.key }.map { ($0.key, JSONValue.string($0.value)) }
                body["metadata"] = .object(JSONObject(pairs))
            } else {
                drop("metadata", "the provider keeps none")
            }
        }
        if let user = request.user {
            if flavour.takesUser {
                body["user"] = .string(user)
            } else {
                drop("user", "the provider has no field for it")
            }
        }
    }
}
