import ProviderKit

/// How a dialect says what it does have room for: the same request, in the form in which it comes back.
///
/// What is told in `warnings` as adjusted is here too; docs/dialects.md names each of these.
struct DialectForm: Sendable {
    let name: String

    func apply(to request: inout ChatRequest) {
        switch name {
        case "openai": openAI(&request)
        case "responses": responses(&request)
        case "anthropic": anthropic(&request)
        case "ollama": ollama(&request)
        default: gemini(&request)
        }
    }

    private static let efforts = [
        "minimal": 1024, "low": 2048, "medium": 8192, "high": 16_384, "xhigh": 24_576, "max": 32_768,
    ]

    private func openAI(_ request: inout ChatRequest) {
        request.splitResults()
        request.moveImagesBehindResults()
        request.mapAnswers { parts in
            let refusal = parts.compactMap(\.refusal).joined()
            return parts.filter(\.isText) + (refusal.isEmpty ? [] : [.refusal(refusal)]) + parts.filter(\.isCall)
        }
        request.changeParts { part in
            part.dropSealOfCall()
            part.nameFile()
        }
        // Nothing is left of what held only what is lost.
        for index in request.messages.indices where request.messages[index].content.isEmpty {
            request.messages[index].content = [.text("")]
        }
    }

    private func responses(_ request: inout ChatRequest) {
        // Left out, strictness means yes on this wire.
        for index in request.tools.indices { request.tools[index].isStrict = request.tools[index].isStrict ?? false }
        if let budget = request.reasoning?.budgetTokens {
            let effort = Self.efforts.filter { $0.value <= budget }.max { $0.value < $1.value }?.key ?? "minimal"
            request.reasoning = ReasoningOptions(
                effort: ReasoningOptions.Effort(rawValue: budget == 0 ? "none" : effort)
            )
        }
        request.splitResults()
        request.messages = request.messages.reduce(into: []) { messages, message in
            if message.role == .assistant, messages.last?.role == .assistant {
                messages[messages.count - 1].content += message.content
            } else {
                messages.append(message)
            }
        }
        request.changeParts { part in
            part.dropSealOfCall()
            part.nameFile()
        }
    }

    private func anthropic(_ request: inout ChatRequest) {
        request.forgetSchemaName()
        if let temperature = request.sampling.temperature { request.sampling.temperature = min(temperature, 1) }
        var budget = request.reasoning?.budgetTokens
        if let effort = request.reasoning?.effort { budget = Self.efforts[effort.rawValue] ?? 0 }
        if let asked = budget {
            let taken = asked == 0 ? 0 : max(asked, 1024)
            request.reasoning =
                taken == 0
                ? ReasoningOptions(effort: ReasoningOptions.Effort.none) : ReasoningOptions(budgetTokens: taken)
            let limit = request.maximumTokens ?? taken + 4096
            request.maximumTokens = limit <= taken ? limit + taken : limit
        }
        request.maximumTokens = request.maximumTokens ?? 4096
        if request.toolChoice == nil {
            request.toolChoice = request.allowsParallelToolCalls == false ? .auto : nil
            if request.toolChoice == nil { request.allowsParallelToolCalls = nil }
        } else if request.toolChoice == ToolChoice.none {
            request.allowsParallelToolCalls = nil
        }
        request.joinSides(joiningInstructions: true)
        request.changeParts { part in
            part.dropSealOfCall()
            part.sayRefusalAsText()
        }
    }

    private func ollama(_ request: inout ChatRequest) {
        request.forgetLaxTools()
        request.forgetSchemaName()
        if request.toolChoice == ToolChoice.none { request.tools = [] }
        request.toolChoice = nil
        request.allowsParallelToolCalls = nil
        if let reasoning = request.reasoning {
            let isOff = reasoning.effort.map { $0 == ReasoningOptions.Effort.none } ?? (reasoning.budgetTokens == 0)
            request.reasoning = ReasoningOptions(effort: isOff ? ReasoningOptions.Effort.none : .medium)
        }
        request.splitResults()
        for index in request.messages.indices {
            if request.messages[index].role == .developer { request.messages[index].role = .system }
            guard request.messages[index].role != .tool else { continue }
            let isAnswer = request.messages[index].role == .assistant
            let content = Self.oneText(request.messages[index].content, separator: isAnswer ? "" : "\n")
            // A message of nothing is left out.
            request.messages[index].content = content == [.text("")] ? [] : content
        }
        request.changeParts { part in
            part.dropSealOfCall()
            guard case .toolResult(var result) = part.kind else { return }
            result.content = Self.oneText(result.content, separator: "\n")
            part.kind = .toolResult(result)
        }
    }

    // Thoughts, words, images and calls have a field each.
    private static func oneText(_ parts: [ContentPart], separator: String) -> [ContentPart] {
        let thoughts = parts.compactMap(\.reasoning?.text).joined()
        let texts = parts.compactMap { $0.text ?? $0.refusal }.filter { !$0.isEmpty }
        let text = texts.joined(separator: separator)
        let others = parts.filter(\.isImage) + parts.filter(\.isCall)
        let words: [ContentPart] = text.isEmpty ? [] : [.text(text)]
        let all = (thoughts.isEmpty ? [] : [.reasoning(Reasoning(thoughts))]) + words + others
        return all.isEmpty ? [.text("")] : all
    }

