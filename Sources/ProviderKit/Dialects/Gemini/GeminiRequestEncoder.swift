internal import TransportKit

/// Writes a conversation as the body of a `generateContent` request.
///
/// What the API has no field for is left out with a warning.
struct GeminiRequestEncoder {
    let request: ChatRequest
    let traits: GeminiModelTraits
    /// What was left out or changed.
    private(set) var warnings: [Warning] = []

    init(request: ChatRequest) {
        self.request = request
        traits = GeminiModelTraits(model: request.model)
    }

    /// Writes the body.
    ///
    /// - Throws: `PlexError` with code `invalidRequest` or `unsupported`, naming the field.
    mutating func makeBody() throws(PlexError) -> JSONObject {
        var contents = GeminiContentEncoder(needsSignatures: traits.needsCallSignatures)
        try contents.encode(request.messages)
        warnings += contents.warnings
        var body: JSONObject = ["contents": .array(contents.turns)]
        if !contents.system.isEmpty { body["systemInstruction"] = ["parts": .array(contents.system)] }
        encodeTools(into: &body)
        let configuration = encodeConfiguration()
        if !configuration.isEmpty { body["generationConfig"] = .object(configuration) }
        if !request.metadata.isEmpty { warn(.dropped, "metadata", "the Gemini API keeps no notes on requests") }
        if request.user != nil { warn(.dropped, "user", "the Gemini API knows no end users") }
        Self.apply(request.extra, to: &body)
        return body
    }

    mutating func warn(_ code: Warning.Code, _ field: String, _ message: String) {
        warnings.append(Warning(code, field: field, message))
    }

    // The caller's fields win; settings one by one, so that one does not cost the others.
    private static func apply(_ extra: JSONObject, to body: inout JSONObject) {
        for member in extra.members {
            switch member.name {
            case "generationConfig":
                body[member.name] = .object((body[member.name]?.object ?? [:]).adding(member.value.object ?? [:]))
            case "tools":
                body[member.name] = .array((body[member.name]?.array ?? []) + (member.value.array ?? []))
            case "toolConfig":
                body[member.name] = .object((body[member.name]?.object ?? [:]).adding(member.value.object ?? [:]))
            default: body[member.name] = member.value
            }
        }
    }
}

extension GeminiRequestEncoder {
    private mutating func encodeTools(into body: inout JSONObject) {
        if request.allowsParallelToolCalls == false, !request.tools.isEmpty {
            warn(.dropped, "allowsParallelToolCalls", "the Gemini API has no such setting")
        }
        guard !request.tools.isEmpty else {
            if request.forcesTool { warn(.dropped, "toolChoice", "there are no tools to choose from") }
            return
        }
        var declarations: [JSONValue] = []
        for tool in request.tools {
            var declaration: JSONObject = ["name": .string(tool.name)]
            declaration["description"] = tool.description.map { .string($0) }
            declaration["parametersJsonSchema"] = tool.parameters
            declarations.append(.object(declaration.adding(tool.extra)))
        }
        body["tools"] = [["functionDeclarations": .array(declarations)]]
        // One of a kind is told: there may be a hundred.
        if let index = request.tools.firstIndex(where: { $0.isStrict == true }) {
            warn(.dropped, "tools[\(index)].isStrict", "the Gemini API has no such setting")
        }
        if let index = request.tools.firstIndex(where: { $0.cacheHint != nil }) {
            warn(.dropped, "tools[\(index)].cacheHint", Self.cacheWords)
        }
        var calling: JSONObject
        switch request.toolChoice {
        case nil: return
        case .auto: calling = ["mode": "AUTO"]
        case .some(.none): calling = ["mode": "NONE"]
        case .required: calling = ["mode": "ANY"]
        case .tool(let name): calling = ["mode": "ANY", "allowedFunctionNames": [.string(name)]]
        }
        body["toolConfig"] = ["functionCallingConfig": .object(calling)]
    }

    static let cacheWords = "the Gemini API has no marks for its cache, and keeps prompts by itself"

    private mutating func encodeConfiguration() -> JSONObject {
        let sampling = request.sampling
        var result = JSONObject()
        result["temperature"] = sampling.temperature.map { .number(JSONNumber($0)) }
        result["topP"] = sampling.topP.map { .number(JSONNumber($0)) }
        result["topK"] = sampling.topK.map { .number(JSONNumber($0)) }
        result["seed"] = sampling.seed.map { .number(JSONNumber($0)) }
        result["presencePenalty"] = sampling.presencePenalty.map { .number(JSONNumber($0)) }
        result["frequencyPenalty"] = sampling.frequencyPenalty.map { .number(JSONNumber($0)) }
        result["maxOutputTokens"] = request.maximumTokens.map { .number(JSONNumber($0)) }
        if !request.stopSequences.isEmpty {
            result["stopSequences"] = .array(request.stopSequences.map { .string($0) })
        }
        switch request.responseFormat {
        case nil, .text: break
        case .jsonObject: result["responseMimeType"] = "application/json"
        case .jsonSchema(let format):
            result["responseMimeType"] = "application/json"
            result["responseJsonSchema"] = format.schema
        }
        result["thinkingConfig"] = encodeThinking()
        return result
    }

    private mutating func encodeThinking() -> JSONValue? {
        guard let reasoning = request.reasoning else { return nil }
        if let budget = reasoning.budgetTokens {
            return [
                "includeThoughts": .bool(budget != 0), "thinkingBudget": .number(JSONNumber(budget)),
            ]
        }
        guard let effort = reasoning.effort else { return nil }
        guard traits.takesThinkingLevel else {
            // Beyond the highest that all models with a budget take there is nothing.
            let budgets = [
                "none": 0, "minimal": 512, "low": 2048, "medium": 8192, "high": 24_576, "xhigh": 24_576, "max": 24_576,
            ]
            guard let budget = budgets[effort.rawValue] else {
                warn(.dropped, "reasoning.effort", "this model takes a budget, which is known only for none to max")
                return nil
            }
            return ["includeThoughts": .bool(budget > 0), "thinkingBudget": .number(JSONNumber(budget))]
        }
        let level = effort == .none ? "minimal" : effort.rawValue
        if level != effort.rawValue {
            warn(.adjusted, "reasoning.effort", "this model cannot but think, so \(level) was sent")
        }
        return ["includeThoughts": .bool(effort != .none), "thinkingLevel": .string(level)]
    }
}

/// What the API's rules say about a model, told from its name.
struct GeminiModelTraits: Sendable, Hashable {
    private let major: Int?
    let name: String

    init(model: ModelID) {
        name = model.rawValue.lowercased()
        // gemini-2.5-flash, models/gemini-3-pro-preview
        let words = name.split { "-/.:@".contains($0) }
        let start = words.firstIndex(of: "gemini")
        major = start.flatMap { words.indices.contains($0 + 1) ? Int(words[$0 + 1]) : nil }
    }

    /// Whether thinking takes a level in words; before, it takes a budget.
    var takesThinkingLevel: Bool { (major ?? 0) >= 3 }
    /// Whether a call of an earlier turn must have its seal.
    var needsCallSignatures: Bool { (major ?? 0) >= 3 }

    /// What the model can do.
    var capabilities: Capabilities {
        if name.contains("embedding") { return Capabilities(features: [.embeddings]) }
        var features: Set<Capabilities.Feature> = [.streaming]
        guard let major else { return Capabilities(features: features) }
        features.formUnion([.tools, .vision, .audio, .files, .jsonSchema])
        if major >= 3 || name.contains("2.5") { features.insert(.reasoning) }
        return Capabilities(features: features)
    }
}
