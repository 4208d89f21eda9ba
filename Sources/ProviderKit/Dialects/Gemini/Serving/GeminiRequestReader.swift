internal import TransportKit

/// Reads the body of a caller's `generateContent` request, into which its model was put.
///
/// Names may be written in camel case or with underscores, as this API takes both (ProtoJSON).
struct GeminiRequestReader {
    private var request = ChatRequest(model: "", messages: [], extraDialect: .gemini)
    private var tools: [RequestField] = []
    private var hostedTools: [RequestField] = []
    private var narrowing: OpenAIToolReader.Narrowing?

    /// Reads a request.
    ///
    /// - Throws: `PlexError` with code `invalidRequest` or `unsupported`, naming the field.
    static func read(_ body: JSONValue) throws(PlexError) -> ServedRequest {
        let root = RequestField(body)
        var reader = GeminiRequestReader()
        reader.request.model = ModelID(try root.required("model").nonEmptyString())
        reader.request.unreadFields = InnerFields.gemini.unread(in: body)
        var contents = GeminiContentReader()
        if let system = try root.either("systemInstruction", "system_instruction") {
            let parts = try contents.parts(system)
            guard parts.allSatisfy(\.isText) else { throw system.invalid("instructions can only be text") }
            if !parts.isEmpty {
                reader.request.messages.append(Message(role: .system, content: parts))
                contents.places.add(system, parts: try Self.fields(ofParts: system))
            }
        }
        try contents.read(try root.required("contents"), into: &reader.request.messages)
        for (name, field) in try root.members() {
            try reader.read(name, field)
        }
        try reader.narrowing?.apply(to: &reader.request, &reader.tools)
        var served = ServedRequest(request: reader.request, isStreaming: false, wantsUsage: true)
        served.places = contents.places
        served.places.conversation = "contents"
        served.places.setTools(reader.tools, hosted: reader.hostedTools)
        served.places.words = [
            ".arguments": ".functionCall.args", ".content": ".functionResponse.parts",
            ".isError": ".functionResponse.response.error",
        ]
        return served
    }

    static func fields(ofParts content: RequestField) throws(PlexError) -> [RequestField] {
        try content.value.string == nil ? content.required("parts").parts : [content]
    }

    private mutating func read(_ name: String, _ field: RequestField) throws(PlexError) {
        switch name.inCamelCase {
        case "model", "contents", "systemInstruction": break
        case "tools": try readTools(field)
        case "toolConfig": try readToolConfig(field)
        case "generationConfig": try readConfiguration(field)
        default: request.extra[name] = field.value
        }
    }

    private mutating func readTools(_ field: RequestField) throws(PlexError) {
        var others: [JSONValue] = []
        for element in try field.elements() {
            guard let declarations = try element.either("functionDeclarations", "function_declarations") else {
                // Tools that run at the provider.
                hostedTools.append(element)
                others.append(element.value)
                continue
            }
            // One object may hold functions and tools that run at the provider.
            let rest = try element.rest(without: ["functionDeclarations", "function_declarations"])
            if !rest.isEmpty {
                hostedTools.append(element)
                others.append(.object(rest))
            }
            for declaration in try declarations.elements() {
                request.tools.append(try Self.tool(declaration))
                tools.append(declaration)
            }
        }
        if !others.isEmpty { request.extra["tools"] = .array(others) }
    }

    private static func tool(_ field: RequestField) throws(PlexError) -> ToolDefinition {
        var tool = ToolDefinition(
            name: try field.required("name").nonEmptyString(),
            description: try field.optional("description")?.string()
        )
        if let schema = try field.either("parametersJsonSchema", "parameters_json_schema") {
            tool.parameters = schema.value
        } else if let schema = try field.optional("parameters") {
            tool.parameters = GeminiSchema.standard(.object(try schema.object()))
        }
        tool.extra = try field.rest(
            without: ["name", "description", "parameters", "parametersJsonSchema", "parameters_json_schema"]
        )
        return tool
    }

