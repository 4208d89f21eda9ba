internal import TransportKit

/// Writes a whole answer for a caller.
struct OllamaResponseWriter {
    let context: AnswerContext
    /// Whether the answer continues a text, which has its own place for it.
    let isCompletion: Bool

    func write(_ response: ChatResponse) -> JSONValue {
        var warnings = response.warnings
        var text = ""
        var calls: [JSONValue] = []
        for (index, part) in response.message.content.enumerated() {
            switch part.kind {
            case .text(let piece), .refusal(let piece): text += piece
            case .toolCall(let call): calls.append(Self.call(call, index: calls.count, warnings: &warnings))
            case .reasoning(let reasoning):
                if reasoning.signature != nil || reasoning.redacted != nil { warnings.append(Self.sealWarning) }
            default:
                warnings.append(
                    Warning(
                        .dropped,
                        field: "content[\(index)]",
                        "an answer of this dialect has no place for such a part"
                    )
                )
            }
        }
        var object = frame
        write(text, thinking: response.message.reasoningText, calls: calls, into: &object)
        writeEnd(response, warnings: warnings, into: &object)
        return .object(object)
    }

    /// What every object begins with.
    var frame: JSONObject {
        [
            "model": .string(context.model.rawValue),
            "created_at": .string(Timestamp.rfc3339(seconds: context.created)),
        ]
    }

    /// Writes what is said.
    func write(_ text: String, thinking: String, calls: [JSONValue], into object: inout JSONObject) {
        if isCompletion {
            object["response"] = .string(text)
            if !thinking.isEmpty { object["thinking"] = .string(thinking) }
            if !calls.isEmpty { object["tool_calls"] = .array(calls) }
        } else {
            var message: JSONObject = ["role": "assistant", "content": .string(text)]
            if !thinking.isEmpty { message["thinking"] = .string(thinking) }
            if !calls.isEmpty { message["tool_calls"] = .array(calls) }
            object["message"] = .object(message)
        }
    }

    /// Writes that the answer is whole, why it ended and what it took.
    func writeEnd(_ response: ChatResponse, warnings: [Warning], into object: inout JSONObject) {
        object["done"] = true
        // Never made up; the wire has two words only.
        object["done_reason"] = response.finishReason.map { $0 == .length ? "length" : "stop" }
        if let reason = response.finishReason, ![.stop, .length, .toolCalls].contains(reason) {
            // The provider's word for a refusal may say only that the answer ended.
            let raw = response.refusesInWords ? nil : response.rawFinishReason
            object["native_done_reason"] = .string(raw ?? reason.rawValue)
        }
        // Another dialect's field may have one of these names and a form that no reader of this one knows.
        for name in Self.durations where response.extra[name]?.object == nil { object[name] = response.extra[name] }
        if let usage = response.usage {
            object["prompt_eval_count"] = .number(JSONNumber(usage.inputTokens))
            object["eval_count"] = .number(JSONNumber(usage.outputTokens))
        }
        object["warnings"] = OllamaWarnings.value(warnings)
    }

    private static let durations = [
        "total_duration", "load_duration", "prompt_eval_duration", "eval_duration", "logprobs",
    ]

    /// Writes a call; its arguments have to be an object on this wire.
    static func call(_ call: ToolCall, index: Int, warnings: inout [Warning]) -> JSONValue {
        let place = "tool_calls[\(index)].function.arguments"
        let arguments = call.writtenArguments(place, warnings: &warnings)
        if call.signature != nil { warnings.append(sealWarning) }
        return [
            "id": .string(call.id),
            "function": [
                "index": .number(JSONNumber(index)), "name": .string(call.name), "arguments": .object(arguments),
            ],
        ]
    }

    static let sealWarning = Warning(
        .dropped,
        field: "signature",
        "this dialect has no place for the provider's seal on thoughts and calls"
    )
}

/// Writes an error in the form that clients of Ollama read.
enum OllamaErrorWriter {
    static func write(_ error: CallerError) -> JSONValue {
        var body: JSONObject = ["error": .string(error.message), "code": .string(error.code)]
        body["param"] = error.parameter.map { .string($0) }
        body["request_id"] = error.requestID.map { .string($0) }
        return .object(body)
    }
}
