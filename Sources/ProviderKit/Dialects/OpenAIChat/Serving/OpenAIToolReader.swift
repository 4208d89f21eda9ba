internal import TransportKit

/// Reads what a caller's request says of tools and of the form of the answer.
enum OpenAIToolReader {
    static func tools(_ field: RequestField) throws(PlexError) -> [ToolDefinition] {
        var tools: [ToolDefinition] = []
        for element in try field.elements() {
            let type = try element.required("type")
            guard try type.string() == "function" else {
                throw type.unsupported("this model's provider can only be given tools of type function")
            }
            var tool = try definition(try element.required("function"))
            tool.cacheHint = try OpenAIPartReader.cacheHint(element)
            tool.extra = try element.rest(without: ["type", "function", "cache_control"])
            tools.append(tool)
        }
        return tools
    }

    /// The list of the form before there were tools.
    static func functions(_ field: RequestField) throws(PlexError) -> [ToolDefinition] {
        var tools: [ToolDefinition] = []
        for element in try field.elements() { tools.append(try definition(element)) }
        return tools
    }

    private static func definition(_ field: RequestField) throws(PlexError) -> ToolDefinition {
        var tool = ToolDefinition(
            name: try field.required("name").nonEmptyString(),
            description: try field.optional("description")?.string(),
            isStrict: try field.optional("strict")?.bool()
        )
        if let parameters = try field.optional("parameters") {
            tool.parameters = .object(try parameters.object())
        }
        return tool
    }

    /// The tools that a choice leaves to the model.
    struct Narrowing {
        var names: [(name: String, field: RequestField)]

        /// Leaves the others out.
        ///
        /// - Parameters:
        ///   - request: The request.
        ///   - fields: Its tools in the caller's words.
        /// - Throws: `PlexError` with code `invalidRequest`, for one that the request has not.
        func apply(to request: inout ChatRequest, _ fields: inout [RequestField]) throws(PlexError) {
            let known = Set(request.tools.map(\.name))
            for (name, field) in names where !known.contains(name) {
                throw field.invalid("is none of the request's tools")
            }
            let allowed = Set(names.map(\.name))
            let kept = request.tools.indices.filter { allowed.contains(request.tools[$0].name) }
            fields = kept.map { fields[$0] }
            request.tools = kept.map { request.tools[$0] }
        }
    }

    static func choice(_ field: RequestField) throws(PlexError) -> (ToolChoice?, Narrowing?) {
        if case .string = field.value { return (try mode(field), nil) }
        let type = try field.required("type")
        switch try type.string() {
        case "function":
            return (.tool(try field.required("function").required("name").nonEmptyString()), nil)
        case "allowed_tools":
            let allowed = try field.required("allowed_tools")
            var names: [(String, RequestField)] = []
            for element in try allowed.required("tools").elements() {
                let name = try element.required("function").required("name")
                names.append((try name.nonEmptyString(), name))
            }
            return (try mode(try allowed.required("mode")), Narrowing(names: names))
        default: throw type.unsupported("only functions can be chosen with this model's provider")
        }
    }

    /// A choice in one word.
    static func mode(_ field: RequestField) throws(PlexError) -> ToolChoice {
        switch try field.string() {
        case "auto": return .auto
        case "none": return ToolChoice.none
        case "required", "any": return .required
        default: throw field.invalid("expected none, auto, required or an object that names a function")
        }
    }

    /// The choice of the form before there were tools.
    static func functionChoice(_ field: RequestField) throws(PlexError) -> ToolChoice {
        if case .string = field.value { return try mode(field) }
        return .tool(try field.required("name").nonEmptyString())
    }

    static func format(_ field: RequestField) throws(PlexError) -> ResponseFormat {
        let type = try field.required("type")
        switch try type.string() {
        case "text": return .text
        case "json_object": return .jsonObject
        case "json_schema":
            let schema = try field.required("json_schema")
            return .jsonSchema(
                JSONSchemaFormat(
                    name: try schema.required("name").nonEmptyString(),
                    description: try schema.optional("description")?.string(),
                    schema: try schema.optional("schema")?.value ?? ["type": "object"],
                    isStrict: try schema.optional("strict")?.bool()
                )
            )
        default: throw type.unsupported("expected text, json_object or json_schema")
        }
    }
}
