public import TransportKit

/// A model's whole answer.
public struct ChatResponse: Sendable, Hashable {
    /// The answer's name at the provider.
    public var id: String?
    /// The provider that answered.
    public var provider: ProviderID
    /// The model that answered, as the provider named it.
    public var model: ModelID
    /// The answer.
    public var message: Message
    /// Why the answer ended; `nil` when the provider did not say.
    ///
    /// It is never made up.
    public var finishReason: FinishReason?
    /// The provider's own word for why the answer ended.
    public var rawFinishReason: String?
    /// The tokens used; `nil` when the provider did not say.
    public var usage: Usage?
    /// The provider's name for the request, for its support.
    public var requestID: String?
    /// What could not be done as asked.
    public var warnings: [Warning]
    /// The way the request took.
    public var route: Route?
    /// Fields of the wire that have no place above, as they came.
    public var extra: JSONObject

    /// Makes an answer.
    public init(
        id: String? = nil,
        provider: ProviderID,
        model: ModelID,
        message: Message,
        finishReason: FinishReason? = nil,
        rawFinishReason: String? = nil,
        usage: Usage? = nil,
        requestID: String? = nil,
        warnings: [Warning] = [],
        route: Route? = nil,
        extra: JSONObject = [:]
    ) {
        self.id = id
        self.provider = provider
        self.model = model
        self.message = message
        self.finishReason = finishReason
        self.rawFinishReason = rawFinishReason
        self.usage = usage
        self.requestID = requestID
        self.warnings = warnings
        self.route = route
        self.extra = extra
    }

    /// The answer's text.
    public var text: String { message.text }
    /// The tool calls that the model asks for.
    public var toolCalls: [ToolCall] { message.toolCalls }
}

/// Why an answer ended, in words common to all providers.
public struct FinishReason: RawRepresentable, Sendable, Hashable, Codable, ExpressibleByStringLiteral,
    CustomStringConvertible
{
    /// The word.
    public let rawValue: String
    /// Makes a reason from its word.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// Makes a reason from its word.
    public init(stringLiteral value: String) { rawValue = value }
    /// The model came to an end, or to a stop sequence.
    public static let stop: FinishReason = "stop"
    /// The token limit was reached.
    public static let length: FinishReason = "length"
    /// The model waits for the results of its tool calls.
    public static let toolCalls: FinishReason = "tool_calls"
    /// The provider's filter cut the answer.
    public static let contentFilter: FinishReason = "content_filter"
    /// The model refused.
    public static let refusal: FinishReason = "refusal"
    /// The provider paused a long turn, which is continued by sending the conversation again.
    public static let pause: FinishReason = "pause"
    /// The word.
    public var description: String { rawValue }
}

/// The tokens that a request used.
public struct Usage: Sendable, Hashable, Codable {
    /// Tokens of the prompt, cached ones included.
    public var inputTokens: Int
    /// Tokens of the answer, reasoning included.
    public var outputTokens: Int
    /// Tokens of the prompt that were read from the provider's cache.
    public var cachedReadTokens: Int?
    /// Tokens of the prompt that were written to the provider's cache.
    public var cachedWriteTokens: Int?
    /// Tokens of the answer that were reasoning.
    public var reasoningTokens: Int?
    /// Prompt and answer together.
    public var totalTokens: Int { inputTokens.addingClamped(outputTokens) }

    /// Makes a count.
    public init(
        inputTokens: Int,
        outputTokens: Int,
        cachedReadTokens: Int? = nil,
        cachedWriteTokens: Int? = nil,
        reasoningTokens: Int? = nil
    ) {
        self.inputTokens = inputTokens
        self.outputTokens = outputTokens
        self.cachedReadTokens = cachedReadTokens
        self.cachedWriteTokens = cachedWriteTokens
        self.reasoningTokens = reasoningTokens
    }
}

/// Something that could not be done as asked, though an answer came.
public struct Warning: Sendable, Hashable, CustomStringConvertible {
    /// The kind of warning.
    public struct Code: RawRepresentable, Sendable, Hashable, ExpressibleByStringLiteral {
        /// The word.
        public let rawValue: String
        /// Makes a code from its word.
        public init(rawValue: String) { self.rawValue = rawValue }
        /// Makes a code from its word.
        public init(stringLiteral value: String) { rawValue = value }
        /// A setting or field has no counterpart in the provider's dialect and was left out.
        public static let dropped: Code = "dropped"
        /// A value was changed to fit the provider.
        public static let adjusted: Code = "adjusted"
    }

