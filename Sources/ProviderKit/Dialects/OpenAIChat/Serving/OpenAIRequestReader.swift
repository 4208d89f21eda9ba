internal import TransportKit

/// Reads the body of a caller's chat completion request.
struct OpenAIRequestReader {
    private var request = ChatRequest(model: "", messages: [], extraDialect: .openAI)
    private var isStreaming = false
    private var wantsUsage = false
    private var usesFunctions = false
    private var hasNewTokensField = false
    private var tools: [RequestField] = []
    private var narrowing: OpenAIToolReader.Narrowing?

    /// Reads a request.
    ///
    /// - Throws: `PlexError` with code `invalidRequest` or `unsupported`, naming the field.
    static func read(_ body: JSONValue) throws(PlexError) -> ServedRequest {
        let root = RequestField(body)
        var reader = OpenAIRequestReader()
        reader.request.model = ModelID(try root.required("model").nonEmptyString())
        reader.request.unreadFields = InnerFields.openAI.unread(in: body)
        var messages = OpenAIMessageReader()
        reader.request.messages = try messages.read(try root.required("messages"))
        for (name, field) in try root.members() {
            try reader.read(name, field)
        }
        try reader.narrowing?.apply(to: &reader.request, &reader.tools)
        var result = ServedRequest(
            request: reader.request,
            isStreaming: reader.isStreaming,
            wantsUsage: reader.wantsUsage
        )
        result.usesFunctions = reader.usesFunctions
        result.places = messages.places
        result.places.setTools(reader.tools)
        result.places.words = [
            ".arguments": ".function.arguments", ".detail": ".image_url.detail", ".filename": ".file.filename",
            ".isStrict": ".function.strict",
        ]
        return result
    }

    private mutating func read(_ name: String, _ field: RequestField) throws(PlexError) {
        switch name {
        case "model", "messages": break
        case "stream": isStreaming = try field.bool()
        case "stream_options": try readStreamOptions(field)
        case "tools":
            tools += try field.elements()
            request.tools += try OpenAIToolReader.tools(field)
        case "functions":
            tools += try field.elements()
            request.tools += try OpenAIToolReader.functions(field)
            usesFunctions = true
            // That form has room for one call.
            request.allowsParallelToolCalls = false
        case "tool_choice": (request.toolChoice, narrowing) = try OpenAIToolReader.choice(field)
        case "function_call": request.toolChoice = try OpenAIToolReader.functionChoice(field)
        case "parallel_tool_calls": request.allowsParallelToolCalls = try field.bool()
        case "response_format": request.responseFormat = try OpenAIToolReader.format(field)
        case "max_completion_tokens":
            request.maximumTokens = try field.positiveInt()
            hasNewTokensField = true
        case "max_tokens":
            let count = try field.positiveInt()
            if !hasNewTokensField { request.maximumTokens = count }
        case "metadata": try readMetadata(field)
        case "user": request.user = try field.string()
        case "reasoning_effort":
            request.reasoning = request.reasoning ?? ReasoningOptions()
            request.reasoning?.effort = ReasoningOptions.Effort(rawValue: try field.nonEmptyString())
        case "reasoning": try readReasoning(field)
        default: try OpenAISamplingReader.read(name, field, into: &request)
        }
    }

    private mutating func readStreamOptions(_ field: RequestField) throws(PlexError) {
        wantsUsage = try field.optional("include_usage")?.bool() ?? false
        let rest = try field.rest(without: ["include_usage"])
        if !rest.isEmpty { request.extra["stream_options"] = .object(rest) }
    }

    private mutating func readMetadata(_ field: RequestField) throws(PlexError) {
        for (name, field) in try field.members() {
            request.metadata[name] = try field.string()
        }
    }

    // Several services of this dialect have an object for it.
    private mutating func readReasoning(_ field: RequestField) throws(PlexError) {
        var options = request.reasoning ?? ReasoningOptions()
        if let effort = try field.optional("effort")?.nonEmptyString() {
            options.effort = ReasoningOptions.Effort(rawValue: effort)
        }
        options.budgetTokens = try field.optional("max_tokens")?.positiveInt()
        if options != ReasoningOptions() { request.reasoning = options }
        let rest = try field.rest(without: ["effort", "max_tokens"])
        if !rest.isEmpty { request.extra["reasoning"] = field.value }
    }
}

/// Reads the settings that chat completions and completions of plain text have in common.
enum OpenAISamplingReader {
    /// Reads a field; one that is not known becomes one of the request's `extra`.
    static func read(_ name: String, _ field: RequestField, into request: inout ChatRequest) throws(PlexError) {
        switch name {
        case "temperature": request.sampling.temperature = try field.double()
        case "top_p": request.sampling.topP = try field.double()
        case "top_k": request.sampling.topK = try field.int()
        case "seed": request.sampling.seed = try field.int()
        case "presence_penalty": request.sampling.presencePenalty = try field.double()
        case "frequency_penalty": request.sampling.frequencyPenalty = try field.double()
        case "stop": request.stopSequences = try stop(field)
        case "n":
            guard try field.positiveInt() == 1 else {
                throw field.unsupported("this model's provider gives one answer a request; send several requests")
            }
        default: request.extra[name] = field.value
        }
    }

    private static func stop(_ field: RequestField) throws(PlexError) -> [String] {
        switch field.value {
        case .string(let text): return text.isEmpty ? [] : [text]
        case .array:
            var texts: [String] = []
            for element in try field.elements() { texts.append(try element.nonEmptyString()) }
            return texts
        default: throw field.invalid("expected a string or an array of strings, found \(field.value.kindDescription)")
        }
    }
}