    private func gemini(_ request: inout ChatRequest) {
        request.forgetLaxTools()
        request.forgetSchemaName()
        request.allowsParallelToolCalls = nil
        if let effort = request.reasoning?.effort {
            let budgets = ["none": 0, "minimal": 512, "low": 2048, "medium": 8192]
            request.reasoning = ReasoningOptions(budgetTokens: budgets[effort.rawValue] ?? 24_576)
        }
        // The images of a result follow it.
        for index in request.messages.indices {
            request.messages[index].content = request.messages[index].content.flatMap { part -> [ContentPart] in
                guard case .toolResult(var result) = part.kind else { return [part] }
                let text = result.content.compactMap(\.text).joined(separator: "\n")
                let others = result.content.filter { !$0.isText }
                result.content = text.isEmpty ? [] : [.text(text)]
                return [ContentPart(.toolResult(result))] + others
            }
        }
        request.joinSides(joiningInstructions: false)
        request.changeParts { $0.sayRefusalAsText() }
    }
}

extension ChatRequest {
    fileprivate mutating func changeParts(_ change: (inout ContentPart) -> Void) {
        for index in messages.indices {
            for part in messages[index].content.indices { change(&messages[index].content[part]) }
        }
    }

    fileprivate mutating func mapAnswers(_ change: ([ContentPart]) -> [ContentPart]) {
        for index in messages.indices where messages[index].role == .assistant {
            messages[index].content = change(messages[index].content)
        }
    }

    // A result is a message of its own.
    fileprivate mutating func splitResults() {
        messages = messages.flatMap { message in
            message.role == .tool ? message.content.map { Message(role: .tool, content: [$0]) } : [message]
        }
    }

    // What is no text follows the results of a turn.
    fileprivate mutating func moveImagesBehindResults() {
        var carried: [ContentPart] = []
        messages = messages.reduce(into: []) { moved, message in
            guard message.role == .tool else {
                if !carried.isEmpty { moved.append(.user(carried)) }
                carried = []
                return moved.append(message)
            }
            var message = message
            for index in message.content.indices {
                guard case .toolResult(var result) = message.content[index].kind else { continue }
                carried += result.content.filter { !$0.isText }
                result.content.removeAll { !$0.isText }
                message.content[index].kind = .toolResult(result)
            }
            moved.append(message)
        }
        if !carried.isEmpty { messages.append(.user(carried)) }
    }

    // Where nothing is strict, nothing need say that it is not.
    fileprivate mutating func forgetLaxTools() {
        for index in tools.indices where tools[index].isStrict == false { tools[index].isStrict = nil }
    }

    // Only OpenAI's dialects have names for schemas and say how strictly they are meant.
    fileprivate mutating func forgetSchemaName() {
        switch responseFormat {
        case .text?: responseFormat = nil
        case .jsonSchema(let format)?:
            responseFormat = .jsonSchema(JSONSchemaFormat(name: "answer", schema: format.schema))
        default: break
        }
    }

    // Instructions stand at the beginning, and messages of one side in a row are one: results of tools first.
    fileprivate mutating func joinSides(joiningInstructions: Bool) {
        var instructions: [ContentPart] = []
        var turns: [(isAnswer: Bool, parts: [ContentPart])] = []
        for message in messages {
            if message.role == .system || message.role == .developer {
                instructions += message.content
                continue
            }
            let isAnswer = message.role == .assistant
            // Empty texts are refused there.
            let parts = message.content.filter { $0.text != "" }
            guard !parts.isEmpty else { continue }
            if turns.last?.isAnswer == isAnswer {
                turns[turns.count - 1].parts += parts
            } else {
                turns.append((isAnswer, parts))
            }
        }
        if joiningInstructions, instructions.allSatisfy({ $0.cacheHint == nil }), !instructions.isEmpty {
            instructions = [.text(instructions.compactMap(\.text).joined(separator: "\n\n"))]
        }
        messages = instructions.isEmpty ? [] : [Message(role: .system, content: instructions)]
        for turn in turns {
            if turn.isAnswer {
                messages.append(Message(role: .assistant, content: turn.parts))
                continue
            }
            let results = turn.parts.filter(\.isResult)
            let others = turn.parts.filter { !$0.isResult }
            if !results.isEmpty { messages.append(Message(role: .tool, content: results)) }
            if !others.isEmpty { messages.append(.user(others)) }
        }
    }
}

extension ContentPart {
    fileprivate var text: String? {
        if case .text(let text) = kind { text } else { nil }
    }

    fileprivate var refusal: String? {
        if case .refusal(let text) = kind { text } else { nil }
    }

    fileprivate var isText: Bool { text != nil }

    fileprivate var isCall: Bool {
        if case .toolCall = kind { true } else { false }
    }

    fileprivate var isResult: Bool {
        if case .toolResult = kind { true } else { false }
    }

    fileprivate var isImage: Bool {
        if case .image = kind { true } else { false }
    }

    // A call's seal is for the provider whose model made the call.
    fileprivate mutating func dropSealOfCall() {
        guard case .toolCall(var call) = kind else { return }
        call.signature = nil
        kind = .toolCall(call)
    }

    fileprivate mutating func sayRefusalAsText() {
        if let refusal { kind = .text(refusal) }
    }

    // These APIs want a name for a file's bytes.
    fileprivate mutating func nameFile() {
        guard case .file(var media) = kind, media.isBytes else { return }
        media.filename = media.filename ?? "file"
        kind = .file(media)
    }
}
