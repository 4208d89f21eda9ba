internal import FoundationEssentials
internal import TransportKit

extension WireDialect {
    func geminiBody(of reply: ScriptedReply, for request: RecordedRequest) -> JSONValue {
        let parts = reply.parts.map { part in
            switch part {
            case .text(let text): geminiText(text)
            case .reasoning(let text, let signature): geminiThought(text, signature: signature)
            case .toolCall(let id, let name, let arguments): geminiCall(id: id, name: name, arguments: arguments)
            }
        }
        return .object(geminiAnswer(reply, request, parts, finish: reply, extra: reply.extra))
    }

    private func geminiText(_ text: String) -> JSONValue { ["text": .string(text)] }

    private func geminiThought(_ text: String, signature: String?) -> JSONValue {
        var part: JSONObject = ["text": .string(text), "thought": true]
        // Seals are bytes, which this wire has in Base64.
        part["thoughtSignature"] = signature.map { .string(Data($0.utf8).base64EncodedString()) }
        return .object(part)
    }

    /// Gemini sends a call whole, its arguments as an object.
    private func geminiCall(id: String, name: String, arguments: String) -> JSONValue {
        [
            "functionCall": [
                "id": .string(id), "name": .string(name), "args": (try? JSONValue(parsing: arguments)) ?? [:],
            ]
        ]
    }

    private func geminiAnswer(
        _ reply: ScriptedReply,
        _ request: RecordedRequest,
        _ parts: [JSONValue],
        finish: ScriptedReply?,
        extra: JSONObject = [:]
    ) -> JSONObject {
        var candidate: JSONObject = ["content": ["role": "model", "parts": .array(parts)], "index": 0]
        candidate["finishReason"] = finish.map { .string(geminiFinishReason($0)) }
        for member in extra.members { candidate[member.name] = member.value }
        return [
            "candidates": [.object(candidate)],
            "usageMetadata": [
                "promptTokenCount": .number(JSONNumber(reply.inputTokens)),
                "candidatesTokenCount": .number(JSONNumber(reply.outputTokens)),
                "cachedContentTokenCount": .number(JSONNumber(reply.cachedTokens)),
                "totalTokenCount": .number(JSONNumber(reply.inputTokens + reply.outputTokens)),
            ],
            "modelVersion": .string(reply.model ?? request.model ?? "test"), "responseId": .string(reply.id),
        ]
    }

    private func geminiFinishReason(_ reply: ScriptedReply) -> String {
        switch reply.finishReason {
        // The wire has no word of its own for an end at a call.
        case "stop", "tool_calls": "STOP"
        case "length": "MAX_TOKENS"
        case "content_filter": "SAFETY"
        default: reply.finishReason
        }
    }

    /// The last piece has the reason for the end; there is no mark of its own.
    func geminiEvents(of reply: ScriptedReply, for request: RecordedRequest) -> [JSONValue] {
        var parts: [JSONValue] = []
        for part in reply.parts {
            switch part {
            case .text(let text): parts += reply.pieces(of: text).map(geminiText)
            case .reasoning(let text, let signature):
                let pieces = reply.pieces(of: text)
                parts += pieces.enumerated().map { place, piece in
                    geminiThought(piece, signature: place == pieces.count - 1 ? signature : nil)
                }
            case .toolCall(let id, let name, let arguments):
                parts.append(geminiCall(id: id, name: name, arguments: arguments))
            }
        }
        let events = parts.map { JSONValue.object(geminiAnswer(reply, request, [$0], finish: nil)) }
        return events + [.object(geminiAnswer(reply, request, [geminiText("")], finish: reply))]
    }

    func geminiModels(_ models: [String]) -> JSONValue {
        [
            "models": .array(
                models.map {
                    [
                        "name": .string("models/\($0)"), "displayName": .string("Model \($0)"),
                        "inputTokenLimit": 1_048_576, "outputTokenLimit": 65_536,
                        "supportedGenerationMethods": ["generateContent", "countTokens"],
                    ]
                }
            )
        ]
    }

    /// The API's own error: the word of its `status`, and a code.
    func geminiError(message: String, type: String) -> JSONValue {
        let statuses: [String: (Int, String)] = [
            "overloaded_error": (503, "UNAVAILABLE"), "rate_limit_error": (429, "RESOURCE_EXHAUSTED"),
            "authentication_error": (401, "UNAUTHENTICATED"), "permission_error": (403, "PERMISSION_DENIED"),
            "not_found_error": (404, "NOT_FOUND"), "invalid_request_error": (400, "INVALID_ARGUMENT"),
            "api_error": (500, "INTERNAL"), "server_error": (500, "INTERNAL"),
        ]
        let (code, status) = statuses[type] ?? (500, type)
        return [
            "error": ["code": .number(JSONNumber(code)), "message": .string(message), "status": .string(status)]
        ]
    }
}
