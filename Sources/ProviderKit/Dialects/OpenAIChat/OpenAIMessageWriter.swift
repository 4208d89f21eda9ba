internal import TransportKit

/// Writes a conversation's messages.
struct OpenAIMessageWriter {
    let flavour: OpenAIFlavour
    private(set) var warnings: [Warning] = []
    private var hasWarnedOfCacheHint = false
    // What results of tools hold beside text: it follows them, since nothing may stand between the results of one turn.
    private var carried: [JSONValue] = []

    init(flavour: OpenAIFlavour) {
        self.flavour = flavour
    }

    mutating func write(_ messages: [Message]) throws(PlexError) -> [JSONValue] {
        var result: [JSONValue] = []
        for (index, message) in messages.enumerated() {
            if message.role == .assistant {
                writeCarried(into: &result)
                result.append(try writeAssistant(message, ConversationPlace(message: index)))
            } else {
                try write(message, ConversationPlace(message: index), into: &result)
            }
        }
        writeCarried(into: &result)
        return result
    }

    private mutating func writeCarried(into result: inout [JSONValue]) {
        guard !carried.isEmpty else { return }
        result.append(["role": "user", "content": .array(carried)])
        carried = []
    }

    private mutating func drop(_ field: String, _ why: String) {
        warnings.append(Warning(.dropped, field: field, why))
    }
}

extension OpenAIMessageWriter {
    // Each result of a tool is a message of its own here, and comes before what else is said.
    private mutating func write(_ message: Message, _ path: ConversationPlace, into result: inout [JSONValue])
        throws(PlexError)
    {
        var content: [JSONValue] = []
        var texts: [String]? = []
        var hasResults = false
        for (index, part) in message.content.enumerated() {
            let path = path.part(index)
            if case .toolResult(let toolResult) = part.kind {
                hasResults = true
                if part.cacheHint != nil, !hasWarnedOfCacheHint {
                    hasWarnedOfCacheHint = true
                    drop("\(path).cacheHint", "a tool's result has no cache mark in this dialect")
                }
                result.append(try writeToolResult(toolResult, part, path))
                continue
            }
            guard let value = try write(part, path) else { continue }
            content.append(value)
            if case .text(let text) = part.kind, isPlain(part) { texts?.append(text) } else { texts = nil }
        }
        if hasResults, content.isEmpty { return }
        writeCarried(into: &result)
        var value: JSONObject = ["role": .string(role(of: message, hasResults: hasResults))]
        value["content"] = join(content, texts)
        value["name"] = message.name.map { .string($0) }
        result.append(.object(value.adding(message.extra)))
    }

    private func role(of message: Message, hasResults: Bool) -> String {
        if message.role == .developer, !flavour.takesDeveloperRole { return Role.system.rawValue }
        return hasResults && message.role == .tool ? Role.user.rawValue : message.role.rawValue
    }

    private func isPlain(_ part: ContentPart) -> Bool {
        part.extra.isEmpty && (part.cacheHint == nil || !flavour.takesCacheControl)
    }

    // One text goes as a string, which every server understands.
    private func join(_ parts: [JSONValue], _ texts: [String]?) -> JSONValue {
        guard let texts, texts.count <= 1 || !flavour.takesTextLists else { return .array(parts) }
        return .string(texts.joined(separator: "\n"))
    }

    private mutating func writeToolResult(_ result: ToolResult, _ part: ContentPart, _ path: ConversationPlace)
        throws(PlexError) -> JSONValue
    {
        var content: [JSONValue] = []
        var texts: [String]? = []
        let carriedBefore = carried.count
        for (index, inner) in result.content.enumerated() {
            guard case .text(let text) = inner.kind else {
                if let value = try write(inner, path.part(index)) { carried.append(value) }
                continue
            }
            guard let value = try write(inner, path) else { continue }
            content.append(value)
            if isPlain(inner) { texts?.append(text) } else { texts = nil }
        }
        if carried.count > carriedBefore {
            let why = "a tool's result is text here; its other parts follow it"
            warnings.append(Warning(.adjusted, field: "\(path).content", why))
        }
        if result.isError {
            drop("\(path).isError", "this dialect has no mark for a failed tool; its words were sent")
        }
        var value: JSONObject = ["role": "tool", "tool_call_id": .string(result.callID)]
        value["content"] = join(content, texts)
        if flavour.takesToolNames { value["name"] = result.name.map { .string($0) } }
        return .object(value.adding(part.extra))
    }

    private mutating func writeAssistant(_ message: Message, _ path: ConversationPlace) throws(PlexError) -> JSONValue {
        var content: [JSONValue] = []
        var texts: [String]? = []
        var refusal: String?
        var calls: [JSONValue] = []
        var thoughts: [(Reasoning, JSONObject)] = []
        for (index, part) in message.content.enumerated() {
            let path = path.part(index)
            switch part.kind {
            case .toolCall(let call): calls.append(value(of: call, part.extra))
            case .reasoning(let reasoning): thoughts.append((reasoning, part.extra))
            case .refusal(let text): refusal = (refusal ?? "") + text
            case .text(let text):
                guard let value = try write(part, path) else { continue }
                content.append(value)
                if isPlain(part) { texts?.append(text) } else { texts = nil }
            case .unknown(let value):
                content.append(value)
                texts = nil
            default: drop("\(path)", "an answer can hold only text and tool calls in this dialect")
            }
        }
        var value: JSONObject = ["role": "assistant"]
        let isSilent = content.isEmpty && (!calls.isEmpty || refusal != nil)
        value["content"] = isSilent ? .null : join(content, texts)
        value["refusal"] = refusal.map { .string($0) }
        value["name"] = message.name.map { .string($0) }
        write(thoughts, into: &value)
        if !calls.isEmpty { value["tool_calls"] = .array(calls) }
        return .object(value.adding(message.extra))
    }

