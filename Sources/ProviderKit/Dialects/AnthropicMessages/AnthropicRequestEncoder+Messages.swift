internal import TransportKit

extension AnthropicRequestEncoder {
    /// A conversation as the API wants it: instructions apart, turns of the two sides in alternation.
    struct Conversation {
        var system: JSONValue?
        var messages: [JSONValue]
    }

    private struct Turn {
        var role: String
        var blocks: [JSONObject]
    }

    mutating func encodeConversation() throws(PlexError) -> Conversation {
        var system: [JSONObject] = []
        var turns: [Turn] = []
        for (index, message) in request.messages.enumerated() {
            let path = ConversationPlace(message: index)
            if message.name != nil {
                warn(.dropped, "\(path).name", "the Messages API has no names of speakers")
            }
            for name in message.extra.names {
                warn(.dropped, "\(path).\(name)", "messages of the Messages API have no such field")
            }
            if message.role == .system || message.role == .developer {
                if !turns.isEmpty {
                    warn(.adjusted, "\(path)", "instructions inside the conversation were moved to its beginning")
                }
                system += try encodeInstructions(message, path: path)
                continue
            }
            let role = try Self.side(of: message.role, path: path)
            let blocks = try encodeParts(message.content, path: path)
            guard !blocks.isEmpty else { continue }
            if turns.last?.role == role {
                turns[turns.count - 1].blocks += blocks
            } else {
                turns.append(Turn(role: role, blocks: blocks))
            }
        }
        guard !turns.isEmpty else { throw .nothingToAnswer() }
        return Conversation(system: Self.encodeSystem(system), messages: turns.map(Self.encodeTurn))
    }

    private static func side(of role: Role, path: ConversationPlace) throws(PlexError) -> String {
        switch role {
        case .user, .tool: return "user"
        case .assistant: return "assistant"
        default:
            throw PlexError(
                .invalidRequest,
                "\(path).role: the Messages API has no role \"\(role.rawValue)\"; use user or assistant"
            )
        }
    }

    private static func encodeTurn(_ turn: Turn) -> JSONValue {
        if let only = turn.blocks.first, turn.blocks.count == 1, isPlainText(only), let text = only["text"] {
            return ["role": .string(turn.role), "content": text]
        }
        // Results of tools have to stand before anything else that the user says in the turn.
        var results: [JSONValue] = []
        var others: [JSONValue] = []
        for block in turn.blocks {
            let isResult = block["type"]?.string == "tool_result"
            if isResult { results.append(.object(block)) } else { others.append(.object(block)) }
        }
        return ["role": .string(turn.role), "content": .array(results + others)]
    }

    private static func encodeSystem(_ blocks: [JSONObject]) -> JSONValue? {
        guard !blocks.isEmpty else { return nil }
        guard blocks.allSatisfy(isPlainText) else { return .array(blocks.map { .object($0) }) }
        return .string(blocks.compactMap { $0["text"]?.string }.joined(separator: "\n\n"))
    }

    private static func isPlainText(_ block: JSONObject) -> Bool {
        block.count == 2 && block["type"] == "text"
    }

    private mutating func encodeInstructions(_ message: Message, path: ConversationPlace) throws(PlexError)
        -> [JSONObject]
    {
        var blocks: [JSONObject] = []
        for (index, part) in message.content.enumerated() {
            guard case .text(let text) = part.kind else {
                throw PlexError(
                    .unsupported,
                    "\(path).content[\(index)]: instructions to this provider can only be text"
                )
            }
            guard !text.isEmpty else { continue }
            blocks.append(finish(["type": "text", "text": .string(text)], of: part, path: path.part(index)))
        }
        return blocks
    }

    private mutating func encodeParts(_ parts: [ContentPart], path: ConversationPlace) throws(PlexError) -> [JSONObject]
    {
        var blocks: [JSONObject] = []
        for (index, part) in parts.enumerated() {
            let path = path.part(index)
            guard let block = try encodePart(part, path: path) else { continue }
            blocks.append(finish(block, of: part, path: path))
        }
        return blocks
    }

