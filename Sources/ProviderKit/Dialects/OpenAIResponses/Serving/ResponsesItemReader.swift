internal import TransportKit

/// Reads the items of a caller's request into a conversation.
///
/// What the model said comes as an item for each text, thought and call; those that stand together are one message here.
struct ResponsesItemReader {
    private(set) var messages: [Message] = []
    private(set) var places = FieldPlaces()
    // The form of the items that the place in `messages` holds; results of tools carry the name that others need.
    private var names: [String: String] = [:]

    mutating func readInput(_ input: RequestField) throws(PlexError) {
        switch input.value {
        case .string(let text): append(.user(text), input, [input])
        case .array:
            for element in try input.elements() { try read(element) }
        default: throw input.invalid("expected a string or an array of items, found \(input.value.kindDescription)")
        }
    }

    private mutating func read(_ item: RequestField) throws(PlexError) {
        // Only a message may come without its type.
        switch try item.optional("type")?.string() ?? "message" {
        case "message": try readMessage(item)
        case "function_call": try readCall(item)
        case "function_call_output": try readResult(item)
        case "reasoning":
            // Its id names what a server keeps.
            if let part = ResponsesVocabulary.reasoning(try item.object()) { appendAnswer(part, item) }
        default: readOther(item)
        }
    }

    // Results are told by their names; all else of which nothing is known is something that the model did.
    private mutating func readOther(_ item: RequestField) {
        let part = ContentPart(.unknown(item.value))
        if item.value["type"]?.string?.hasSuffix("_output") == true {
            append(Message(role: .tool, content: [part]), item, [item])
        } else {
            appendAnswer(part, item)
        }
    }

    mutating func append(_ message: Message, _ item: RequestField, _ parts: [RequestField]) {
        messages.append(message)
        places.add(item, parts: parts)
    }

    private mutating func appendAnswer(_ part: ContentPart, _ field: RequestField) {
        if messages.last?.role == .assistant {
            messages[messages.count - 1].content.append(part)
            places.addPart(field)
        } else {
            append(Message(role: .assistant, content: [part]), field, [field])
        }
    }

    private mutating func readMessage(_ item: RequestField) throws(PlexError) {
        let role = try item.required("role")
        let content = try item.required("content")
        switch try role.string() {
        case "assistant":
            let phase = try item.optional("phase")?.value
            for (var part, field) in zip(try Self.parts(content), content.parts) {
                if let phase, case .text = part.kind { part.extra["phase"] = phase }
                appendAnswer(part, field)
            }
        case "user", "system", "developer":
            let message = Message(
                role: Role(rawValue: try role.string()),
                content: try Self.parts(content),
                extra: try item.rest(without: ["type", "role", "content", "id", "status"])
            )
            append(message, item, content.parts)
        default: throw role.invalid("is no role; use user, assistant, system or developer")
        }
    }

    private mutating func readCall(_ item: RequestField) throws(PlexError) {
        var call = ToolCall(
            id: try item.required("call_id").nonEmptyString(),
            name: try item.required("name").nonEmptyString(),
            arguments: try item.required("arguments").string()
        )
        call.signature = OpenAIVocabulary.signature(item.value)
        names[call.id] = call.name
        var extra = try item.rest(without: ["type", "id", "call_id", "name", "arguments", "status"])
        if call.signature != nil { extra["extra_content"] = nil }
        appendAnswer(ContentPart(.toolCall(call), extra: extra), item)
    }

    private mutating func readResult(_ item: RequestField) throws(PlexError) {
        let id = try item.required("call_id").nonEmptyString()
        let result = ToolResult(callID: id, name: names[id], content: try Self.parts(try item.required("output")))
        let extra = try item.rest(without: ["type", "id", "call_id", "output", "status", "name"])
        append(Message(role: .tool, content: [ContentPart(.toolResult(result), extra: extra)]), item, [item])
    }
}

extension ResponsesItemReader {
    private static func parts(_ content: RequestField) throws(PlexError) -> [ContentPart] {
        try OpenAIPartReader.read(content, listOf: "parts", part)
    }

    private static func part(_ field: RequestField) throws(PlexError) -> ContentPart {
        switch try field.required("type").string() {
        case "input_text", "text":
            return ContentPart(
                .text(try field.required("text").string()),
                extra: try field.rest(without: ["type", "text"])
            )
        case "output_text":
            var extra = try field.rest(without: ["type", "text"])
            // The client gives back what it was given: lists of nothing say nothing.
            for name in ["annotations", "logprobs"] where extra[name]?.array?.isEmpty == true { extra[name] = nil }
            return ContentPart(.text(try field.required("text").string()), extra: extra)
        case "refusal": return .refusal(try field.required("refusal").string())
        case "input_image":
            return ContentPart(
                .image(try image(field)),
                extra: try field.rest(without: ["type", "detail", "image_url", "file_id"])
            )
        case "input_file":
            return ContentPart(
                .file(try file(field)),
                extra: try field.rest(without: ["type", "file_data", "file_id", "file_url", "filename"])
            )
        default: return ContentPart(.unknown(field.value))
        }
    }

    private static func image(_ field: RequestField) throws(PlexError) -> Media {
        // What counts without a word of the caller's is the same everywhere.
        let detail = try field.optional("detail")?.string().nilIfAuto
        if let id = try field.optional("file_id") {
            return Media(.providerFile(try id.nonEmptyString()), detail: detail)
        }
        let url = try field.required("image_url")
        return try OpenAIPartReader.media(url, url: try url.nonEmptyString(), detail: detail)
    }

    private static func file(_ field: RequestField) throws(PlexError) -> Media {
        let name = try field.optional("filename")?.string()
        var media: Media
        if let id = try field.optional("file_id") {
            media = Media(.providerFile(try id.nonEmptyString()))
        } else if let url = try field.optional("file_url") {
            media = Media(.url(try url.nonEmptyString()))
        } else {
            guard let data = try field.optional("file_data") else {
                throw field.invalid("must have file_data, file_url or file_id")
            }
            let text = try data.nonEmptyString()
            media =
                text.hasPrefix("data:")
                ? try OpenAIPartReader.media(data, url: text, detail: nil) : Media(.base64(text))
        }
        media.filename = name
        return media
    }
}

extension String {
    fileprivate var nilIfAuto: String? { self == "auto" ? nil : self }
}