    private mutating func readToolConfig(_ field: RequestField) throws(PlexError) {
        let calling = try field.either("functionCallingConfig", "function_calling_config")
        if let mode = try calling?.optional("mode") {
            let names = try calling?.either("allowedFunctionNames", "allowed_function_names")?.elements() ?? []
            switch try mode.string() {
            case "AUTO", "MODE_UNSPECIFIED": request.toolChoice = .auto
            case "VALIDATED":
                request.toolChoice = .auto
                try narrow(to: names)
            case "NONE": request.toolChoice = ToolChoice.none
            case "ANY":
                request.toolChoice = .required
                if let only = names.first, names.count == 1 {
                    request.toolChoice = .tool(try only.nonEmptyString())
                } else {
                    try narrow(to: names)
                }
            default: throw mode.invalid("expected AUTO, ANY, NONE or VALIDATED")
            }
        }
        let rest = try field.rest(without: ["functionCallingConfig", "function_calling_config"])
        if !rest.isEmpty { request.extra["toolConfig"] = .object(rest) }
    }

    // Applied when all is read: the tools may stand behind the choice.
    private mutating func narrow(to names: [RequestField]) throws(PlexError) {
        guard !names.isEmpty else { return }
        var allowed: [(String, RequestField)] = []
        for name in names { allowed.append((try name.nonEmptyString(), name)) }
        narrowing = OpenAIToolReader.Narrowing(names: allowed)
    }
}

extension GeminiRequestReader {
    private mutating func readConfiguration(_ field: RequestField) throws(PlexError) {
        var rest = JSONObject()
        var isJSON = false
        var schema: JSONValue?
        for (name, option) in try field.members() {
            switch name.inCamelCase {
            case "temperature": request.sampling.temperature = try option.double()
            case "topP": request.sampling.topP = try option.double()
            case "topK": request.sampling.topK = try option.int()
            case "seed": request.sampling.seed = try option.int()
            case "presencePenalty": request.sampling.presencePenalty = try option.double()
            case "frequencyPenalty": request.sampling.frequencyPenalty = try option.double()
            case "maxOutputTokens": request.maximumTokens = try option.positiveInt()
            case "candidateCount":
                guard try option.positiveInt() == 1 else {
                    throw option.unsupported("this model's provider gives one answer a request; send several requests")
                }
            case "stopSequences":
                for element in try option.elements() { request.stopSequences.append(try element.nonEmptyString()) }
            case "responseMimeType":
                switch try option.string() {
                case "application/json": isJSON = true
                case "text/plain", "": break
                default: rest["responseMimeType"] = option.value
                }
            case "responseJsonSchema": schema = option.value
            case "responseSchema": schema = GeminiSchema.standard(.object(try option.object()))
            case "thinkingConfig": try readThinking(option, &rest)
            default: rest[name] = option.value
            }
        }
        if let schema {
            // The wire has no name for it; those of other dialects demand one.
            request.responseFormat = .jsonSchema(JSONSchemaFormat(name: "answer", schema: schema))
        } else if isJSON {
            request.responseFormat = .jsonObject
        }
        if !rest.isEmpty { request.extra["generationConfig"] = .object(rest) }
    }

    private mutating func readThinking(_ field: RequestField, _ rest: inout JSONObject) throws(PlexError) {
        var options = ReasoningOptions()
        if let level = try field.either("thinkingLevel", "thinking_level") {
            options.effort = ReasoningOptions.Effort(rawValue: try level.nonEmptyString().lowercased())
        } else if let budget = try field.either("thinkingBudget", "thinking_budget"), try budget.int() >= 0 {
            options.budgetTokens = try budget.int()
        }
        if options == ReasoningOptions() {
            // The model decides, as without any word of the caller's; whether it tells its thoughts is for it alone.
            rest["thinkingConfig"] = field.value
        } else {
            request.reasoning = options
        }
    }
}

/// Reads contents.
struct GeminiContentReader {
    // Ids are optional here: a result belongs to the first call of its function that has none yet.
    private var unanswered: [(id: String, name: String)] = []
    private var count = 0
    var places = FieldPlaces()

