internal import TransportKit

/// Reads the body of a caller's request for a response.
struct ResponsesRequestReader {
    private var request = ChatRequest(model: "", messages: [], extraDialect: .openAIResponses)
    private var isStreaming = false
    private var tools: [RequestField] = []
    private var narrowing: OpenAIToolReader.Narrowing?

    /// Reads a request.
    ///
    /// - Throws: `PlexError` with code `invalidRequest` or `unsupported`, naming the field.
    static func read(_ body: JSONValue) throws(PlexError) -> ServedRequest {
        let root = RequestField(body)
        var reader = ResponsesRequestReader()
        reader.request.model = ModelID(try root.required("model").nonEmptyString())
        reader.request.unreadFields = InnerFields.responses.unread(in: body)
        try refuseKeptState(root)
        var items = ResponsesItemReader()
        if let instructions = try root.optional("instructions") {
            items.append(.system(try instructions.string()), instructions, [instructions])
        }
        let words = items.messages.count
        let input = try root.required("input")
        try items.readInput(input)
        guard items.messages.count > words else { throw input.invalid("must not be empty") }
        reader.request.messages = items.messages
        for (name, field) in try root.members() {
            try reader.read(name, field)
        }
        try reader.narrowing?.apply(to: &reader.request, &reader.tools)
        var served = ServedRequest(request: reader.request, isStreaming: reader.isStreaming, wantsUsage: true)
        served.echo = echo(of: body)
        served.places = items.places
        served.places.conversation = "input"
        served.places.setTools(reader.tools)
        served.places.words = [".content": ".output", ".isStrict": ".strict"]
        return served
    }

    // What only a server can do that has kept something: without it the answer would be to something else.
    private static func refuseKeptState(_ root: RequestField) throws(PlexError) {
        for name in ["previous_response_id", "conversation"] {
            guard let field = try root.optional(name) else { continue }
            throw field.unsupported(
                "no answers are kept here for this model; send the whole conversation as input, with store: false"
            )
        }
        if let prompt = try root.optional("prompt") {
            throw prompt.unsupported("this model's provider keeps no prompts; send the text as instructions and input")
        }
        if let background = try root.optional("background"), try background.bool() {
            throw background.unsupported("this model's provider answers at once only; leave it out")
        }
    }

    private mutating func read(_ name: String, _ field: RequestField) throws(PlexError) {
        switch name {
        case "model", "input", "instructions": break
        case "stream": isStreaming = try field.bool()
        case "max_output_tokens": request.maximumTokens = try field.positiveInt()
        case "temperature": request.sampling.temperature = try field.double()
        case "top_p": request.sampling.topP = try field.double()
        case "parallel_tool_calls": request.allowsParallelToolCalls = try field.bool()
        case "tools":
            tools = try field.elements()
            request.tools = try ResponsesToolReader.tools(field)
        case "tool_choice": (request.toolChoice, narrowing) = try ResponsesToolReader.choice(field)
        case "text": try readText(field)
        case "reasoning": try readReasoning(field)
        case "metadata":
            for (name, field) in try field.members() { request.metadata[name] = try field.string() }
        case "user": request.user = try field.string()
        // What is done anyway: nothing is kept, nothing is left out to make room, seals are always given.
        case "store": if try field.bool() { request.extra[name] = field.value }
        case "background": _ = try field.bool()
        case "truncation": if try field.string() != "disabled" { request.extra[name] = field.value }
        case "include": try readInclude(field)
        case "stream_options":
            if try field.optional("include_obfuscation")?.bool() == true { request.extra[name] = field.value }
        default: request.extra[name] = field.value
        }
    }

    private mutating func readInclude(_ field: RequestField) throws(PlexError) {
        let words = try field.elements().map { element throws(PlexError) in try element.string() }
        if words.contains(where: { $0 != "reasoning.encrypted_content" }) { request.extra["include"] = field.value }
    }

    private mutating func readText(_ field: RequestField) throws(PlexError) {
        if let format = try field.optional("format") { request.responseFormat = try Self.format(format) }
        let rest = try field.rest(without: ["format"])
        if !rest.isEmpty { request.extra["text"] = .object(rest) }
    }

    private static func format(_ field: RequestField) throws(PlexError) -> ResponseFormat {
        let type = try field.required("type")
        switch try type.string() {
        case "text": return .text
        case "json_object": return .jsonObject
        case "json_schema":
            return .jsonSchema(
                JSONSchemaFormat(
                    name: try field.required("name").nonEmptyString(),
                    description: try field.optional("description")?.string(),
                    schema: .object(try field.required("schema").object()),
                    isStrict: try field.optional("strict")?.bool()
                )
            )
        default: throw type.unsupported("expected text, json_object or json_schema")
        }
    }

    private mutating func readReasoning(_ field: RequestField) throws(PlexError) {
        if let effort = try field.optional("effort") {
            request.reasoning = ReasoningOptions(effort: ReasoningOptions.Effort(rawValue: try effort.nonEmptyString()))
        }
        let rest = try field.rest(without: ["effort"])
        if !rest.isEmpty { request.extra["reasoning"] = .object(rest) }
    }

    // What an answer repeats of the request, with the value that counts where the caller gives none.
    private static func echo(of body: JSONValue) -> JSONObject {
        func value(_ name: String, _ usual: JSONValue = .null) -> JSONValue {
            body[name].flatMap { $0.isNull ? nil : $0 } ?? usual
        }
        var text: JSONObject = ["format": ["type": "text"]]
        if let given = value("text").object { text = text.adding(given) }
        var reasoning: JSONObject = ["effort": .null, "summary": .null]
        if let given = value("reasoning").object { reasoning = reasoning.adding(given) }
        return [
            "instructions": value("instructions"), "max_output_tokens": value("max_output_tokens"),
            "metadata": value("metadata", [:]), "parallel_tool_calls": value("parallel_tool_calls", true),
            "previous_response_id": .null, "reasoning": .object(reasoning), "store": false,
            "temperature": value("temperature"), "text": .object(text), "tool_choice": value("tool_choice", "auto"),
            "tools": value("tools", []), "top_p": value("top_p"), "truncation": "disabled", "user": value("user"),
        ]
    }
}
