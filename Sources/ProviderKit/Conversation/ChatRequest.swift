public import TransportKit

/// What a model is asked.
public struct ChatRequest: Sendable, Hashable {
    /// The model.
    public var model: ModelID
    /// The conversation so far; its last message is to be answered.
    public var messages: [Message]
    /// The tools that the model may call.
    public var tools: [ToolDefinition]
    /// Whether the model may, must or must not call tools; `nil` leaves it to the provider.
    public var toolChoice: ToolChoice?
    /// Whether several calls may come in one answer; `nil` leaves it to the provider.
    public var allowsParallelToolCalls: Bool?
    /// The form of the answer; `nil` is free text.
    public var responseFormat: ResponseFormat?
    /// How the next token is chosen.
    public var sampling: Sampling
    /// The most tokens to answer with, reasoning included; `nil` is the provider's default.
    public var maximumTokens: Int?
    /// Texts at which the answer ends.
    public var stopSequences: [String]
    /// How much the model should think first.
    public var reasoning: ReasoningOptions?
    /// The caller's notes on this request for the provider's records.
    public var metadata: [String: String]
    /// A stable name of the end user, for the provider's abuse checks.
    public var user: String?
    /// Fields of the provider's wire that have no place above; sent as they are, and they win over what is made from the fields above.
    public var extra: JSONObject
    /// The dialect that the `extra` fields of the request, its messages, parts and tools belong to.
    ///
    /// A provider of another dialect leaves them out, with a warning for each. `nil`: they are meant for whoever is asked.
    public var extraDialect: DialectID?
    /// What stood in the caller's request and has no place here, by the caller's own paths.
    package var unreadFields: [String] = []
    /// Limits on time for this request only.
    public var timeouts: Timeouts?

    /// Makes a request.
    public init(
        model: ModelID,
        messages: [Message],
        tools: [ToolDefinition] = [],
        toolChoice: ToolChoice? = nil,
        allowsParallelToolCalls: Bool? = nil,
        responseFormat: ResponseFormat? = nil,
        sampling: Sampling = Sampling(),
        maximumTokens: Int? = nil,
        stopSequences: [String] = [],
        reasoning: ReasoningOptions? = nil,
        metadata: [String: String] = [:],
        user: String? = nil,
        extra: JSONObject = [:],
        extraDialect: DialectID? = nil,
        timeouts: Timeouts? = nil
    ) {
        self.model = model
        self.messages = messages
        self.tools = tools
        self.toolChoice = toolChoice
        self.allowsParallelToolCalls = allowsParallelToolCalls
        self.responseFormat = responseFormat
        self.sampling = sampling
        self.maximumTokens = maximumTokens
        self.stopSequences = stopSequences
        self.reasoning = reasoning
        self.metadata = metadata
        self.user = user
        self.extra = extra
        self.extraDialect = extraDialect
        self.timeouts = timeouts
    }

    /// Makes a request of one user message.
    public init(model: ModelID, prompt: String) {
        self.init(model: model, messages: [.user(prompt)])
    }
}

/// How the next token is chosen; `nil` leaves a setting to the provider.
public struct Sampling: Sendable, Hashable {
    /// Spread of the choice, 0 (always the likeliest) to 2; Anthropic's ends at 1.
    public var temperature: Double?
    /// Only the likeliest tokens that make up this share are considered, 0 to 1.
    public var topP: Double?
    /// Only this many of the likeliest tokens are considered.
    public var topK: Int?
    /// Makes the choice repeatable as far as the provider can.
    public var seed: Int?
    /// Pushes away from tokens that have appeared at all, −2 to 2.
    public var presencePenalty: Double?
    /// Pushes away from tokens by how often they have appeared, −2 to 2.
    public var frequencyPenalty: Double?

    /// Makes settings.
    public init(
        temperature: Double? = nil,
        topP: Double? = nil,
        topK: Int? = nil,
        seed: Int? = nil,
        presencePenalty: Double? = nil,
        frequencyPenalty: Double? = nil
    ) {
        self.temperature = temperature
        self.topP = topP
        self.topK = topK
        self.seed = seed
        self.presencePenalty = presencePenalty
        self.frequencyPenalty = frequencyPenalty
    }
}

/// How much a model should think before it answers.
public struct ReasoningOptions: Sendable, Hashable {
    /// The provider's word for the effort.
    public struct Effort: RawRepresentable, Sendable, Hashable, ExpressibleByStringLiteral {
        /// The word.
        public let rawValue: String
        /// Makes an effort from its word.
        public init(rawValue: String) { self.rawValue = rawValue }
        /// Makes an effort from its word.
        public init(stringLiteral value: String) { rawValue = value }
        /// No thinking.
        public static let none: Effort = "none"
        /// Hardly any.
        public static let minimal: Effort = "minimal"
        /// A little.
        public static let low: Effort = "low"
        /// Some.
        public static let medium: Effort = "medium"
        /// A lot.
        public static let high: Effort = "high"
    }

    /// The effort in words.
    public var effort: Effort?
    /// The most tokens to think with.
    public var budgetTokens: Int?

    /// Makes options.
    public init(effort: Effort? = nil, budgetTokens: Int? = nil) {
        self.effort = effort
        self.budgetTokens = budgetTokens
    }
}

/// Whether a model may call tools.
@nonexhaustive
public enum ToolChoice: Sendable, Hashable {
    /// It decides.
    case auto
    /// It must not.
    case none
    /// It must call at least one.
    case required
    /// It must call this one.
    case tool(String)
}

/// The form of an answer.
@nonexhaustive
public enum ResponseFormat: Sendable, Hashable {
    /// Free text.
    case text
    /// Some JSON object.
    case jsonObject
    /// JSON that fits a schema.
    case jsonSchema(JSONSchemaFormat)
}

/// A JSON Schema that an answer has to fit.
public struct JSONSchemaFormat: Sendable, Hashable {
    /// A name for the schema, of `[A-Za-z0-9_-]`, at most 64 characters.
    public var name: String
    /// What the answer is, in words.
    public var description: String?
    /// The schema.
    public var schema: JSONValue
    /// Whether the provider should hold the model to it strictly; `nil` leaves it to the provider.
    public var isStrict: Bool?

    /// Makes a format.
    public init(name: String, description: String? = nil, schema: JSONValue, isStrict: Bool? = nil) {
        self.name = name
        self.description = description
        self.schema = schema
        self.isStrict = isStrict
    }
}
