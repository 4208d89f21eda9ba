/// What a model can do.
public struct Capabilities: Sendable, Hashable {
    /// A thing that a model may be able to do.
    public struct Feature: RawRepresentable, Sendable, Hashable, ExpressibleByStringLiteral {
        /// The feature's word.
        public let rawValue: String
        /// Makes a feature from its word.
        public init(rawValue: String) { self.rawValue = rawValue }
        /// Makes a feature from its word.
        public init(stringLiteral value: String) { rawValue = value }
        /// Answers in a stream.
        public static let streaming: Feature = "streaming"
        /// Calls tools.
        public static let tools: Feature = "tools"
        /// Looks at images.
        public static let vision: Feature = "vision"
        /// Listens to recordings.
        public static let audio: Feature = "audio"
        /// Reads documents.
        public static let files: Feature = "files"
        /// Answers in JSON that fits a schema.
        public static let jsonSchema: Feature = "json_schema"
        /// Thinks before it answers.
        public static let reasoning: Feature = "reasoning"
        /// Continues an answer that the request begins.
        public static let prefill: Feature = "prefill"
        /// Makes embeddings.
        public static let embeddings: Feature = "embeddings"
    }

    /// What the model is known or assumed to do.
    public var features: Set<Feature>
    /// The most tokens of prompt and answer together, where known.
    public var contextLength: Int?
    /// The most tokens of an answer, where known.
    public var maximumOutputTokens: Int?

    /// Makes a description.
    public init(features: Set<Feature>, contextLength: Int? = nil, maximumOutputTokens: Int? = nil) {
        self.features = features
        self.contextLength = contextLength
        self.maximumOutputTokens = maximumOutputTokens
    }

    /// Whether a feature is there.
    public func contains(_ feature: Feature) -> Bool {
        features.contains(feature)
    }
}

/// A model that a provider offers.
public struct Model: Sendable, Hashable {
    /// The model's name at the provider.
    public var id: ModelID
    /// The provider.
    public var provider: ProviderID
    /// The name for people, where there is one.
    public var displayName: String?
    /// Who made it, where the provider says.
    public var owner: String?
    /// When it was made, in seconds since 1970, where the provider says.
    public var created: Int?
    /// The most tokens of prompt and answer together, where the provider says.
    public var contextLength: Int?
    /// Its size on disk in bytes, for local models.
    public var sizeInBytes: Int?

    /// Makes a model.
    public init(
        id: ModelID,
        provider: ProviderID,
        displayName: String? = nil,
        owner: String? = nil,
        created: Int? = nil,
        contextLength: Int? = nil,
        sizeInBytes: Int? = nil
    ) {
        self.id = id
        self.provider = provider
        self.displayName = displayName
        self.owner = owner
        self.created = created
        self.contextLength = contextLength
        self.sizeInBytes = sizeInBytes
    }
}
