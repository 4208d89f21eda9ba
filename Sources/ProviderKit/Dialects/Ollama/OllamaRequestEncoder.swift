package import TransportKit

/// Writes a conversation as the body of an `/api/chat` request.
///
/// What the interface has no field for is left out with a warning. `keep_alive` and further `options` go through `extra`.
package struct OllamaRequestEncoder {
    private let request: ChatRequest
    /// What was left out or changed.
    package private(set) var warnings: [Warning] = []

    package init(request: ChatRequest) {
        self.request = request
    }

    /// Writes the body.
    ///
    /// - Throws: `PlexError` with code `invalidRequest` or `unsupported`, naming the field.
    package mutating func makeBody(isStreaming: Bool) throws(PlexError) -> JSONObject {
        let messages = try encodeMessages()
        var body: JSONObject = [
            "model": .string(request.model.rawValue), "messages": .array(messages),
        ]
        encodeTools(into: &body)
        encodeFormat(into: &body)
        body["think"] = encodeThink()
        let options = encodedOptions
        if !options.isEmpty {
            body["options"] = .object(options)
        }
        if !request.metadata.isEmpty {
            warn(.dropped, "metadata", "Ollama keeps no notes on requests")
        }
        if request.user != nil {
            warn(.dropped, "user", "Ollama knows no end users")
        }
        Self.apply(request.extra, to: &body)
        // Last: whether the answer streams is decided by what reads it.
        body["stream"] = .bool(isStreaming)
        return body
    }

    /// Writes the body of an `/api/generate` request: the texts of the messages are the prompt.
    func makeCompletionBody(isStreaming: Bool) -> JSONObject {
        var body: JSONObject = [
            "model": .string(request.model.rawValue),
            "prompt": .string(request.messages.map(\.text).joined(separator: "\n")),
        ]
        let options = encodedOptions
        if !options.isEmpty {
            body["options"] = .object(options)
        }
        Self.apply(request.extra, to: &body)
        body["stream"] = .bool(isStreaming)
        return body
    }

    private var encodedOptions: JSONObject {
        let sampling = request.sampling
        var options: JSONObject = [:]
        options["temperature"] = sampling.temperature.map { .number(JSONNumber($0)) }
        options["top_p"] = sampling.topP.map { .number(JSONNumber($0)) }
        options["top_k"] = sampling.topK.map { .number(JSONNumber($0)) }
        options["seed"] = sampling.seed.map { .number(JSONNumber($0)) }
        options["presence_penalty"] = sampling.presencePenalty.map { .number(JSONNumber($0)) }
        options["frequency_penalty"] = sampling.frequencyPenalty.map { .number(JSONNumber($0)) }
        options["num_predict"] = request.maximumTokens.map { .number(JSONNumber($0)) }
        if !request.stopSequences.isEmpty {
            options["stop"] = .array(request.stopSequences.map { .string($0) })
        }
        return options
    }

    /// Lets the caller's fields win; `options` are merged one by one, so that `num_ctx` does not cost the temperature.
    static func apply(_ extra: JSONObject, to body: inout JSONObject) {
        for member in extra.members {
            guard member.name == "options", let further = member.value.object, var options = body["options"]?.object
            else {
                body[member.name] = member.value
                continue
            }
            for option in further.members {
                options[option.name] = option.value
            }
            body["options"] = .object(options)
        }
    }

    private mutating func warn(_ code: Warning.Code, _ field: String, _ message: String) {
        warnings.append(Warning(code, field: field, message))
    }
}

extension OllamaRequestEncoder {
    private mutating func encodeTools(into body: inout JSONObject) {
        switch request.toolChoice {
        case nil, .auto: break
        // There is no field for it, but without tools none can be called.
        case .some(.none): return
        case .required, .tool: warn(.dropped, "toolChoice", "Ollama lets the model choose whether to call a tool")
        }
        if request.allowsParallelToolCalls == false, !request.tools.isEmpty {
            warn(.dropped, "allowsParallelToolCalls", "Ollama has no such setting")
        }
        guard !request.tools.isEmpty else { return }
        body["tools"] = .array(
            request.tools.map { tool in
                var function: JSONObject = ["name": .string(tool.name)]
                function["description"] = tool.description.map { .string($0) }
                function["parameters"] = tool.parameters
                return ["type": "function", "function": .object(function)]
            }
        )
    }

    private mutating func encodeFormat(into body: inout JSONObject) {
        switch request.responseFormat {
        case nil, .text: break
        case .jsonObject: body["format"] = "json"
        case .jsonSchema(let format): body["format"] = format.schema
        }
    }

