/// What models are known to do, by the beginning of their names.
///
/// A short table of what their makers publish; of a model that is not in it, only what its preset assumes is claimed.
enum OpenAIModelTraits {
    private struct Entry: Sendable {
        var prefix: String
        var features: Set<Capabilities.Feature>
        var contextLength: Int?
        var maximumOutputTokens: Int?

        init(_ prefix: String, _ features: Set<Capabilities.Feature>, _ context: Int? = nil, _ output: Int? = nil) {
            self.prefix = prefix
            self.features = features
            contextLength = context
            maximumOutputTokens = output
        }
    }

    private static let seeing: Set<Capabilities.Feature> = [.streaming, .tools, .vision, .files, .jsonSchema]
    private static let thinking: Set<Capabilities.Feature> = seeing.union([.reasoning])
    private static let plain: Set<Capabilities.Feature> = [.streaming, .tools]

    private static let entries: [Entry] = [
        Entry("gpt-5", thinking, 400_000, 128_000),
        Entry("gpt-4.1", seeing, 1_047_576, 32_768),
        Entry("gpt-4o", seeing, 128_000, 16_384),
        Entry("gpt-4o-audio", [.streaming, .tools, .audio], 128_000, 16_384),
        Entry("gpt-4-turbo", [.streaming, .tools, .vision], 128_000, 4_096),
        Entry("gpt-4", plain, 8_192),
        Entry("gpt-3.5-turbo", plain, 16_385, 4_096),
        Entry("o1", thinking, 200_000, 100_000),
        Entry("o3", thinking, 200_000, 100_000),
        Entry("o3-mini", [.streaming, .tools, .jsonSchema, .reasoning], 200_000, 100_000),
        Entry("o4-mini", thinking, 200_000, 100_000),
        Entry("text-embedding-", [.embeddings], 8_191),
        Entry("grok-4", [.streaming, .tools, .vision, .jsonSchema, .reasoning]),
        Entry("deepseek-reasoner", [.streaming, .tools, .reasoning]),
        Entry("magistral", [.streaming, .tools, .jsonSchema, .reasoning]),
        Entry("mistral-embed", [.embeddings]),
        Entry("pixtral", [.streaming, .tools, .vision, .jsonSchema]),
    ]

    /// What a model is known or assumed to do.
    static func capabilities(of model: ModelID, assuming features: Set<Capabilities.Feature>) -> Capabilities {
        // Routers put the maker before the name.
        let name = model.rawValue.split(separator: "/").last.map { $0.lowercased() } ?? ""
        let known = entries.filter { name.hasPrefix($0.prefix) }.max { $0.prefix.utf8.count < $1.prefix.utf8.count }
        guard let known else { return Capabilities(features: features) }
        return Capabilities(
            features: known.features,
            contextLength: known.contextLength,
            maximumOutputTokens: known.maximumOutputTokens
        )
    }
}
