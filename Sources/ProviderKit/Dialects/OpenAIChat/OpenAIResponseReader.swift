internal import TransportKit

/// Reads a whole answer.
struct OpenAIResponseReader {
    let provider: ProviderID
    let model: ModelID

    func read(_ body: JSONValue) throws(PlexError) -> ChatResponse {
        guard case .object(let object) = body, let choices = object["choices"]?.array else {
            throw PlexError(
                .malformedResponse,
                "the answer has no choices; is base_url that of an OpenAI-compatible server?"
            )
        }
        guard let choice = choices.first else {
            throw PlexError(.malformedResponse, "the answer's list of choices is empty; try again")
        }
        var message = Message(role: .assistant, content: [])
        if let wire = choice["message"], !wire.isNull {
            read(wire, into: &message)
        } else if let text = choice["text"]?.string {
            message.content = [.text(text)]
        }
        let raw = choice["finish_reason"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        var reason: FinishReason?
        if let raw {
            let hasRefusal = message.content.contains(where: \.isRefusal)
            reason = try OpenAIVocabulary.finishReason(raw, hasRefusal: hasRefusal)
        }
        return ChatResponse(
            id: object["id"]?.string,
            provider: provider,
            model: answeringModel(object),
            message: message,
            finishReason: reason,
            rawFinishReason: raw,
            usage: OpenAIVocabulary.usage(object["usage"]),
            extra: extra(of: object, choices)
        )
    }

    private func answeringModel(_ object: JSONObject) -> ModelID {
        object["model"]?.string.flatMap { $0.isEmpty ? nil : ModelID($0) } ?? model
    }

    private static let known: Set<String> = ["id", "object", "model", "choices", "usage", "error"]
    private static let knownOfChoice: Set<String> = ["index", "message", "text", "finish_reason"]

    private func extra(of object: JSONObject, _ choices: [JSONValue]) -> JSONObject {
        var extra = JSONObject(
            uniqueMembers: object.members.filter { !Self.known.contains($0.name) && !$0.value.isNull }
        )
        for member in choices.first?.object?.members ?? []
        where !Self.knownOfChoice.contains(member.name) && !member.value.isNull {
            extra[member.name] = member.value
        }
        if choices.count > 1 { extra["choices"] = .array(Array(choices.dropFirst())) }
        extra["usage"] = OpenAIVocabulary.extraUsage(object["usage"])
        return extra
    }
}

extension OpenAIResponseReader {
    private static let knownOfMessage: Set<String> = [
        "role", "content", "refusal", "tool_calls", "function_call", "reasoning_content", "reasoning",
        "reasoning_details",
    ]

    private func read(_ wire: JSONValue, into message: inout Message) {
        var content: [ContentPart] = []
        OpenAIVocabulary.readReasoning(wire) { content.append($0) }
        OpenAIVocabulary.readContent(wire["content"]) { content.append($0) }
        if let refusal = wire["refusal"]?.string, !refusal.isEmpty { content.append(.refusal(refusal)) }
        for (index, call) in (wire["tool_calls"]?.array ?? []).enumerated() {
            content.append(part(of: call, index))
        }
        // The form before there were tool calls.
        if let call = wire["function_call"], let name = call["name"]?.string {
            content.append(.toolCall(makeCall(id: nil, name: name, call["arguments"], 0)))
        }
        message.content = content
        message.extra = JSONObject(
            uniqueMembers: (wire.object?.members ?? [])
                .filter { !Self.knownOfMessage.contains($0.name) && !$0.value.isNull }
        )
    }

    private func part(of wire: JSONValue, _ index: Int) -> ContentPart {
        var call = makeCall(
            id: wire["id"]?.string,
            name: wire["function"]?["name"]?.string ?? "",
            wire["function"]?["arguments"],
            index
        )
        call.signature = OpenAIVocabulary.signature(wire)
        var extra = wire.object ?? [:]
        for name in ["id", "type", "function", "index"] { extra[name] = nil }
        // The seal is kept in the call; beside it the field would go to servers that refuse it.
        if call.signature != nil, extra["extra_content"]?.object?.names == ["google"],
            extra["extra_content"]?["google"]?.object?.names == ["thought_signature"]
        {
            extra["extra_content"] = nil
        }
        return ContentPart(.toolCall(call), extra: extra)
    }

    private func makeCall(id: String?, name: String, _ arguments: JSONValue?, _ index: Int) -> ToolCall {
        let text = OpenAIVocabulary.arguments(arguments)
        let id = id.flatMap { $0.isEmpty ? nil : $0 } ?? "call_\(index)"
        return ToolCall(id: id, name: name, arguments: text.isEmpty ? "{}" : text)
    }
}
