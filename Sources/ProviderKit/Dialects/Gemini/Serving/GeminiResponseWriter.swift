internal import TransportKit

/// Writes a whole answer for a caller.
struct GeminiResponseWriter {
    let context: AnswerContext

    func write(_ response: ChatResponse) -> JSONValue {
        var warnings = response.warnings
        let parts = response.message.content.enumerated().compactMap { index, part in
            Self.part(part, path: "parts[\(index)]", warnings: &warnings)
        }
        return end(of: response, parts, id: response.id, warnings: warnings)
    }

    /// Writes the end of an answer, and what stands in it.
    func end(of response: ChatResponse, _ parts: [JSONValue], id: String?, warnings: [Warning]) -> JSONValue {
        var candidate: JSONObject = [
            "content": ["role": "model", "parts": .array(parts)], "index": 0,
        ]
        // Never made up.
        candidate["finishReason"] = response.finishReason.map { .string(Self.word(for: $0, response.rawFinishReason)) }
        for name in ["safetyRatings", "citationMetadata", "groundingMetadata"] {
            candidate[name] = response.extra[name]
        }
        var body: JSONObject = ["candidates": [.object(candidate)]]
        body["usageMetadata"] = response.usage.map(Self.usage)
        body["modelVersion"] = .string(context.model.rawValue)
        body["responseId"] = .string(id.flatMap { $0.isEmpty ? nil : $0 } ?? context.id)
        body["warnings"] = GeminiWarnings.value(warnings)
        return .object(body)
    }

    private static func word(for reason: FinishReason, _ raw: String?) -> String {
        switch reason {
        case .stop, .toolCalls, .pause: "STOP"
        case .length: "MAX_TOKENS"
        case .contentFilter, .refusal: raw.flatMap { blocks.contains($0) ? $0 : nil } ?? "SAFETY"
        default: "OTHER"
        }
    }

    private static let blocks: Set<String> = ["RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "IMAGE_SAFETY"]

    // Thoughts are counted beside the answer here.
    private static func usage(_ usage: Usage) -> JSONValue {
        let thoughts = usage.reasoningTokens ?? 0
        var counts: JSONObject = [
            "promptTokenCount": .number(JSONNumber(usage.inputTokens)),
            "candidatesTokenCount": .number(JSONNumber(max(0, usage.outputTokens - thoughts))),
            "totalTokenCount": .number(JSONNumber(usage.totalTokens)),
        ]
        counts["thoughtsTokenCount"] = usage.reasoningTokens.map { .number(JSONNumber($0)) }
        counts["cachedContentTokenCount"] = usage.cachedReadTokens.map { .number(JSONNumber($0)) }
        return .object(counts)
    }

    /// Writes a part, or notes why there is none for it.
    static func part(_ part: ContentPart, path: String, warnings: inout [Warning]) -> JSONValue? {
        var value: JSONObject
        switch part.kind {
        case .text(let text), .refusal(let text): value = ["text": .string(text)]
        case .reasoning(let reasoning):
            guard reasoning.redacted == nil else {
                warnings.append(sealWarning(path))
                return nil
            }
            if reasoning.signature != nil { warnings.append(sealWarning(path)) }
            value = ["text": .string(reasoning.text), "thought": true]
        case .toolCall(let call): value = self.call(call, path: path, warnings: &warnings)
        case .image(let media), .audio(let media), .file(let media):
            guard case .base64(let data) = media.inlined.source, let type = media.inlined.mediaType else { fallthrough }
            value = ["inlineData": ["mimeType": .string(type), "data": .string(data)]]
        default:
            warnings.append(Warning(.dropped, field: path, "an answer of this dialect has no place for such a part"))
            return nil
        }
        if let signature = part.extra["thoughtSignature"] { value["thoughtSignature"] = signature }
        return .object(value)
    }

    /// Writes a call; its arguments have to be an object on this wire.
    static func call(_ call: ToolCall, path: String, warnings: inout [Warning]) -> JSONObject {
        let arguments = call.writtenArguments("\(path).functionCall.args", warnings: &warnings)
        var value: JSONObject = [
            "functionCall": ["id": .string(call.id), "name": .string(call.name), "args": .object(arguments)]
        ]
        value["thoughtSignature"] = call.signature.map { .string($0) }
        return value
    }

    static func sealWarning(_ path: String) -> Warning {
        Warning(
            .dropped,
            field: "\(path).signature",
            "this dialect has no place for another provider's seal on thoughts"
        )
    }
}

/// Writes an error in the form that clients of Gemini read.
enum GeminiErrorWriter {
    static func write(_ error: CallerError) -> JSONValue {
        var details: JSONObject = ["@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": .string(error.code)]
        var metadata = JSONObject()
        metadata["parameter"] = error.parameter.map { .string($0) }
        metadata["requestId"] = error.requestID.map { .string($0) }
        if !metadata.isEmpty { details["metadata"] = .object(metadata) }
        var list: [JSONValue] = [.object(details)]
        if let wait = error.retryAfter {
            list.append([
                "@type": "type.googleapis.com/google.rpc.RetryInfo",
                "retryDelay": .string("\(max(1, wait.components.seconds))s"),
            ])
        }
        return [
            "error": [
                "code": .number(JSONNumber(error.status)), "message": .string(error.message),
                "status": .string(status(of: error)), "details": .array(list),
            ]
        ]
    }

    private static func status(of error: CallerError) -> String {
        switch error.status {
        case 401: "UNAUTHENTICATED"
        case 403: "PERMISSION_DENIED"
        case 404: "NOT_FOUND"
        case 429: "RESOURCE_EXHAUSTED"
        case 499: "CANCELLED"
        case 400..<500: "INVALID_ARGUMENT"
        case 503, 529: "UNAVAILABLE"
        case 504: "DEADLINE_EXCEEDED"
        default: "INTERNAL"
        }
    }
}

/// Warnings in the words of a caller who speaks Gemini's dialect.
enum GeminiWarnings: CallersWords {
    static let names = [
        "sampling.temperature": "generationConfig.temperature", "sampling.topP": "generationConfig.topP",
        "sampling.topK": "generationConfig.topK", "sampling.seed": "generationConfig.seed",
        "sampling.presencePenalty": "generationConfig.presencePenalty",
        "sampling.frequencyPenalty": "generationConfig.frequencyPenalty",
        "maximumTokens": "generationConfig.maxOutputTokens", "stopSequences": "generationConfig.stopSequences",
        "responseFormat": "generationConfig.responseJsonSchema", "toolChoice": "toolConfig.functionCallingConfig",
        "reasoning.effort": "generationConfig.thinkingConfig.thinkingLevel",
        "reasoning.budgetTokens": "generationConfig.thinkingConfig.thinkingBudget",
        "reasoning": "generationConfig.thinkingConfig",
    ]
}
