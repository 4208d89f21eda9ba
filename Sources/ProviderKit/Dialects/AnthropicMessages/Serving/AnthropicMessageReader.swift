internal import TransportKit

/// Reads the messages of a caller's request.
struct AnthropicMessageReader {
    private(set) var messages: [Message] = []
    private(set) var places = FieldPlaces()

    mutating func readInstructions(_ field: RequestField) throws(PlexError) {
        let content = try AnthropicPartReader.text(field)
        guard !content.isEmpty else { return }
        messages.append(Message(role: .system, content: content))
        places.add(field, parts: field.parts)
    }

    mutating func readMessages(_ field: RequestField) throws(PlexError) {
        let elements = try field.elements()
        guard !elements.isEmpty else { throw field.invalid("must have at least one message") }
        messages.reserveCapacity(messages.count + elements.count)
        for element in elements { try read(element) }
    }

    private mutating func read(_ field: RequestField) throws(PlexError) {
        let role = try field.required("role")
        let content = try field.required("content")
        let extra = try field.rest(without: ["role", "content"])
        switch try role.string() {
        case "user": append(try AnthropicPartReader.read(content), extra, field, content.parts)
        case "assistant":
            messages.append(Message(role: .assistant, content: try AnthropicPartReader.read(content), extra: extra))
            places.add(field, parts: content.parts)
        case "system":
            messages.append(Message(role: .system, content: try AnthropicPartReader.text(content), extra: extra))
            places.add(field, parts: content.parts)
        default: throw role.invalid("is no role; use user, assistant or system")
        }
    }

    // Results of tools are a user's words on this wire; the others have a role for them.
    private mutating func append(
        _ parts: [ContentPart],
        _ extra: JSONObject,
        _ field: RequestField,
        _ fields: [RequestField]
    ) {
        let results = parts.indices.filter { parts[$0].isToolResult }
        guard !results.isEmpty else {
            messages.append(Message(role: .user, content: parts, extra: extra))
            return places.add(field, parts: fields)
        }
        let others = parts.indices.filter { !parts[$0].isToolResult }
        messages.append(Message(role: .tool, content: results.map { parts[$0] }, extra: others.isEmpty ? extra : [:]))
        places.add(field, parts: results.map { fields[$0] })
        guard !others.isEmpty else { return }
        messages.append(Message(role: .user, content: others.map { parts[$0] }, extra: extra))
        places.add(field, parts: others.map { fields[$0] })
    }
}

/// Reads content blocks in a caller's request.
enum AnthropicPartReader {
    /// Reads a content that is text or a list of blocks.
    static func read(_ content: RequestField) throws(PlexError) -> [ContentPart] {
        try OpenAIPartReader.read(content, listOf: "blocks", part)
    }

    /// Reads a content that can only be text.
    static func text(_ content: RequestField) throws(PlexError) -> [ContentPart] {
        if case .array = content.value {
            for element in try content.elements() where try element.required("type").string() != "text" {
                throw element.invalid("instructions can only be blocks of type text")
            }
        }
        return try read(content)
    }

    private static func part(_ field: RequestField) throws(PlexError) -> ContentPart {
        let kind: ContentPart.Kind
        var known = ["type", "cache_control"]
        switch try field.required("type").string() {
        case "text":
            kind = .text(try field.required("text").string())
            known.append("text")
        case "image":
            guard let media = try media(try field.required("source")) else { return ContentPart(.unknown(field.value)) }
            kind = .image(media)
            known.append("source")
        case "document":
            guard var media = try media(try field.required("source")) else { return ContentPart(.unknown(field.value)) }
            media.filename = try field.optional("title")?.string()
            kind = .file(media)
            known += ["source", "title"]
        case "tool_use":
            kind = .toolCall(try call(field))
            known += ["id", "name", "input"]
        case "tool_result":
            kind = .toolResult(try result(field))
            known += ["tool_use_id", "content", "is_error"]
        case "thinking":
            kind = .reasoning(try thinking(field))
            known += ["thinking", "signature"]
        case "redacted_thinking":
            kind = .reasoning(Reasoning("", redacted: try field.required("data").string()))
            known.append("data")
        default: return ContentPart(.unknown(field.value))
        }
        let hint = try OpenAIPartReader.cacheHint(field)
        return ContentPart(kind, cacheHint: hint, extra: try field.rest(without: known))
    }
}

extension AnthropicPartReader {
    private static func thinking(_ field: RequestField) throws(PlexError) -> Reasoning {
        let signature = try field.optional("signature")?.string()
        // Thoughts of providers that seal none are written with an empty one, as the field must be there.
        return Reasoning(
            try field.required("thinking").string(),
            signature: signature.flatMap { $0.isEmpty ? nil : $0 }
        )
    }

    private static func call(_ field: RequestField) throws(PlexError) -> ToolCall {
        let input = try field.required("input")
        return ToolCall(
            id: try field.required("id").nonEmptyString(),
            name: try field.required("name").nonEmptyString(),
            arguments: JSONValue.object(try input.object()).serializedString
        )
    }

    private static func result(_ field: RequestField) throws(PlexError) -> ToolResult {
        ToolResult(
            callID: try field.required("tool_use_id").nonEmptyString(),
            content: try field.optional("content").map { content throws(PlexError) in try read(content) } ?? [],
            isError: try field.optional("is_error")?.bool() ?? false
        )
    }

    // `nil` for sources that only this dialect knows, such as a document of content blocks.
    private static func media(_ source: RequestField) throws(PlexError) -> Media? {
        switch try source.required("type").string() {
        case "base64":
            return Media(
                .base64(try source.required("data").nonEmptyString()),
                mediaType: try source.required("media_type").nonEmptyString()
            )
        case "url": return Media(.url(try source.required("url").nonEmptyString()))
        case "file": return Media(.providerFile(try source.required("file_id").nonEmptyString()))
        case "text":
            var data: [UInt8] = []
            Base64.encode(Array(try source.required("data").string().utf8), into: &data)
            return Media(.base64(String(decoding: data, as: UTF8.self)), mediaType: "text/plain")
        default: return nil
        }
    }
}

extension ContentPart {
    var isToolResult: Bool {
        if case .toolResult = kind { true } else { false }
    }
}
