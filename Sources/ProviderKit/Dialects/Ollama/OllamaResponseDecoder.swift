internal import TransportKit

/// Reads a whole answer of `/api/chat`, or of `/api/generate`.
struct OllamaResponseDecoder {
    let provider: ProviderID
    let model: ModelID
    let makeCallID: @Sendable () -> String

    func decode(_ body: JSONValue) throws(PlexError) -> ChatResponse {
        if let error = OllamaErrorBody.decode(body) {
            throw error.asPlexError(provider: provider, model: model)
        }
        let answer = OllamaAnswer(body)
        guard let answer, answer.hasContent else {
            throw PlexError(
                .malformedResponse,
                "the answer has no message; is the endpoint Ollama's own interface?",
                provider: provider,
                model: model
            )
        }
        guard answer.isDone else {
            throw PlexError(
                .malformedResponse,
                "the answer is only a part of one, though no stream was asked for",
                provider: provider,
                model: model
            )
        }
        var content: [ContentPart] = []
        if !answer.thinking.isEmpty { content.append(.reasoning(Reasoning(answer.thinking))) }
        if !answer.text.isEmpty { content.append(.text(answer.text)) }
        for call in answer.toolCalls {
            content.append(
                .toolCall(ToolCall(id: call.id ?? makeCallID(), name: call.name, arguments: call.arguments))
            )
        }
        return ChatResponse(
            provider: provider,
            model: answer.model.map { ModelID($0) } ?? model,
            message: Message(role: .assistant, content: content),
            finishReason: answer.finishReason(hasToolCalls: !answer.toolCalls.isEmpty),
            rawFinishReason: answer.doneReason,
            usage: answer.usage,
            extra: answer.extra
        )
    }
}

/// One object of an answer: the whole of it, or one line of its stream.
struct OllamaAnswer {
    struct Call {
        var id: String?
        var name: String
        var arguments: String
    }

    private let object: JSONObject
    private let message: JSONObject?

    init?(_ body: JSONValue) {
        guard let object = body.object else { return nil }
        self.object = object
        message = object["message"]?.object
    }

    private static let knownFields: Set<String> = [
        "model", "message", "response", "thinking", "done", "done_reason", "prompt_eval_count", "eval_count",
    ]

    /// Whether there is a place for an answer in it.
    var hasContent: Bool { message != nil || object["response"] != nil }
    var model: String? { object["model"]?.string }
    var isDone: Bool { object["done"]?.bool ?? false }
    var doneReason: String? { object["done_reason"]?.string }
    /// `/api/generate` has its text beside the other fields, not in a message.
    var text: String { message?["content"]?.string ?? object["response"]?.string ?? "" }
    var thinking: String { message?["thinking"]?.string ?? object["thinking"]?.string ?? "" }

    var toolCalls: [Call] {
        (message?["tool_calls"]?.array ?? []).map { call in
            let arguments = call["function"]?["arguments"]
            return Call(
                id: call["id"]?.string.flatMap { $0.isEmpty ? nil : $0 },
                name: call["function"]?["name"]?.string ?? "",
                // Objects on this wire; some servers beside Ollama send text, as others' dialects do.
                arguments: arguments?.string ?? arguments?.serializedString ?? "{}"
            )
        }
    }

    // A count of 0 is not written on this wire: a prompt that stood in the cache whole counts as 0.
    var usage: Usage? {
        let prompt = object["prompt_eval_count"]?.int
        let answer = object["eval_count"]?.int
        guard prompt != nil || answer != nil else { return nil }
        return Usage(inputTokens: prompt ?? 0, outputTokens: answer ?? 0)
    }

    /// Times and whatever else has no place in `ChatResponse`.
    var extra: JSONObject {
        JSONObject(
            uniqueMembers: object.members.filter { !Self.knownFields.contains($0.name) && !$0.value.isNull }
        )
    }

    /// The common word for the end: the wire says `stop` also when the model waits for its tools.
    func finishReason(hasToolCalls: Bool) -> FinishReason? {
        switch doneReason {
        case "stop": hasToolCalls ? .toolCalls : .stop
        case "length": .length
        default: nil
        }
    }
}