    mutating func read(_ field: RequestField, into messages: inout [Message]) throws(PlexError) {
        // One content may stand alone, and a text for it.
        if field.value.string != nil || field.value.object != nil {
            messages.append(Message(role: .user, content: try parts(field)))
            places.add(field, parts: try GeminiRequestReader.fields(ofParts: field))
            return
        }
        let elements = try field.elements()
        guard !elements.isEmpty else { throw field.invalid("must have at least one content") }
        for element in elements {
            let role = try element.optional("role")
            let parts = try parts(element)
            let fields = try GeminiRequestReader.fields(ofParts: element)
            switch try role?.string() ?? "user" {
            case "model":
                messages.append(Message(role: .assistant, content: parts))
                places.add(element, parts: fields)
            case "user", "function": try append(parts, element, fields, to: &messages)
            default: throw role?.invalid("is no role; use user or model") ?? element.invalid("has no role")
            }
        }
    }

    private mutating func append(
        _ parts: [ContentPart],
        _ content: RequestField,
        _ fields: [RequestField],
        to messages: inout [Message]
    ) throws(PlexError) {
        let results = parts.indices.filter { parts[$0].isToolResult }
        guard !results.isEmpty else {
            messages.append(.user(parts))
            return places.add(content, parts: fields)
        }
        let others = parts.indices.filter { !parts[$0].isToolResult }
        messages.append(Message(role: .tool, content: results.map { parts[$0] }))
        places.add(content, parts: results.map { fields[$0] })
        for (position, index) in results.enumerated() {
            places.setInner(try Self.fields(ofResult: fields[index], parts[index]), ofPart: position)
        }
        guard !others.isEmpty else { return }
        messages.append(.user(others.map { parts[$0] }))
        places.add(content, parts: others.map { fields[$0] })
    }

    /// Reads the parts of a content.
    mutating func parts(_ content: RequestField) throws(PlexError) -> [ContentPart] {
        if let text = content.value.string { return [.text(text)] }
        let list = try content.required("parts")
        // One part may stand alone.
        if case .object = list.value { return [try part(list)] }
        var parts: [ContentPart] = []
        for element in try list.elements() { parts.append(try part(element)) }
        return parts
    }

    private mutating func part(_ field: RequestField) throws(PlexError) -> ContentPart {
        let signature = try field.either("thoughtSignature", "thought_signature")?.string()
        if let call = try field.either("functionCall", "function_call") { return try self.call(call, signature) }
        if let result = try field.either("functionResponse", "function_response") { return try self.result(result) }
        var extra = JSONObject()
        extra["thoughtSignature"] = signature.map { .string($0) }
        if let text = try field.optional("text") {
            let isThought = try field.optional("thought")?.bool() ?? false
            let words = try text.string()
            return ContentPart(isThought ? .reasoning(Reasoning(words)) : .text(words), extra: extra)
        }
        if let data = try field.either("inlineData", "inline_data") {
            let type = try data.requiredEither("mimeType", "mime_type").nonEmptyString()
            let media = Media(.base64(try data.required("data").nonEmptyString()), mediaType: type)
            return ContentPart(Self.kind(media), extra: extra)
        }
        if let file = try field.either("fileData", "file_data") {
            let uri = try file.requiredEither("fileUri", "file_uri").nonEmptyString()
            let isOwn = uri.contains("generativelanguage.googleapis.com") || uri.hasPrefix("gs://")
            let type = try file.either("mimeType", "mime_type")?.string() ?? Media.type(ofURL: uri)
            return ContentPart(Self.kind(Media(isOwn ? .providerFile(uri) : .url(uri), mediaType: type)), extra: extra)
        }
        return ContentPart(.unknown(field.value))
    }

    private static func kind(_ media: Media) -> ContentPart.Kind {
        if media.mediaType?.hasPrefix("image/") == true { return .image(media) }
        return media.mediaType?.hasPrefix("audio/") == true ? .audio(media) : .file(media)
    }

