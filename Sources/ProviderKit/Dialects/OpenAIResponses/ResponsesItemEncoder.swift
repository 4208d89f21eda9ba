internal import TransportKit

/// Writes a conversation as the items of an `input`.
///
/// Items go without their ids: those name what a server keeps, and nothing is kept.
struct ResponsesItemEncoder {
    private(set) var warnings: [Warning] = []
    private var hasWarnedOfCacheHint = false

    /// - Returns: The instructions at the beginning, if they are one text, and the items.
    mutating func encode(_ messages: [Message]) throws(PlexError) -> (instructions: String?, items: [JSONValue]) {
        var items: [JSONValue] = []
        var instructions: String?
        for (index, message) in messages.enumerated() {
            if index == 0, message.role == .system, message.isPlainText {
                instructions = message.text
                continue
            }
            let path = ConversationPlace(message: index)
            if message.name != nil { drop("\(path).name", "the Responses API has no names of speakers") }
            if message.role == .assistant {
                try encodeAnswer(message, path, into: &items)
            } else {
                try encodeWords(message, path, into: &items)
            }
        }
        return (instructions, items)
    }

    static func message(role: String, text: String) -> JSONValue {
        ["type": "message", "role": .string(role), "content": [["type": "input_text", "text": .string(text)]]]
    }

    private mutating func drop(_ field: String, _ why: String) {
        warnings.append(Warning(.dropped, field: field, why))
    }

    private mutating func noteCacheHint(of part: ContentPart, _ path: ConversationPlace) {
        guard part.cacheHint != nil, !hasWarnedOfCacheHint else { return }
        hasWarnedOfCacheHint = true
        drop("\(path).cacheHint", "the Responses API has no cache marks")
    }
}

extension Message {
    fileprivate var isPlainText: Bool {
        guard extra.isEmpty, name == nil, content.count == 1, let part = content.first else { return false }
        guard case .text = part.kind else { return false }
        return part.extra.isEmpty && part.cacheHint == nil
    }
}

extension ResponsesItemEncoder {
    // What a user, a developer or a tool says: results of tools are items of their own, first.
    private mutating func encodeWords(_ message: Message, _ path: ConversationPlace, into items: inout [JSONValue])
        throws(PlexError)
    {
        var content: [JSONValue] = []
        var hasResults = false
        for (index, part) in message.content.enumerated() {
            let path = path.part(index)
            noteCacheHint(of: part, path)
            switch part.kind {
            case .toolResult(let result):
                hasResults = true
                items.append(try encodeResult(result, part.extra, path))
            case .unknown(let value):
                // An item, where it stands for one; else a part of a kind that is not known here.
                if message.role == .tool { items.append(value) } else { content.append(value) }
                hasResults = hasResults || message.role == .tool
            default:
                if let value = try encodePart(part, path) { content.append(value) }
            }
        }
        if hasResults, content.isEmpty { return }
        let role = message.role == .tool ? Role.user.rawValue : message.role.rawValue
        let item: JSONObject = ["type": "message", "role": .string(role), "content": .array(content)]
        items.append(.object(item.adding(message.extra)))
    }

    private mutating func encodeResult(
        _ result: ToolResult,
        _ extra: JSONObject,
        _ path: ConversationPlace
    ) throws(PlexError) -> JSONValue {
        if result.isError { drop("\(path).isError", "the dialect has no mark for a failed tool; its words were sent") }
        var item: JSONObject = ["type": "function_call_output", "call_id": .string(result.callID)]
        if result.content.count == 1, let only = result.content.first, only.extra.isEmpty,
            case .text(let text) = only.kind
        {
            item["output"] = .string(text)
        } else if result.content.isEmpty {
            item["output"] = ""
        } else {
            var content: [JSONValue] = []
            for (index, part) in result.content.enumerated() {
                if let value = try encodePart(part, path.part(index)) { content.append(value) }
            }
            item["output"] = .array(content)
        }
        return .object(item.adding(extra))
    }

