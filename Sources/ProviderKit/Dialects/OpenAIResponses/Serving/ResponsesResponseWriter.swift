internal import TransportKit

/// Writes a whole response for a caller.
struct ResponsesResponseWriter {
    let context: AnswerContext
    let request: ServedRequest

    func write(_ response: ChatResponse) -> JSONValue {
        var items = ResponsesItemWriter(seed: context.id)
        items.append(response.message.content)
        var all = items.items
        if response.isIncomplete, let last = all.popLast() { all.append(ResponsesItemWriter.cutOff(last)) }
        return .object(end(of: response, items: all, warnings: items.warnings))
    }

    /// A response that has begun.
    func frame(id: String?) -> JSONObject {
        var body: JSONObject = [
            "id": .string(responseID(id)), "object": "response", "created_at": .number(JSONNumber(context.created)),
            "status": "in_progress", "error": .null, "incomplete_details": .null,
            "model": .string(context.model.rawValue), "output": [], "usage": .null,
        ]
        for member in request.echo.members { body[member.name] = member.value }
        return body
    }

    /// A response that has ended.
    func end(of response: ChatResponse, items: [JSONValue], warnings: [Warning]) -> JSONObject {
        var body = frame(id: response.id)
        body["output"] = .array(items)
        body["usage"] = response.usage.map(Self.usage) ?? .null
        if response.isIncomplete {
            body["status"] = "incomplete"
            let reason = response.finishReason == .length ? "max_output_tokens" : "content_filter"
            body["incomplete_details"] = ["reason": .string(reason)]
        } else {
            body["status"] = "completed"
            body["completed_at"] = .number(JSONNumber(context.created))
        }
        // The status has no word for these, and says only that the answer is whole.
        let told: Set<FinishReason> = [.stop, .toolCalls, .length, .contentFilter]
        if let raw = response.rawFinishReason, raw != "completed",
            !response.refusesInWords, response.finishReason.map({ !told.contains($0) }) ?? true
        {
            body["native_finish_reason"] = .string(raw)
        }
        if case .string(let tier)? = response.extra["service_tier"] { body["service_tier"] = .string(tier) }
        body["warnings"] = ResponsesWarnings.value(response.warnings + warnings)
        return body
    }

    /// A response that failed.
    func failure(_ error: CallerError, id: String?, items: [JSONValue]) -> JSONObject {
        var body = frame(id: id)
        body["status"] = "failed"
        body["output"] = .array(items)
        body["error"] = ["code": .string(error.code), "message": .string(error.message)]
        return body
    }

    private func responseID(_ id: String?) -> String {
        let id = id.flatMap { $0.isEmpty ? nil : $0 } ?? context.id
        return id.hasPrefix("resp") ? id : "resp_\(id)"
    }

    // Clients take all of these for granted.
    private static func usage(_ usage: Usage) -> JSONValue {
        [
            "input_tokens": .number(JSONNumber(usage.inputTokens)),
            "input_tokens_details": [
                "cached_tokens": .number(JSONNumber(usage.cachedReadTokens ?? 0)),
                "cache_write_tokens": .number(JSONNumber(usage.cachedWriteTokens ?? 0)),
            ],
            "output_tokens": .number(JSONNumber(usage.outputTokens)),
            "output_tokens_details": ["reasoning_tokens": .number(JSONNumber(usage.reasoningTokens ?? 0))],
            "total_tokens": .number(JSONNumber(usage.totalTokens)),
        ]
    }
}

extension ChatResponse {
    /// Whether the answer was cut off, so that the last of its items is.
    ///
    /// A refusal without words counts as that: a caller would take it for an answer.
    var isIncomplete: Bool {
        switch finishReason {
        case .length?, .contentFilter?: true
        case .refusal?: !refusesInWords
        default: false
        }
    }
}

/// Writes the parts of an answer as output items.
struct ResponsesItemWriter {
    private(set) var items: [JSONValue] = []
    private(set) var warnings: [Warning] = []
    // What the ids of the items are made from.
    private let seed: String
    private var said: [JSONValue] = []
    private var phase: JSONValue?

