/// The name by which a provider is known to a program, for example `openai`.
public struct ProviderID: RawRepresentable, Sendable, Hashable, Codable, ExpressibleByStringLiteral,
    CustomStringConvertible
{
    /// The name.
    public let rawValue: String
    /// Makes an identifier from a name.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// Makes an identifier from a name.
    public init(_ name: String) { rawValue = name }
    /// Makes an identifier from a name.
    public init(stringLiteral value: String) { rawValue = value }
    /// The name.
    public var description: String { rawValue }
}

/// The name of a model as its provider knows it, for example `gpt-4o-mini`.
public struct ModelID: RawRepresentable, Sendable, Hashable, Codable, ExpressibleByStringLiteral,
    CustomStringConvertible
{
    /// The name.
    public let rawValue: String
    /// Makes an identifier from a name.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// Makes an identifier from a name.
    public init(_ name: String) { rawValue = name }
    /// Makes an identifier from a name.
    public init(stringLiteral value: String) { rawValue = value }
    /// The name.
    public var description: String { rawValue }
}

/// A vendor's wire format; an open set.
public struct DialectID: RawRepresentable, Sendable, Hashable, Codable, ExpressibleByStringLiteral,
    CustomStringConvertible
{
    /// The name.
    public let rawValue: String
    /// Makes an identifier from a name.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// Makes an identifier from a name.
    public init(stringLiteral value: String) { rawValue = value }
    /// OpenAI's, with chat completions, completions of plain text and embeddings.
    public static let openAI: DialectID = "openai"
    /// Anthropic's Messages API.
    public static let anthropic: DialectID = "anthropic"
    /// Ollama's own.
    public static let ollama: DialectID = "ollama"
    /// Gemini's generateContent.
    public static let gemini: DialectID = "gemini"
    /// OpenAI's Responses.
    public static let openAIResponses: DialectID = "openai-responses"
    /// The name.
    public var description: String { rawValue }
}

/// Who speaks in a message; any word from the wire is kept.
public struct Role: RawRepresentable, Sendable, Hashable, Codable, ExpressibleByStringLiteral,
    CustomStringConvertible
{
    /// The word.
    public let rawValue: String
    /// Makes a role from its word.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// Makes a role from its word.
    public init(stringLiteral value: String) { rawValue = value }
    /// Instructions for the whole conversation.
    public static let system: Role = "system"
    /// Instructions of the application's developer; some dialects know only `system`.
    public static let developer: Role = "developer"
    /// The person or program that asks.
    public static let user: Role = "user"
    /// The model.
    public static let assistant: Role = "assistant"
    /// Results of tool calls.
    public static let tool: Role = "tool"
    /// The word.
    public var description: String { rawValue }
}
