/// What happens while an answer streams in.
@nonexhaustive
public enum ChatEvent: Sendable, Hashable {
    /// The provider has begun to answer; comes once, first.
    case started(StreamStart)
    /// More of the answer's text.
    case text(String)
    /// More of the model's thoughts.
    case reasoning(String)
    /// The provider's seal on the reasoning that came last, or reasoning that came only sealed; told once it is whole.
    case reasoningSealed(Reasoning)
    /// A tool call begins; `index` counts the calls of this answer from 0.
    case toolCallBegan(index: Int, id: String, name: String)
    /// More of a call's arguments, as a piece of JSON text.
    case toolCallArguments(index: Int, delta: String)
    /// A tool call is whole.
    case toolCallEnded(index: Int, call: ToolCall)
    /// More of the model's words on why it does not answer.
    case refusal(String)
    /// Something could not be done as asked.
    case warning(Warning)
    /// What came so far is void; the answer begins anew.
    case reset(reason: String)
    /// The answer is whole; comes once, last.
    case finished(ChatResponse)
}

/// What is known when an answer begins.
public struct StreamStart: Sendable, Hashable {
    /// The answer's name at the provider, where it is known yet.
    public var id: String?
    /// The provider that answers.
    public var provider: ProviderID
    /// The model that answers, as the provider named it, or as it was asked for.
    public var model: ModelID
    /// The provider's name for the request.
    public var requestID: String?

    /// Makes a start.
    public init(id: String? = nil, provider: ProviderID, model: ModelID, requestID: String? = nil) {
        self.id = id
        self.provider = provider
        self.model = model
        self.requestID = requestID
    }
}