    init(seed: String) {
        self.seed = seed
    }

    /// The id of an item.
    static func id(_ prefix: String, seed: String, index: Int) -> String { "\(prefix)_\(seed)_\(index)" }

    mutating func append(_ parts: [ContentPart]) {
        for (index, part) in parts.enumerated() { append(part, "content[\(index)]") }
        closeMessage()
    }

    private mutating func append(_ part: ContentPart, _ path: String) {
        switch part.kind {
        case .text(let text):
            if part.extra["phase"] != phase { closeMessage() }
            phase = part.extra["phase"]
            said.append(Self.text(text, part.extra))
        case .refusal(let text): said.append(["type": "refusal", "refusal": .string(text)])
        case .toolCall(let call):
            closeMessage()
            items.append(Self.call(call, id: id("fc")))
        case .reasoning(let reasoning):
            closeMessage()
            items.append(Self.reasoning(reasoning, id: id("rs")))
        case .unknown(let value) where Self.isOwnItem(value):
            closeMessage()
            items.append(value)
        default:
            warnings.append(
                Warning(.dropped, field: path, "an answer of this dialect has no item for such a part")
            )
        }
    }

    private mutating func closeMessage() {
        guard !said.isEmpty else { return }
        items.append(Self.message(said, id: id("msg"), phase: phase))
        said = []
    }

    private func id(_ prefix: String) -> String { Self.id(prefix, seed: seed, index: items.count) }

    static func message(_ content: [JSONValue], id: String, phase: JSONValue?, status: JSONValue = "completed")
        -> JSONValue
    {
        var item: JSONObject = [
            "id": .string(id), "type": "message", "status": status, "role": "assistant", "content": .array(content),
        ]
        item["phase"] = phase
        return .object(item)
    }

    static func text(_ text: String, _ extra: JSONObject) -> JSONValue {
        [
            "type": "output_text", "text": .string(text), "annotations": annotations(extra["annotations"]),
            "logprobs": extra["logprobs"] ?? [],
        ]
    }

    // Other dialects have lists of this name with elements of another form.
    private static func annotations(_ value: JSONValue?) -> JSONValue {
        guard let array = value?.array, array.allSatisfy({ $0["type"]?.string != nil && $0["url_citation"] == nil })
        else { return [] }
        return .array(array)
    }

    static func call(_ call: ToolCall, id: String, status: JSONValue = "completed") -> JSONValue {
        var item: JSONObject = [
            "id": .string(id), "type": "function_call", "status": status, "call_id": .string(call.id),
            "name": .string(call.name), "arguments": .string(call.arguments),
        ]
        item["extra_content"] = call.signature.map(OpenAIResponseWriter.seal)
        return .object(item)
    }

    static func reasoning(_ reasoning: Reasoning, id: String) -> JSONValue {
        var item: JSONObject = ["id": .string(id), "type": "reasoning", "summary": []]
        if reasoning.redacted == nil {
            item["summary"] = [["type": "summary_text", "text": .string(reasoning.text)]]
        }
        item["encrypted_content"] = (reasoning.redacted ?? reasoning.signature).map { .string($0) }
        return .object(item)
    }

    /// The item as one that was cut off; items of other kinds say in their own words what became of them.
    static func cutOff(_ item: JSONValue) -> JSONValue {
        guard case .object(var object) = item,
            ["message", "function_call", "reasoning"].contains(object["type"]?.string)
        else { return item }
        object["status"] = "incomplete"
        return .object(object)
    }

    /// Whether a part that is not known is an item of this dialect, and not a part of another.
    static func isOwnItem(_ value: JSONValue) -> Bool {
        guard let type = value["type"]?.string else { return false }
        return type.hasSuffix("_call") || type.hasSuffix("_call_output")
            || ["mcp_list_tools", "mcp_approval_request", "compaction", "program", "program_output"].contains(type)
    }
}
