internal import TransportKit

/// Reads what a caller's request says of tools.
enum AnthropicToolReader {
    static func tools(_ field: RequestField) throws(PlexError) -> [ToolDefinition] {
        var tools: [ToolDefinition] = []
        for element in try field.elements() { tools.append(try tool(element)) }
        return tools
    }

    private static func tool(_ field: RequestField) throws(PlexError) -> ToolDefinition {
        var known = ["name", "cache_control"]
        let type = try field.optional("type")?.string() ?? "custom"
        var tool = ToolDefinition(name: "", cacheHint: try OpenAIPartReader.cacheHint(field))
        if type == "custom" {
            tool.name = try field.required("name").nonEmptyString()
            tool.description = try field.optional("description")?.string()
            tool.parameters = .object(try field.required("input_schema").object())
            tool.isStrict = try field.optional("strict")?.bool()
            known += ["type", "description", "input_schema", "strict"]
        } else {
            // It runs at the provider, and only there.
            tool.name = try field.optional("name")?.string() ?? type
        }
        tool.extra = try field.rest(without: known)
        return tool
    }

    static func choice(_ field: RequestField) throws(PlexError) -> (ToolChoice?, allowsParallel: Bool?) {
        let type = try field.required("type")
        let allowsParallel = try field.optional("disable_parallel_tool_use")?.bool()
        switch try type.string() {
        case "auto": return (.auto, allowsParallel.map { !$0 })
        case "any": return (.required, allowsParallel.map { !$0 })
        case "tool": return (.tool(try field.required("name").nonEmptyString()), allowsParallel.map { !$0 })
        case "none": return (ToolChoice.none, nil)
        default: throw type.invalid("expected auto, any, tool or none")
        }
    }
}
