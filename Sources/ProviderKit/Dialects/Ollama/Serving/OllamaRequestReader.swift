internal import TransportKit

/// Reads the body of a caller's `/api/chat` or `/api/generate` request.
struct OllamaRequestReader {
    private var request = ChatRequest(model: "", messages: [], extraDialect: .ollama)
    // This dialect streams unless it is told not to.
    private var isStreaming = true

    static func readChat(_ body: JSONValue) throws(PlexError) -> ServedRequest {
        let root = RequestField(body)
        var reader = OllamaRequestReader()
        reader.request.model = ModelID(try root.required("model").nonEmptyString())
        reader.request.unreadFields = InnerFields.ollama.unread(in: body)
        var messages = OllamaMessageReader()
        reader.request.messages = try messages.read(try root.required("messages"))
        for (name, field) in try root.members() {
            switch name {
            case "messages": break
            case "tools": reader.request.tools = try OllamaMessageReader.tools(field)
            default: try reader.read(name, field)
            }
        }
        var result = reader.result
        result.places = messages.places
        result.places.words = [".arguments": ".function.arguments"]
        return result
    }

    static func readCompletion(_ body: JSONValue) throws(PlexError) -> ServedRequest {
        let root = RequestField(body)
        var reader = OllamaRequestReader()
        reader.request.model = ModelID(try root.required("model").nonEmptyString())
        for name in ["suffix", "template", "context"] {
            guard let field = try root.optional(name), field.value != "", field.value != [] else { continue }
            throw field.unsupported("only Ollama itself knows what to do with it; leave it out, or use /api/chat")
        }
        if let raw = try root.optional("raw"), try raw.bool() {
            throw raw.unsupported("only Ollama itself takes a text without its model's template; leave it out")
        }
        if let system = try root.optional("system")?.string(), !system.isEmpty {
            reader.request.messages.append(.system(system))
        }
        var content: [ContentPart] = []
        if let prompt = try root.optional("prompt")?.string(), !prompt.isEmpty { content.append(.text(prompt)) }
        content += try OllamaMessageReader.images(root)
        // Without a prompt the server only loads the model, which is no question to anybody.
        guard !content.isEmpty else { throw root.missing("prompt") }
        reader.request.messages.append(.user(content))
        for (name, field) in try root.members() {
            switch name {
            case "prompt", "system", "images", "suffix", "template", "context", "raw": break
            default: try reader.read(name, field)
            }
        }
        var result = reader.result
        result.places.conversation = "prompt"
        return result
    }

    private var result: ServedRequest {
        ServedRequest(request: request, isStreaming: isStreaming, wantsUsage: true)
    }

    private mutating func read(_ name: String, _ field: RequestField) throws(PlexError) {
        switch name {
        case "model": break
        case "stream": isStreaming = try field.bool()
        case "format": request.responseFormat = try Self.format(field)
        case "think": request.reasoning = try Self.reasoning(field)
        case "options": try readOptions(field)
        default: request.extra[name] = field.value
        }
    }

    private mutating func readOptions(_ field: RequestField) throws(PlexError) {
        var rest = JSONObject()
        for (name, option) in try field.members() {
            switch name {
            case "temperature": request.sampling.temperature = try option.double()
            case "top_p": request.sampling.topP = try option.double()
            case "top_k": request.sampling.topK = try option.int()
            case "seed": request.sampling.seed = try option.int()
            case "presence_penalty": request.sampling.presencePenalty = try option.double()
            case "frequency_penalty": request.sampling.frequencyPenalty = try option.double()
            case "num_predict":
                // Below zero it means no limit.
                let count = try option.int()
                if count > 0 { request.maximumTokens = count } else { rest[name] = option.value }
            case "stop":
                if let text = option.value.string {
                    request.stopSequences = text.isEmpty ? [] : [text]
                } else {
                    for element in try option.elements() { request.stopSequences.append(try element.nonEmptyString()) }
                }
            default: rest[name] = option.value
            }
        }
        if !rest.isEmpty { request.extra["options"] = .object(rest) }
    }

    private static func format(_ field: RequestField) throws(PlexError) -> ResponseFormat? {
        if let word = field.value.string {
            guard word == "json" || word.isEmpty else { throw field.invalid("expected json or a schema") }
            return word.isEmpty ? nil : .jsonObject
        }
        // The wire has no name for it; those of other dialects demand one.
        return .jsonSchema(JSONSchemaFormat(name: "answer", schema: .object(try field.object())))
    }

    private static func reasoning(_ field: RequestField) throws(PlexError) -> ReasoningOptions? {
        if let isOn = field.value.bool {
            return ReasoningOptions(effort: isOn ? .medium : ReasoningOptions.Effort.none)
        }
        return ReasoningOptions(effort: ReasoningOptions.Effort(rawValue: try field.nonEmptyString()))
    }
}