    private mutating func call(_ field: RequestField, _ signature: String?) throws(PlexError) -> ContentPart {
        let name = try field.required("name").nonEmptyString()
        let id = try field.optional("id")?.string() ?? ""
        let arguments = try field.optional("args")?.object() ?? [:]
        let call = ToolCall(
            id: id.isEmpty ? "call_\(count)" : id,
            name: name,
            arguments: JSONValue.object(arguments).serializedString,
            signature: signature == "skip_thought_signature_validator" ? nil : signature
        )
        count += 1
        unanswered.append((call.id, name))
        return .toolCall(call)
    }

    private mutating func result(_ field: RequestField) throws(PlexError) -> ContentPart {
        let name = try field.required("name").nonEmptyString()
        let id = try field.optional("id")?.string() ?? ""
        let place = unanswered.firstIndex { id.isEmpty ? $0.name == name : $0.id == id }
        guard place != nil || !id.isEmpty else {
            throw field.invalid("no content before this one calls such a function")
        }
        let callID = place.map { unanswered.remove(at: $0).id } ?? id
        let response = try field.required("response").object()
        let (text, isError) = Self.words(of: response)
        var content: [ContentPart] = text.isEmpty ? [] : [.text(text)]
        for element in try field.optional("parts")?.elements() ?? [] { content.append(try part(element)) }
        return .toolResult(ToolResult(callID: callID, name: name, content: content, isError: isError))
    }

    // The words of a result, if there are any, stand apart from its parts.
    private static func fields(ofResult field: RequestField, _ part: ContentPart) throws(PlexError) -> [RequestField] {
        guard case .toolResult(let result) = part.kind,
            let response = try field.either("functionResponse", "function_response")
        else { return [] }
        let parts = try response.optional("parts")?.elements() ?? []
        let hasWords = result.content.count > parts.count
        return (hasWords ? [try response.required("response")] : []) + parts
    }

    // By convention a function's result stands under one of these names.
    private static func words(of response: JSONObject) -> (text: String, isError: Bool) {
        if response.count == 1 {
            for name in ["output", "result", "error"] {
                guard let value = response[name] else { continue }
                return (value.string ?? value.serializedString, name == "error")
            }
        }
        return (JSONValue.object(response).serializedString, false)
    }
}

/// The API's own form of schemas, a part of OpenAPI's.
enum GeminiSchema {
    /// The schema with JSON Schema's words for types, which are in capitals here, and its way to allow `null`.
    static func standard(_ schema: JSONValue) -> JSONValue {
        guard case .object(let object) = schema else { return schema }
        var result = JSONObject()
        for member in object.members {
            switch (member.name, member.value) {
            case ("type", .string(let type)): result["type"] = .string(type.lowercased())
            case ("nullable", _): break
            case ("items", _): result["items"] = standard(member.value)
            case ("anyOf", .array(let schemas)): result["anyOf"] = .array(schemas.map(standard))
            case ("properties", .object(let properties)):
                result["properties"] = .object(
                    JSONObject(properties.members.map { ($0.name, standard($0.value)) })
                )
            default: result[member.name] = member.value
            }
        }
        if object["nullable"]?.bool == true, let type = result["type"] { result["type"] = [type, "null"] }
        return .object(result)
    }
}

extension ContentPart {
    fileprivate var isText: Bool {
        if case .text = kind { true } else { false }
    }
}

extension RequestField {
    /// A member by its name in camel case, or the same with underscores.
    fileprivate func either(_ name: String, _ withUnderscores: String) throws(PlexError) -> RequestField? {
        if let field = try optional(name) { return field }
        return try optional(withUnderscores)
    }

    fileprivate func requiredEither(_ name: String, _ withUnderscores: String) throws(PlexError) -> RequestField {
        guard let field = try either(name, withUnderscores) else { throw missing(name) }
        return field
    }
}

extension String {
    fileprivate var inCamelCase: String {
        guard utf8.contains(UInt8(ascii: "_")) else { return self }
        var text = ""
        var isNext = false
        for character in self {
            if character == "_" {
                isNext = !text.isEmpty
            } else {
                text += isNext ? character.uppercased() : String(character)
                isNext = false
            }
        }
        return text
    }
}
