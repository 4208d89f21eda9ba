extension PlexConfiguration {
    /// A type of provider, as configuration names it: a dialect, or a service that speaks one.
    public struct ProviderType: RawRepresentable, Sendable, Hashable, ExpressibleByStringLiteral,
        CustomStringConvertible
    {
        /// The type's name.
        public let rawValue: String
        /// Makes a type from its name.
        public init(rawValue: String) { self.rawValue = rawValue }
        /// Makes a type from its name.
        public init(stringLiteral value: String) { rawValue = value }
        /// The type's name.
        public var description: String { rawValue }

        /// OpenAI's chat completions, at OpenAI or at any compatible address.
        public static let openAI: ProviderType = "openai"
        /// OpenAI's responses.
        public static let openAIResponses: ProviderType = "openai-responses"
        /// Anthropic's messages.
        public static let anthropic: ProviderType = "anthropic"
        /// Gemini's generateContent.
        public static let gemini: ProviderType = "gemini"
        /// Ollama's own chat interface.
        public static let ollama: ProviderType = "ollama"
        /// OpenAI's models on Azure.
        public static let azure: ProviderType = "azure"
    }
}
