internal import TransportKit

/// Reads the messages of a caller's request.
struct OpenAIMessageReader {
    // The form before there were tool calls has no ids: a result belongs to the last call of the function.
    private var functionCalls: [String: String] = [:]

    private(set) var places = FieldPlaces()

    mutating func read(_ field: RequestField) throws(PlexError) -> [Message] {
        let elements = try field.elements()
        guard !elements.isEmpty else { throw field.invalid("must have at least one message") }
        var messages: [Message] = []
        messages.reserveCapacity(elements.count)
        for (index, element) in elements.enumerated() {
            messages.append(try read(element, index))
        }
        return messages
    }

    private mutating func read(_ field: RequestField, _ index: Int) throws(PlexError) -> Message {
        let role = try field.required("role")
        switch try role.string() {
        case "system": return try message(.system, field)
        case "developer": return try message(.developer, field)
        case "user": return try message(.user, field)
        case "assistant": return try assistant(field, index)
        case "tool":
            places.add(field, parts: [field])
            return try tool(field)
        case "function":
            places.add(field, parts: [field])
            return try function(field)
        default:
            throw role.invalid("is no role; use system, developer, user, assistant or tool")
        }
    }

    private mutating func message(_ role: Role, _ field: RequestField) throws(PlexError) -> Message {
        let content = try field.required("content")
        places.add(field, parts: content.parts)
        return Message(
            role: role,
            content: try OpenAIPartReader.read(content),
            name: try field.optional("name")?.string(),
            extra: try field.rest(without: ["role", "content", "name"])
        )
    }

    // A result's own fields belong to its part, since other dialects put several results into one message.
    private func tool(_ field: RequestField) throws(PlexError) -> Message {
        let result = ToolResult(
            callID: try field.required("tool_call_id").string(),
            name: try field.optional("name")?.string(),
            content: try OpenAIPartReader.read(try field.required("content"))
        )
        let extra = try field.rest(without: ["role", "content", "name", "tool_call_id"])
        return Message(role: .tool, content: [ContentPart(.toolResult(result), extra: extra)])
    }

    private func function(_ field: RequestField) throws(PlexError) -> Message {
        let name = try field.required("name")
        guard let id = functionCalls[try name.string()] else {
            throw name.invalid("no message before this one calls such a function")
        }
        // A function that gives nothing back has `null` here.
        let content = try field.optional("content").map(OpenAIPartReader.read) ?? []
        let result = ToolResult(callID: id, name: try name.string(), content: content)
        let extra = try field.rest(without: ["role", "content", "name"])
        return Message(role: .tool, content: [ContentPart(.toolResult(result), extra: extra)])
    }
}

extension OpenAIMessageReader {
    private static let knownOfAssistant = [
        "role", "content", "name", "refusal", "tool_calls", "function_call", "reasoning_content", "reasoning",
        "reasoning_details",
    ]

    private mutating func assistant(_ field: RequestField, _ index: Int) throws(PlexError) -> Message {
        var content = Self.reasoning(field.value)
        places.add(field, parts: Array(repeating: field, count: content.count))
        let hasCalls = ["tool_calls", "function_call"].contains { field.value[$0]?.isNull == false }
        if let text = try field.optional("content") {
            let parts = try OpenAIPartReader.read(text)
            // Beside calls or thoughts, an empty text is how some clients write none.
            if parts != [.text("")] || (content.isEmpty && !hasCalls) {
                content += parts
                for part in text.parts { places.addPart(part) }
            }
        }
        if let refusal = try field.optional("refusal"), case let text = try refusal.string(), !text.isEmpty {
            content.append(.refusal(text))
            places.addPart(refusal)
        }
        for call in try field.optional("tool_calls")?.elements() ?? [] {
            content.append(try Self.toolCall(call))
            places.addPart(call)
        }
        if let call = try field.optional("function_call") {
            let name = try call.required("name").nonEmptyString()
            let id = "call_\(index)"
            functionCalls[name] = id
            places.addPart(call)
            content.append(.toolCall(ToolCall(id: id, name: name, arguments: try Self.arguments(call))))
        }
        return Message(
            role: .assistant,
            content: content,
            name: try field.optional("name")?.string(),
            extra: try field.rest(without: Self.knownOfAssistant)
        )
    }

    private static func toolCall(_ field: RequestField) throws(PlexError) -> ContentPart {
        if let type = try field.optional("type"), try type.string() != "function" {
            throw type.unsupported("only calls of functions can be translated for this model's provider")
        }
        let function = try field.required("function")
        var call = ToolCall(
            id: try field.required("id").nonEmptyString(),
            name: try function.required("name").nonEmptyString(),
            arguments: try arguments(function)
        )
        call.signature = OpenAIVocabulary.signature(field.value)
        var extra = try field.rest(without: ["id", "type", "function", "index"])
        if call.signature != nil { extra["extra_content"] = nil }
        return ContentPart(.toolCall(call), extra: extra)
    }

    private static func arguments(_ function: RequestField) throws(PlexError) -> String {
        guard let arguments = try function.optional("arguments") else { return "{}" }
        // Some clients replay the parsed arguments.
        if case .object = arguments.value { return arguments.value.serializedString }
        return try arguments.string()
    }

    // Thoughts are replayed as other servers gave them, in forms that no standard fixes: what cannot be read is no error.
    private static func reasoning(_ message: JSONValue) -> [ContentPart] {
        var parts: [ContentPart] = []
        OpenAIVocabulary.readReasoning(message) { parts.append($0) }
        // A stream's seal comes after the words, which its readers collect in the other field.
        guard let words = message["reasoning_content"]?.string, !words.isEmpty else { return parts }
        let sealed = parts.indices.filter { index in
            if case .reasoning(let piece) = parts[index].kind { piece.redacted == nil } else { false }
        }
        if let only = sealed.first, sealed.count == 1, case .reasoning(var piece) = parts[only].kind,
            piece.text.isEmpty
        {
            piece.text = words
            parts[only].kind = .reasoning(piece)
        } else if sealed.isEmpty {
            parts.insert(.reasoning(Reasoning(words)), at: 0)
        }
        return parts
    }
}
