internal import TransportKit

/// Reads the messages of a caller's request.
struct OllamaMessageReader {
    // Calls need no ids on this wire: a result belongs to the first call of its tool that has none yet.
    private var unanswered: [(id: String, name: String)] = []

    private(set) var places = FieldPlaces()

    mutating func read(_ field: RequestField) throws(PlexError) -> [Message] {
        let elements = try field.elements()
        guard !elements.isEmpty else { throw field.invalid("must have at least one message") }
        var messages: [Message] = []
        messages.reserveCapacity(elements.count)
        for (index, element) in elements.enumerated() { messages.append(try read(element, index)) }
        return messages
    }

    private static let known = [
        "role", "content", "thinking", "images", "tool_calls", "tool_name", "tool_call_id",
    ]

    private mutating func read(_ field: RequestField, _ index: Int) throws(PlexError) -> Message {
        let role = try field.required("role")
        let extra = try field.rest(without: Self.known)
        switch try role.string() {
        case "system", "user":
            places.add(field, parts: try Self.fields(ofContent: field))
            return Message(role: Role(rawValue: try role.string()), content: try Self.content(field), extra: extra)
        case "assistant":
            places.add(field, parts: [])
            return Message(role: .assistant, content: try answer(field, index), extra: extra)
        case "tool":
            places.add(field, parts: [field])
            return Message(role: .tool, content: [try result(field)], extra: extra)
        default: throw role.invalid("is no role; use system, user, assistant or tool")
        }
    }

    // An empty text is how this wire writes none.
    private static func content(_ field: RequestField) throws(PlexError) -> [ContentPart] {
        var parts: [ContentPart] = []
        if let text = try field.optional("content")?.string(), !text.isEmpty { parts.append(.text(text)) }
        parts += try images(field)
        return parts.isEmpty ? [.text("")] : parts
    }

    private static func fields(ofContent field: RequestField) throws(PlexError) -> [RequestField] {
        let text = try field.optional("content")
        let hasText = text?.value.string?.isEmpty == false
        return (hasText ? text.map { [$0] } ?? [] : []) + (try field.optional("images")?.elements() ?? [])
    }

    private mutating func answer(_ field: RequestField, _ index: Int) throws(PlexError) -> [ContentPart] {
        var parts: [ContentPart] = []
        if let thoughts = try field.optional("thinking")?.string(), !thoughts.isEmpty {
            parts.append(.reasoning(Reasoning(thoughts)))
            places.addPart(field)
        }
        if let text = try field.optional("content")?.string(), !text.isEmpty { parts.append(.text(text)) }
        parts += try Self.images(field)
        for part in try Self.fields(ofContent: field) { places.addPart(part) }
        for (position, call) in try field.optional("tool_calls")?.elements().enumerated().map({ $0 }) ?? [] {
            let function = try call.required("function")
            let name = try function.required("name").nonEmptyString()
            let id = try call.optional("id")?.string() ?? ""
            let tool = ToolCall(
                id: id.isEmpty ? "call_\(index)_\(position)" : id,
                name: name,
                arguments: try Self.arguments(function)
            )
            unanswered.append((tool.id, name))
            parts.append(.toolCall(tool))
            places.addPart(call)
        }
        return parts.isEmpty ? [.text("")] : parts
    }

    private static func arguments(_ function: RequestField) throws(PlexError) -> String {
        guard let arguments = try function.optional("arguments") else { return "{}" }
        if let text = arguments.value.string { return text }
        return JSONValue.object(try arguments.object()).serializedString
    }

    private mutating func result(_ field: RequestField) throws(PlexError) -> ContentPart {
        let name = try field.optional("tool_name")?.string()
        let id = try field.optional("tool_call_id")?.string()
        let place = unanswered.firstIndex { call in
            if let id, !id.isEmpty { call.id == id } else { name == nil || call.name == name }
        }
        guard let place else {
            guard let id, !id.isEmpty else {
                throw field.invalid("no message before this one calls such a tool")
            }
            return .toolResult(ToolResult(callID: id, name: name, content: try Self.content(field)))
        }
        let call = unanswered.remove(at: place)
        return .toolResult(ToolResult(callID: call.id, name: call.name, content: try Self.content(field)))
    }

    static func images(_ field: RequestField) throws(PlexError) -> [ContentPart] {
        var parts: [ContentPart] = []
        for image in try field.optional("images")?.elements() ?? [] {
            let data = try image.nonEmptyString()
            parts.append(.image(Media(.base64(data), mediaType: Media.imageType(ofBase64: data))))
        }
        return parts
    }

    static func tools(_ field: RequestField) throws(PlexError) -> [ToolDefinition] {
        var tools: [ToolDefinition] = []
        for element in try field.elements() {
            if let type = try element.optional("type"), try type.string() != "function" {
                throw type.unsupported("there are only tools of type function")
            }
            let function = try element.required("function")
            var tool = ToolDefinition(
                name: try function.required("name").nonEmptyString(),
                description: try function.optional("description")?.string()
            )
            if let parameters = try function.optional("parameters") {
                tool.parameters = .object(try parameters.object())
            }
            tools.append(tool)
        }
        return tools
    }
}
