internal import TransportKit

/// Reads the body of a caller's Messages request.
struct AnthropicRequestReader {
    private var request = ChatRequest(model: "", messages: [], extraDialect: .anthropic)
    private var isStreaming = false

    /// Reads a request.
    ///
    /// - Throws: `PlexError` with code `invalidRequest` or `unsupported`, naming the field.
    static func read(_ body: JSONValue) throws(PlexError) -> ServedRequest {
        let root = RequestField(body)
        var reader = AnthropicRequestReader()
        reader.request.model = ModelID(try root.required("model").nonEmptyString())
        reader.request.unreadFields = InnerFields.anthropic.unread(in: body)
        var messages = AnthropicMessageReader()
        if let system = try root.optional("system") { try messages.readInstructions(system) }
        try messages.readMessages(try root.required("messages"))
        reader.request.messages = messages.messages
        for (name, field) in try root.members() {
            try reader.read(name, field)
        }
        try reader.readThinking(try root.optional("thinking"), try root.optional("output_config"))
        var served = ServedRequest(request: reader.request, isStreaming: reader.isStreaming, wantsUsage: true)
        served.places = messages.places
        served.places.setTools(try root.optional("tools")?.elements() ?? [])
        served.places.words = [".arguments": ".input", ".filename": ".title", ".isStrict": ".strict"]
        return served
    }

    private mutating func read(_ name: String, _ field: RequestField) throws(PlexError) {
        switch name {
        case "model", "messages", "system", "thinking", "output_config": break
        case "stream": isStreaming = try field.bool()
        case "max_tokens": request.maximumTokens = try field.positiveInt()
        case "temperature": request.sampling.temperature = try field.double()
        case "top_p": request.sampling.topP = try field.double()
        case "top_k": request.sampling.topK = try field.int()
        case "stop_sequences":
            for element in try field.elements() { request.stopSequences.append(try element.nonEmptyString()) }
        case "tools": request.tools = try AnthropicToolReader.tools(field)
        case "tool_choice":
            (request.toolChoice, request.allowsParallelToolCalls) = try AnthropicToolReader.choice(field)
        case "metadata": try readMetadata(field)
        default: request.extra[name] = field.value
        }
    }

    private mutating func readMetadata(_ field: RequestField) throws(PlexError) {
        request.user = try field.optional("user_id")?.string()
        // What else stands there goes back in one piece, since the provider's field is one object.
        let rest = try field.rest(without: ["user_id"])
        if !rest.isEmpty { request.extra["metadata"] = field.value }
    }
}

extension AnthropicRequestReader {
    // How a model is to think stands in two fields, and the form of the answer beside one of them.
    private mutating func readThinking(
        _ thinking: RequestField?,
        _ output: RequestField?
    ) throws(PlexError) {
        let type = try thinking?.required("type")
        var options = ReasoningOptions()
        var isWhole = true
        switch try type?.string() {
        case nil: break
        case "enabled"?: options.budgetTokens = try thinking?.required("budget_tokens").positiveInt()
        case "disabled"?: options.effort = ReasoningOptions.Effort.none
        // The model decides, as without any word of the caller's.
        default: isWhole = false
        }
        if let effort = try output?.optional("effort")?.nonEmptyString() {
            if options == ReasoningOptions() {
                options.effort = ReasoningOptions.Effort(rawValue: effort)
                isWhole = isWhole || type?.value == "adaptive"
            } else {
                request.extra["output_config"] = output?.value
            }
        }
        if let thinking {
            let known = type?.value == "enabled" ? ["type", "budget_tokens"] : ["type"]
            let rest = try thinking.rest(without: known)
            if !isWhole || !rest.isEmpty { request.extra["thinking"] = thinking.value }
        }
        if options != ReasoningOptions() { request.reasoning = options }
        guard let output else { return }
        if let format = try output.optional("format") { request.responseFormat = try Self.format(format) }
        if try !output.rest(without: ["effort", "format"]).isEmpty { request.extra["output_config"] = output.value }
    }

    private static func format(_ field: RequestField) throws(PlexError) -> ResponseFormat {
        let type = try field.required("type")
        guard try type.string() == "json_schema" else { throw type.unsupported("expected json_schema") }
        let schema = try field.required("schema")
        return .jsonSchema(
            // The wire has no name for it; those of other dialects demand one.
            JSONSchemaFormat(
                name: try field.optional("name")?.string() ?? "answer",
                schema: .object(try schema.object())
            )
        )
    }
}