    // Where thoughts do not go back, that is how the dialect is used, not a loss to warn of.
    private func write(_ thoughts: [(reasoning: Reasoning, extra: JSONObject)], into message: inout JSONObject) {
        switch flavour.reasoningReplay {
        case .reasoningContent?:
            // DeepSeek wants the field on every earlier answer of a thinking model, and ignores it otherwise.
            message["reasoning_content"] = .string(thoughts.map(\.reasoning.text).joined())
        case .reasoningDetails? where !thoughts.isEmpty:
            message["reasoning_details"] = .array(
                thoughts.map { OpenAIVocabulary.reasoningDetail($0.reasoning, $0.extra) }
            )
        default: break
        }
    }

    private func value(of call: ToolCall, _ extra: JSONObject) -> JSONValue {
        let arguments = call.arguments.isEmpty ? "{}" : call.arguments
        var value: JSONObject = [
            "id": .string(call.id), "type": "function",
            "function": ["name": .string(call.name), "arguments": .string(arguments)],
        ]
        if flavour.takesCallSignatures, let signature = call.signature {
            value["extra_content"] = ["google": ["thought_signature": .string(signature)]]
        }
        return .object(value.adding(extra))
    }
}

extension OpenAIMessageWriter {
    private mutating func write(_ part: ContentPart, _ path: ConversationPlace) throws(PlexError) -> JSONValue? {
        guard var value = try makeValue(of: part, path) else { return nil }
        if let hint = part.cacheHint {
            if flavour.takesCacheControl {
                var control: JSONObject = ["type": .string(hint.kind)]
                control["ttl"] = hint.timeToLive.map { .string($0) }
                value["cache_control"] = .object(control)
            } else if !hasWarnedOfCacheHint {
                hasWarnedOfCacheHint = true
                drop("\(path).cacheHint", "the provider has no cache marks")
            }
        }
        return .object(value.adding(part.extra))
    }

    private mutating func makeValue(of part: ContentPart, _ path: ConversationPlace) throws(PlexError) -> JSONObject? {
        switch part.kind {
        case .text(let text): return ["type": "text", "text": .string(text)]
        case .image(let media): return try writeImage(media, path)
        case .audio(let media): return try writeAudio(media, path)
        case .file(let media): return try writeFile(media, path)
        case .refusal(let text): return ["type": "refusal", "refusal": .string(text)]
        case .unknown(.object(let value)): return value
        default:
            drop("\(path)", "such a part has no place in a message of this role")
            return nil
        }
    }

    // Without what is shown, the answer would be to something else.
    private static func refusal(of path: ConversationPlace, _ why: String) -> PlexError {
        PlexError(.unsupported, "\(path): \(why)", parameter: "\(path)")
    }

    private func writeImage(_ media: Media, _ path: ConversationPlace) throws(PlexError) -> JSONObject {
        let url: String
        switch media.source {
        case .base64(let data):
            url = "data:\(media.mediaType ?? Media.imageType(ofBase64: data) ?? "image/png");base64,\(data)"
        case .url(let address): url = address
        case .providerFile:
            throw Self.refusal(of: path, "an image can be given by its bytes or URL here, not by a file's name")
        }
        var image: JSONObject = ["url": .string(url)]
        image["detail"] = media.detail.map { .string($0) }
        return ["type": "image_url", "image_url": .object(image)]
    }

    private func writeAudio(_ media: Media, _ path: ConversationPlace) throws(PlexError) -> JSONObject {
        guard case .base64(let data) = media.source else {
            throw Self.refusal(of: path, "a recording can be given only by its bytes here")
        }
        let type = media.mediaType?.split(separator: "/").last.map(String.init) ?? "wav"
        let formats = ["mpeg": "mp3", "x-wav": "wav", "wave": "wav", "vnd.wave": "wav", "x-flac": "flac"]
        let format = formats[type] ?? type
        return ["type": "input_audio", "input_audio": ["data": .string(data), "format": .string(format)]]
    }

    private func writeFile(_ media: Media, _ path: ConversationPlace) throws(PlexError) -> JSONObject {
        var file = JSONObject()
        switch media.source {
        case .providerFile(let id): file["file_id"] = .string(id)
        case .base64(let data):
            file["filename"] = .string(media.filename ?? "file")
            file["file_data"] = .string("data:\(media.mediaType ?? "application/pdf");base64,\(data)")
        case .url(let address):
            guard flavour.takesFileURLs else {
                throw Self.refusal(of: path, "a document can be given by its bytes here, not by a URL")
            }
            file["filename"] = media.filename.map { .string($0) }
            file["file_data"] = .string(address)
        }
        return ["type": "file", "file": .object(file)]
    }
}