    private mutating func encodeThink() -> JSONValue? {
        guard let reasoning = request.reasoning else { return nil }
        guard let effort = reasoning.effort?.rawValue else {
            guard let budget = reasoning.budgetTokens else { return nil }
            guard budget > 0 else { return false }
            warn(.adjusted, "reasoning.budgetTokens", "Ollama knows no budget; thinking was switched on")
            return true
        }
        if effort == "none" { return false }
        // Only this family takes words; servers refuse them for other models.
        guard request.model.rawValue.lowercased().contains("gpt-oss") else {
            warn(.adjusted, "reasoning.effort", "this model only switches thinking on or off; it was switched on")
            return true
        }
        if effort == "minimal" {
            warn(.adjusted, "reasoning.effort", "Ollama knows no minimal effort, so low was sent")
            return "low"
        }
        return .string(effort)
    }
}

extension OllamaRequestEncoder {
    private mutating func encodeMessages() throws(PlexError) -> [JSONValue] {
        var messages: [JSONValue] = []
        var toolNames: [String: String] = [:]
        for (index, message) in request.messages.enumerated() {
            let path = ConversationPlace(message: index)
            if message.name != nil {
                warn(.dropped, "\(path).name", "Ollama has no names of speakers")
            }
            for call in message.toolCalls {
                toolNames[call.id] = call.name
            }
            try encode(message, path: path, toolNames: toolNames, into: &messages)
        }
        guard !messages.isEmpty else { throw .nothingToAnswer() }
        return messages
    }

    // A message is one object, but for results of tools: each is a message of its own.
    private mutating func encode(
        _ message: Message,
        path: ConversationPlace,
        toolNames: [String: String],
        into messages: inout [JSONValue]
    ) throws(PlexError) {
        var draft = Draft()
        for (index, part) in message.content.enumerated() {
            let path = path.part(index)
            if case .toolResult(let result) = part.kind {
                let name = result.name ?? toolNames[result.callID]
                let value = try encode(result, toolName: name, path: path)
                messages.append(.object(value.adding(message.extra)))
            } else {
                try add(part, to: &draft, path: path, joining: message.role != .assistant)
            }
        }
        guard !draft.isEmpty || message.content.isEmpty else { return }
        let value = draft.makeMessage(role: message.role == .developer ? .system : message.role)
        messages.append(.object(value.adding(message.extra)))
    }

    private struct Draft {
        var text = ""
        var thinking = ""
        var images: [JSONValue] = []
        var toolCalls: [JSONValue] = []

        var isEmpty: Bool { text.isEmpty && thinking.isEmpty && images.isEmpty && toolCalls.isEmpty }

        func makeMessage(role: Role) -> JSONObject {
            var object: JSONObject = ["role": .string(role.rawValue), "content": .string(text)]
            if !thinking.isEmpty { object["thinking"] = .string(thinking) }
            if !images.isEmpty { object["images"] = .array(images) }
            if !toolCalls.isEmpty { object["tool_calls"] = .array(toolCalls) }
            return object
        }
    }

    // The pieces of what a model said belong together as they are; what others say in several texts keeps them apart.
    private mutating func add(
        _ part: ContentPart,
        to draft: inout Draft,
        path: ConversationPlace,
        joining joinsLines: Bool
    ) throws(PlexError) {
        switch part.kind {
        case .text(let text), .refusal(let text):
            if joinsLines, !draft.text.isEmpty, !text.isEmpty { draft.text += "\n" }
            draft.text += text
        case .image(let media): draft.images.append(.string(try Self.encodeImage(media, path: path)))
        case .reasoning(let reasoning): draft.thinking += reasoning.text
        case .toolCall(let call):
            let arguments = try call.argumentsObject(path: path)
            draft.toolCalls.append([
                "id": .string(call.id),
                "function": ["name": .string(call.name), "arguments": .object(arguments)],
            ])
        case .audio, .file:
            throw PlexError(.unsupported, "\(path): Ollama takes text and images only; send the content as text")
        case .unknown:
            warn(.dropped, "\(path)", "a piece of an unknown kind has no counterpart at Ollama")
        case .toolResult: break
        }
    }

    private mutating func encode(
        _ result: ToolResult,
        toolName: String?,
        path: ConversationPlace
    ) throws(PlexError) -> JSONObject {
        var draft = Draft()
        for (index, part) in result.content.enumerated() {
            try add(part, to: &draft, path: path.part(index), joining: true)
        }
        if result.isError {
            warn(.dropped, "\(path).isError", "Ollama has no mark for a failed tool; its words were sent")
        }
        var object = draft.makeMessage(role: .tool)
        object["tool_name"] = toolName.map { .string($0) }
        object["tool_call_id"] = .string(result.callID)
        return object
    }

    private static func encodeImage(_ media: Media, path: ConversationPlace) throws(PlexError) -> String {
        guard case .base64(let data) = media.inlined.source else {
            throw PlexError(
                .unsupported,
                "\(path): Ollama fetches no images from URLs; send the image's bytes in Base64"
            )
        }
        return data
    }
}
