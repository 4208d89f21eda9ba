public import TransportKit

/// What a model is told of a tool.
public struct ToolDefinition: Sendable, Hashable {
    /// The tool's name, of `[A-Za-z0-9_-]`, at most 64 characters.
    public var name: String
    /// What the tool does, for the model.
    public var description: String?
    /// The JSON Schema of its arguments; an object.
    public var parameters: JSONValue
    /// Whether the provider should hold the model to the schema strictly; `nil` leaves it to the provider.
    public var isStrict: Bool?
    /// Where a provider may set a mark up to which the prompt is kept for reuse.
    public var cacheHint: CacheHint?
    /// Fields of the wire that the model here has no place for, as they came.
    public var extra: JSONObject

    /// Makes a definition.
    public init(
        name: String,
        description: String? = nil,
        parameters: JSONValue = ["type": "object", "properties": [:]],
        isStrict: Bool? = nil,
        cacheHint: CacheHint? = nil,
        extra: JSONObject = [:]
    ) {
        self.name = name
        self.description = description
        self.parameters = parameters
        self.isStrict = isStrict
        self.cacheHint = cacheHint
        self.extra = extra
    }
}