    private mutating func encodePart(_ part: ContentPart, _ path: ConversationPlace) throws(PlexError) -> JSONValue? {
        var value: JSONObject
        switch part.kind {
        case .text(let text): value = ["type": "input_text", "text": .string(text)]
        case .image(let media): value = Self.image(media)
        case .file(let media): value = Self.file(media)
        case .audio:
            throw PlexError(
                .unsupported,
                "\(path): the Responses API takes no recordings; send a transcript instead",
                parameter: "\(path)"
            )
        case .unknown(let own): return own
        default:
            drop("\(path)", "such a part has no place in a message of this role")
            return nil
        }
        for member in part.extra.members { value[member.name] = member.value }
        return .object(value)
    }

    private static func image(_ media: Media) -> JSONObject {
        var image: JSONObject = ["type": "input_image", "detail": .string(media.detail ?? "auto")]
        switch media.source {
        case .base64(let data):
            let type = media.mediaType ?? Media.imageType(ofBase64: data) ?? "image/png"
            image["image_url"] = .string("data:\(type);base64,\(data)")
        case .url(let url): image["image_url"] = .string(url)
        case .providerFile(let id): image["file_id"] = .string(id)
        }
        return image
    }

    private static func file(_ media: Media) -> JSONObject {
        var file: JSONObject = ["type": "input_file"]
        switch media.source {
        case .base64(let data):
            file["filename"] = .string(media.filename ?? "file")
            file["file_data"] = .string("data:\(media.mediaType ?? "application/pdf");base64,\(data)")
        case .url(let url): file["file_url"] = .string(url)
        case .providerFile(let id): file["file_id"] = .string(id)
        }
        if file["file_data"] == nil { file["filename"] = media.filename.map { .string($0) } }
        return file
    }
}

extension ResponsesItemEncoder {
    // What the model said: thoughts, texts and calls are items of their own, in order.
    private mutating func encodeAnswer(_ message: Message, _ path: ConversationPlace, into items: inout [JSONValue])
        throws(PlexError)
    {
        var said: [JSONValue] = []
        var phase: JSONValue?
        func close(_ said: inout [JSONValue], _ items: inout [JSONValue]) {
            guard !said.isEmpty else { return }
            var item: JSONObject = ["type": "message", "role": "assistant", "content": .array(said)]
            item["phase"] = phase
            items.append(.object(item.adding(message.extra)))
            said = []
        }
        for (index, part) in message.content.enumerated() {
            let path = path.part(index)
            noteCacheHint(of: part, path)
            switch part.kind {
            case .text(let text):
                if part.extra["phase"] != phase { close(&said, &items) }
                phase = part.extra["phase"]
                said.append(Self.output(text, part.extra))
            case .refusal(let text): said.append(["type": "refusal", "refusal": .string(text)])
            case .toolCall(let call):
                close(&said, &items)
                items.append(Self.value(of: call, part.extra))
            case .reasoning(let reasoning):
                close(&said, &items)
                if let item = encodeReasoning(reasoning, path) { items.append(item) }
            case .unknown(let value):
                close(&said, &items)
                items.append(value)
            default: drop("\(path)", "an answer can hold only text, thoughts and calls in this dialect")
            }
        }
        close(&said, &items)
    }

    private static func output(_ text: String, _ extra: JSONObject) -> JSONValue {
        var part: JSONObject = ["type": "output_text", "text": .string(text)]
        for member in extra.members where member.name != "phase" { part[member.name] = member.value }
        return .object(part)
    }

    private static func value(of call: ToolCall, _ extra: JSONObject) -> JSONValue {
        let item: JSONObject = [
            "type": "function_call", "call_id": .string(call.id), "name": .string(call.name),
            "arguments": .string(call.arguments.isEmpty ? "{}" : call.arguments),
        ]
        return .object(item.adding(extra))
    }

    private mutating func encodeReasoning(_ reasoning: Reasoning, _ path: ConversationPlace) -> JSONValue? {
        if let data = reasoning.redacted {
            return ["type": "reasoning", "summary": [], "encrypted_content": .string(data)]
        }
        guard let signature = reasoning.signature else {
            // The API looks for items without a seal among those that it keeps, and refuses what it does not find.
            drop("\(path)", "thoughts without a seal are not taken by the Responses API")
            return nil
        }
        return [
            "type": "reasoning", "summary": [["type": "summary_text", "text": .string(reasoning.text)]],
            "encrypted_content": .string(signature),
        ]
    }
}