    // Fields of other dialects would make the API refuse the whole request, so only its own go along.
    private static let knownFields: Set<String> = [
        "citations", "title", "context", "caller", "toolset_name", "cache_control",
    ]

    private mutating func finish(_ block: JSONObject, of part: ContentPart, path: ConversationPlace) -> JSONObject {
        var block = block
        if let hint = part.cacheHint, block["type"] != "thinking", block["type"] != "redacted_thinking" {
            block["cache_control"] = Self.encodeCacheHint(hint)
        }
        for member in part.extra.members {
            if Self.knownFields.contains(member.name) {
                block[member.name] = member.value
            } else {
                warn(.dropped, "\(path).\(member.name)", "the Messages API has no such field")
            }
        }
        return block
    }

    private mutating func encodePart(_ part: ContentPart, path: ConversationPlace) throws(PlexError) -> JSONObject? {
        switch part.kind {
        case .text(let text), .refusal(let text):
            // The API refuses empty text.
            return text.isEmpty ? nil : ["type": "text", "text": .string(text)]
        case .image(let media):
            return ["type": "image", "source": try AnthropicMedia.imageSource(media, path: path)]
        case .file(let media):
            return try AnthropicMedia.document(media, path: path)
        case .audio:
            throw PlexError(.unsupported, "\(path): the Messages API takes no recordings; send a transcript instead")
        case .toolCall(let call):
            return try encodeToolCall(call, path: path)
        case .toolResult(let result):
            return try encodeToolResult(result, path: path)
        case .reasoning(let reasoning):
            return encodeReasoning(reasoning, path: path)
        case .unknown(let value):
            guard let object = value.object, object["type"]?.string != nil else {
                warn(.dropped, "\(path)", "a piece of an unknown kind has no counterpart in the Messages API")
                return nil
            }
            return object
        }
    }

    private func encodeToolCall(_ call: ToolCall, path: ConversationPlace) throws(PlexError) -> JSONObject {
        let input = try call.argumentsObject(path: path)
        return [
            "type": "tool_use", "id": .string(Self.callID(call.id)), "name": .string(call.name),
            "input": .object(input),
        ]
    }

    private mutating func encodeToolResult(_ result: ToolResult, path: ConversationPlace) throws(PlexError)
        -> JSONObject
    {
        var block: JSONObject = ["type": "tool_result", "tool_use_id": .string(Self.callID(result.callID))]
        let content = try encodeParts(result.content, path: path)
        if content.count == 1, let only = content.first, Self.isPlainText(only) {
            block["content"] = only["text"]
        } else if !content.isEmpty {
            block["content"] = .array(content.map { .object($0) })
        }
        if result.isError {
            block["is_error"] = true
        }
        return block
    }

    private mutating func encodeReasoning(_ reasoning: Reasoning, path: ConversationPlace) -> JSONObject? {
        if let data = reasoning.redacted {
            return ["type": "redacted_thinking", "data": .string(data)]
        }
        // Other servers of this dialect take their models' thoughts back without one.
        guard let signature = reasoning.signature ?? (traits.isClaude ? nil : "") else {
            // The API refuses thoughts without its own seal, for example those of another provider's model.
            warn(.dropped, "\(path)", "thoughts without a signature are not taken by the Messages API")
            return nil
        }
        return ["type": "thinking", "thinking": .string(reasoning.text), "signature": .string(signature)]
    }

    // Other providers make ids with characters that the API refuses; call and result are changed in the same way.
    private static func callID(_ id: String) -> String {
        func isTaken(_ scalar: Unicode.Scalar) -> Bool {
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9", "_", "-": true
            default: false
            }
        }
        guard !id.unicodeScalars.allSatisfy(isTaken) else { return id }
        return String(String.UnicodeScalarView(id.unicodeScalars.map { isTaken($0) ? $0 : "_" }))
    }
}
