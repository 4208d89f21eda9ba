internal import ProviderKit

extension RouteQuery {
    /// What a plan has to know of a conversation.
    init(_ request: ChatRequest, tiesBySession: Bool) {
        var needs: Set<Capabilities.Feature> = []
        if !request.tools.isEmpty { needs.insert(.tools) }
        if case .jsonSchema? = request.responseFormat { needs.insert(.jsonSchema) }
        if let reasoning = request.reasoning, reasoning.effort != ReasoningOptions.Effort.none,
            reasoning.effort != nil || reasoning.budgetTokens != 0
        {
            needs.insert(.reasoning)
        }
        var estimate = TokenEstimate()
        for message in request.messages {
            estimate.addMessage()
            for part in message.content {
                switch part.kind {
                case .text(let text): estimate.add(bytes: text.utf8.count)
                case .image:
                    needs.insert(.vision)
                    estimate.addImage()
                case .audio: needs.insert(.audio)
                case .file: needs.insert(.files)
                case .toolCall(let call): estimate.add(bytes: call.arguments.utf8.count)
                case .toolResult(let result):
                    estimate.add(bytes: Message(role: .tool, content: result.content).text.utf8.count)
                default: break
                }
            }
        }
        for tool in request.tools { estimate.add(bytes: (tool.description?.utf8.count ?? 0) + 200) }
        self.init(
            model: request.model,
            needs: needs,
            promptTokens: estimate.tokens,
            answerTokens: request.maximumTokens,
            affinity: tiesBySession ? Self.affinity(of: request) : nil
        )
    }

    /// What a plan has to know of a request that is sent on as it came.
    init(_ request: ForwardRequest, tiesBySession: Bool) {
        let bytes = request.body.bytes
        let found = BodyNeeds(request.body, request.operation)
        var estimate = TokenEstimate()
        estimate.add(bytes: bytes.count - found.mediaBytes)
        for _ in 0..<found.mediaCount { estimate.addImage() }
        self.init(
            model: request.model,
            needs: found.needs,
            promptTokens: estimate.tokens,
            affinity: tiesBySession ? found.session ?? StableHash.hash(bytes.prefix(Self.stablePrefix)) : nil
        )
    }

    // As far as prompts that share a system message and tools are alike; caches of prompts begin at 1,024 tokens.
    private static let stablePrefix = 4096

    // A session's name if the caller gives one, else what the conversation begins with.
    private static func affinity(of request: ChatRequest) -> UInt64 {
        if let session = request.metadata["session_id"] ?? request.user { return StableHash.hash(session) }
        var bytes: [UInt8] = []
        for message in request.messages.prefix(2) { bytes += Array(message.text.utf8.prefix(stablePrefix)) }
        return StableHash.hash(bytes)
    }
}

/// A guess at the number of tokens, for leaving out models that are far too small.
///
/// About four bytes of English make a token with the tokenizers in use (OpenAI, "What are tokens and how to count them?");
/// for other scripts that guesses too many, which errs on the side of the larger model.
struct TokenEstimate {
    private var bytes = 0
    private var extra = 0

    var tokens: Int { bytes / 4 + extra }

    mutating func add(bytes count: Int) { bytes += count }
    // The marks around a message.
    mutating func addMessage() { extra += 4 }
    // A middle-sized picture, as OpenAI and Anthropic count it.
    mutating func addImage() { extra += 1000 }
}
