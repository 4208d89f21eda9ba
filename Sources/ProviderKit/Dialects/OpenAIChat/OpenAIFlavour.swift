/// Where servers that speak OpenAI's chat completions differ from each other.
///
/// Every switch says what a server takes; what it does not take is left out of a request, with a warning.
public struct OpenAIFlavour: Sendable, Hashable {
    /// How thoughts of earlier turns go back.
    public struct ReasoningReplay: RawRepresentable, Sendable, Hashable {
        /// The name of the message's field.
        public let rawValue: String
        /// Makes a way from the name of the message's field.
        public init(rawValue: String) { self.rawValue = rawValue }
        /// As text in `reasoning_content`.
        public static let reasoningContent = ReasoningReplay(rawValue: "reasoning_content")
        /// As list in `reasoning_details`, seals included.
        public static let reasoningDetails = ReasoningReplay(rawValue: "reasoning_details")
    }

    /// The field for the most tokens to answer with.
    public var maximumTokensField = "max_tokens"
    /// Whether models that are named like OpenAI's reasoning ones get `max_completion_tokens`, the only one they take.
    public var adaptsTokensFieldToModel = false
    /// Whether streams may be asked for their usage by `stream_options`.
    public var takesStreamOptions = true
    /// Whether instructions may have the role `developer`; else they get `system`.
    public var takesDeveloperRole = false
    /// Whether text in several parts goes as a list; else it is joined by line ends.
    public var takesTextLists = false
    /// Whether a tool's result carries the tool's name.
    public var takesToolNames = false
    /// Whether `top_k` is known.
    public var takesTopK = false
    /// The field for the seed.
    public var seedField = "seed"
    /// Whether `cache_control` on parts is known.
    public var takesCacheControl = false
    /// Whether an answer can be held to a schema; else it is held to be JSON.
    public var takesJSONSchema = true
    /// Whether reasoning is set by an object `reasoning`; else by `reasoning_effort`.
    public var takesReasoningObject = false
    /// How thoughts of earlier turns go back; `nil` where the server ignores or refuses them.
    public var reasoningReplay: ReasoningReplay?
    /// Whether a call's seal goes back as Gemini's `extra_content`, without which Gemini refuses the next turn.
    public var takesCallSignatures = false
    /// Whether `metadata` is known.
    public var takesMetadata = false
    /// Whether `user` is known.
    public var takesUser = true
    /// Whether a document may be given by its URL.
    public var takesFileURLs = false

    /// Whether the fields are known that only OpenAI's own service has, such as `prompt_cache_key`.
    public var takesOwnFields = false
    /// Whether the server speaks Responses too, so that a caller's own words can be sent on to it.
    public var takesResponses = false

    /// Makes a flavour that any server is likely to understand.
    public init() {}
}
