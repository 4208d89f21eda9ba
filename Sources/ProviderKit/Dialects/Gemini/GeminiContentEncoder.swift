internal import TransportKit

/// Writes messages as the API's contents: instructions apart, turns of the two sides in alternation.
struct GeminiContentEncoder {
    private(set) var system: [JSONValue] = []
    private(set) var warnings: [Warning] = []
    private let needsSignatures: Bool
    private var all: [(role: String, parts: [JSONValue])] = []
    private var toolNames: [String: String] = [:]
    private var hasWarnedOfCacheHint = false

    init(needsSignatures: Bool) {
        self.needsSignatures = needsSignatures
    }

    var turns: [JSONValue] {
        all.map { ["role": .string($0.role), "parts": .array($0.parts)] }
    }

    mutating func encode(_ messages: [Message]) throws(PlexError) {
        for (index, message) in messages.enumerated() {
            let path = ConversationPlace(message: index)
            if message.name != nil { drop("\(path).name", "the Gemini API has no names of speakers") }
            switch message.role {
            case .system, .developer: try encodeInstructions(message, path)
            case .user, .tool: try append(message, as: "user", path)
            case .assistant: try append(message, as: "model", path)
            default:
                throw PlexError(
                    .invalidRequest,
                    "\(path).role: the Gemini API has no role \"\(message.role.rawValue)\"; use user or assistant"
                )
            }
        }
        guard !all.isEmpty else { throw .nothingToAnswer() }
    }

    private mutating func drop(_ field: String, _ why: String) {
        warnings.append(Warning(.dropped, field: field, why))
    }

    private mutating func encodeInstructions(_ message: Message, _ path: ConversationPlace) throws(PlexError) {
        if !all.isEmpty {
            warnings.append(
                Warning(.adjusted, field: "\(path)", "instructions inside the conversation were moved to its beginning")
            )
        }
        for (index, part) in message.content.enumerated() {
            guard case .text(let text) = part.kind else {
                throw PlexError(
                    .unsupported,
                    "\(path).content[\(index)]: instructions to this provider can only be text"
                )
            }
            noteCacheHint(part, path.part(index))
            if !text.isEmpty { system.append(["text": .string(text)]) }
        }
    }

    private mutating func append(_ message: Message, as role: String, _ path: ConversationPlace) throws(PlexError) {
        var parts: [JSONValue] = []
        var isFirstCall = true
        for (index, part) in message.content.enumerated() {
            let path = path.part(index)
            noteCacheHint(part, path)
            var values = try encode(part, path)
            if case .toolCall(let call) = part.kind {
                // The first call of a turn has to have a seal; this word stands for a call that another model made.
                if isFirstCall, needsSignatures, call.signature == nil, case .object(var value)? = values.first {
                    value["thoughtSignature"] = "skip_thought_signature_validator"
                    values[0] = .object(value)
                }
                isFirstCall = false
            }
            parts += values
        }
        guard !parts.isEmpty else { return }
        if all.last?.role == role { all[all.count - 1].parts += parts } else { all.append((role, parts)) }
    }

    private mutating func noteCacheHint(_ part: ContentPart, _ path: ConversationPlace) {
        guard part.cacheHint != nil, !hasWarnedOfCacheHint else { return }
        hasWarnedOfCacheHint = true
        drop("\(path).cacheHint", GeminiRequestEncoder.cacheWords)
    }
}

extension GeminiContentEncoder {
    private mutating func encode(_ part: ContentPart, _ path: ConversationPlace) throws(PlexError) -> [JSONValue] {
        var value: JSONObject
        switch part.kind {
        case .text(let text), .refusal(let text):
            guard !text.isEmpty || part.extra["thoughtSignature"] != nil else { return [] }
            value = ["text": .string(text)]
        case .image(let media), .audio(let media), .file(let media): value = try Self.encode(media, path)
        case .toolCall(let call):
            toolNames[call.id] = call.name
            value = [
                "functionCall": [
                    "id": .string(call.id), "name": .string(call.name),
                    "args": .object(try call.argumentsObject(path: path)),
                ]
            ]
            value["thoughtSignature"] = call.signature.map { .string($0) }
        case .toolResult(let result): return try encode(result, part, path)
        case .reasoning(let reasoning):
            // Thoughts need not go back, but for those under this provider's own seal.
            guard part.extra["thoughtSignature"] != nil else { return [] }
            value = ["text": .string(reasoning.text), "thought": true]
        case .unknown(.object(let object)): value = object
        case .unknown:
            drop("\(path)", "a piece of an unknown kind has no counterpart in the Gemini API")
            return []
        }
        return [.object(value.adding(part.extra))]
    }

    private mutating func encode(
        _ result: ToolResult,
        _ part: ContentPart,
        _ path: ConversationPlace
    ) throws(PlexError) -> [JSONValue] {
        guard let name = result.name ?? toolNames[result.callID] else {
            throw PlexError(
                .invalidRequest,
                "\(path): the Gemini API wants the tool's name, and no message before this one has the call",
                parameter: "\(path)"
            )
        }
        var texts: [String] = []
        var others: [JSONValue] = []
        for (index, inner) in result.content.enumerated() {
            if case .text(let text) = inner.kind {
                texts.append(text)
            } else {
                others += try encode(inner, path.part(index))
            }
        }
        if !others.isEmpty {
            warnings.append(
                Warning(.adjusted, field: "\(path).content", "a tool's result is text here; its other parts follow it")
            )
        }
        let text = JSONValue.string(texts.joined(separator: "\n"))
        let response: JSONObject = [
            "functionResponse": [
                "id": .string(result.callID), "name": .string(name),
                "response": result.isError ? ["error": text] : ["output": text],
            ]
        ]
        return [.object(response.adding(part.extra))] + others
    }

    private static func encode(_ media: Media, _ path: ConversationPlace) throws(PlexError) -> JSONObject {
        let media = media.inlined
        switch media.source {
        case .base64(let data):
            guard let type = media.mediaType ?? Media.imageType(ofBase64: data) else {
                throw PlexError(
                    .invalidRequest,
                    "\(path): a file in Base64 needs its media type, for example image/png",
                    parameter: "\(path)"
                )
            }
            return ["inlineData": ["mimeType": .string(type), "data": .string(data)]]
        case .url(let uri), .providerFile(let uri):
            var file: JSONObject = ["fileUri": .string(uri)]
            // Without its type an image is a file like any other.
            file["mimeType"] = (media.mediaType ?? Media.type(ofURL: uri)).map { .string($0) }
            return ["fileData": .object(file)]
        }
    }
}