    /// The kind of warning.
    public var code: Code
    /// The path of the field that it is about, for example `sampling.topK`.
    public var field: String
    /// What happened, for a person.
    public var message: String
    /// Whether the path is the caller's own already, not that of the conversation model.
    package var isInCallersWords = false

    /// Makes a warning.
    public init(_ code: Code, field: String, _ message: String) {
        self.code = code
        self.field = field
        self.message = message
    }

    /// Field and message.
    public var description: String { "\(field): \(message)" }
}

/// The way a request took to its answer.
public struct Route: Sendable, Hashable {
    /// A decision on the way: who was chosen, left out or waited for, and why.
    public struct Step: Sendable, Hashable, CustomStringConvertible {
        /// The kind of decision.
        public struct Kind: RawRepresentable, Sendable, Hashable, ExpressibleByStringLiteral {
            /// The word.
            public let rawValue: String
            /// Makes a kind from its word.
            public init(rawValue: String) { self.rawValue = rawValue }
            /// Makes a kind from its word.
            public init(stringLiteral value: String) { rawValue = value }
            /// It was left out.
            public static let skipped: Kind = "skipped"
            /// A request was sent to it.
            public static let chosen: Kind = "chosen"
            /// A second request was sent to it, beside a slow first one.
            public static let hedged: Kind = "hedged"
            /// It was waited for.
            public static let waited: Kind = "waited"
            /// It failed.
            public static let failed: Kind = "failed"
            /// It was given up, as another was faster.
            public static let abandoned: Kind = "abandoned"
        }

        /// The kind of decision.
        public var kind: Kind
        /// The provider that it is about.
        public var provider: ProviderID
        /// The model that it is about.
        public var model: ModelID
        /// The credential's name, where the provider has several.
        public var credential: String?
        /// Why, for a person.
        public var reason: String

        /// Makes a step.
        public init(
            _ kind: Kind,
            provider: ProviderID,
            model: ModelID,
            credential: String? = nil,
            reason: String
        ) {
            self.kind = kind
            self.provider = provider
            self.model = model
            self.credential = credential
            self.reason = reason
        }

        /// Kind, deployment and reason in one line.
        public var description: String {
            "\(kind.rawValue) \(provider)/\(model)\(credential.map { "#\($0)" } ?? ""): \(reason)"
        }
    }

    /// The requests that were sent, in order; the last one gave the answer.
    public var attempts: [Attempt]
    /// The route's or role's name, or the model's where no route is involved; `nil` without a router.
    public var name: String?
    /// What was decided on the way, in order; empty without a router.
    public var steps: [Step]

    /// Makes a route.
    public init(attempts: [Attempt], name: String? = nil, steps: [Step] = []) {
        self.attempts = attempts
        self.name = name
        self.steps = steps
    }
}

/// One request that was sent to a provider, and what came of it.
public struct Attempt: Sendable, Hashable, CustomStringConvertible {
    /// The provider.
    public var provider: ProviderID
    /// The model that was asked for.
    public var model: ModelID
    /// The name of the credential that it was asked with, where the provider has several.
    public var credential: String?
    /// The error's code, or `nil` if it succeeded.
    public var code: PlexError.Code?
    /// The HTTP status, where there was one.
    public var status: Int?
    /// From sending to outcome.
    public var duration: Duration

    /// Makes an attempt.
    public init(
        provider: ProviderID,
        model: ModelID,
        credential: String? = nil,
        code: PlexError.Code?,
        status: Int?,
        duration: Duration
    ) {
        self.provider = provider
        self.model = model
        self.credential = credential
        self.code = code
        self.status = status
        self.duration = duration
    }

    /// Provider, model and outcome in one line.
    public var description: String {
        let outcome = code.map { "\($0)" } ?? "ok"
        let name = "\(provider)/\(model)\(credential.map { "#\($0)" } ?? "")"
        return "\(name): \(outcome)\(status.map { " (HTTP \($0))" } ?? "")"
    }
}
