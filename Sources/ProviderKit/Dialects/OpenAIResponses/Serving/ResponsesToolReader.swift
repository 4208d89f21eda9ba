internal import TransportKit

/// Reads what a caller's request says of tools.
enum ResponsesToolReader {
    static func tools(_ field: RequestField) throws(PlexError) -> [ToolDefinition] {
        var tools: [ToolDefinition] = []
        for element in try field.elements() { tools.append(try tool(element)) }
        return tools
    }

    private static func tool(_ field: RequestField) throws(PlexError) -> ToolDefinition {
        let type = try field.required("type").nonEmptyString()
        guard type == "function" else {
            // It runs at the provider, or its calls have a form of their own.
            let name = try field.optional("name")?.string() ?? type
            return ToolDefinition(name: name, extra: try field.object())
        }
        var tool = ToolDefinition(
            name: try field.required("name").nonEmptyString(),
            description: try field.optional("description")?.string(),
            isStrict: try field.optional("strict")?.bool()
        )
        if let parameters = try field.optional("parameters") { tool.parameters = .object(try parameters.object()) }
        tool.extra = try field.rest(without: ["type", "name", "description", "strict", "parameters"])
        return tool
    }

    static func choice(_ field: RequestField) throws(PlexError) -> (ToolChoice?, OpenAIToolReader.Narrowing?) {
        if case .string = field.value { return (try OpenAIToolReader.mode(field), nil) }
        let type = try field.required("type")
        switch try type.string() {
        case "function": return (.tool(try field.required("name").nonEmptyString()), nil)
        case "allowed_tools":
            var names: [(String, RequestField)] = []
            for element in try field.required("tools").elements() {
                let kind = try element.required("type")
                let name = try element.optional("name") ?? kind
                names.append((try name.nonEmptyString(), name))
            }
            return (try OpenAIToolReader.mode(try field.required("mode")), OpenAIToolReader.Narrowing(names: names))
        default: throw type.unsupported("only functions can be chosen with this model's provider")
        }
    }
}
