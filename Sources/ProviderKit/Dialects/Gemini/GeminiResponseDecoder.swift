internal import TransportKit

/// Reads a whole answer of `generateContent`.
struct GeminiResponseDecoder {
    let provider: ProviderID
    let model: ModelID
    let makeCallID: @Sendable () -> String

    func decode(_ body: JSONValue) throws(PlexError) -> ChatResponse {
        let answer = try GeminiAnswer(body)
        guard answer.hasCandidate else {
            throw PlexError(
                .malformedResponse,
                "the answer has no candidates; is the endpoint the Gemini API?",
                provider: provider,
                model: model
            )
        }
        let content = answer.parts.map { GeminiPart($0).contentPart(makeCallID) }
        return ChatResponse(
            id: answer.id,
            provider: provider,
            model: answer.model ?? model,
            message: Message(role: .assistant, content: content),
            finishReason: answer.finishReason(hasToolCalls: content.contains(where: \.isToolCall)),
            rawFinishReason: answer.rawFinishReason,
            usage: answer.usage,
            extra: answer.extra
        )
    }
}

/// One object of an answer: the whole of it, or one event of its stream.
struct GeminiAnswer {
    private let object: JSONObject
    private let candidate: JSONObject?

    /// Reads an object.
    ///
    /// - Throws: `PlexError`, if the prompt was blocked: there is no answer then.
    init(_ body: JSONValue) throws(PlexError) {
        object = body.object ?? [:]
        candidate = object["candidates"]?.array?.first?.object
        if candidate == nil, let reason = object["promptFeedback"]?["blockReason"]?.string {
            throw PlexError(
                .contentFiltered,
                "the provider's filter blocked the prompt (\(reason.asFieldName)); change what is asked"
            )
        }
    }

    var hasCandidate: Bool { candidate != nil }
    var id: String? { object["responseId"]?.string }
    var model: ModelID? { object["modelVersion"]?.string.map { ModelID($0) } }
    var parts: [JSONValue] { candidate?["content"]?["parts"]?.array ?? [] }
    var rawFinishReason: String? {
        candidate?["finishReason"]?.string.flatMap { $0 == "FINISH_REASON_UNSPECIFIED" ? nil : $0 }
    }

    /// The common word for the end: the wire says `STOP` also when the model waits for its tools.
    func finishReason(hasToolCalls: Bool) -> FinishReason? {
        switch rawFinishReason {
        case "STOP"?: hasToolCalls ? .toolCalls : .stop
        case "MAX_TOKENS"?: .length
        case "SAFETY"?, "RECITATION"?, "BLOCKLIST"?, "PROHIBITED_CONTENT"?, "SPII"?, "IMAGE_SAFETY"?: .contentFilter
        default: nil
        }
    }

    /// The tokens used: thoughts are counted beside the answer here.
    var usage: Usage? {
        guard let counts = object["usageMetadata"]?.object else { return nil }
        let prompt = counts["promptTokenCount"]?.int
        let answer = counts["candidatesTokenCount"]?.int
        guard prompt != nil || answer != nil else { return nil }
        let thoughts = counts["thoughtsTokenCount"]?.int
        return Usage(
            inputTokens: max(0, (prompt ?? 0).addingClamped(counts["toolUsePromptTokenCount"]?.int ?? 0)),
            outputTokens: max(0, (answer ?? 0).addingClamped(thoughts ?? 0)),
            cachedReadTokens: counts["cachedContentTokenCount"]?.int,
            reasoningTokens: thoughts
        )
    }

    /// What else the answer says, for example of its safety and its sources.
    var extra: JSONObject {
        var extra = JSONObject()
        for member in candidate?.members ?? []
        where !["content", "finishReason", "index", "tokenCount"].contains(member.name) && !member.value.isNull {
            extra[member.name] = member.value
        }
        if let feedback = object["promptFeedback"], !feedback.isNull { extra["promptFeedback"] = feedback }
        return extra
    }
}

/// A part of a content.
struct GeminiPart {
    private let value: JSONValue

    init(_ value: JSONValue) {
        self.value = value
    }

    var signature: String? { value["thoughtSignature"]?.string }
    var isThought: Bool { value["thought"]?.bool ?? false }
    var text: String? { value["text"]?.string }

    /// The call, if it is one.
    func call(_ makeID: () -> String) -> ToolCall? {
        guard let call = value["functionCall"] else { return nil }
        return ToolCall(
            id: call["id"]?.string.flatMap { $0.isEmpty ? nil : $0 } ?? makeID(),
            name: call["name"]?.string ?? "",
            arguments: call["args"]?.serializedString ?? "{}",
            signature: signature
        )
    }

    /// The part in common words.
    func contentPart(_ makeID: () -> String) -> ContentPart {
        if let call = call(makeID) { return .toolCall(call) }
        // The seal stays with the part that it came on, under the wire's own name.
        var extra = JSONObject()
        extra["thoughtSignature"] = signature.map { .string($0) }
        if let text { return ContentPart(isThought ? .reasoning(Reasoning(text)) : .text(text), extra: extra) }
        if let media { return ContentPart(media, extra: extra) }
        return ContentPart(.unknown(value))
    }

    private var media: ContentPart.Kind? {
        guard let data = value["inlineData"], let bytes = data["data"]?.string else { return nil }
        let type = data["mimeType"]?.string
        let media = Media(.base64(bytes), mediaType: type)
        if type?.hasPrefix("image/") == true { return .image(media) }
        return type?.hasPrefix("audio/") == true ? .audio(media) : .file(media)
    }
}
