/// What families of open models can do, told from the name under which they are in Ollama's library.
enum OllamaModelFamily {
    private static let embedding = [
        "nomic-embed", "mxbai-embed", "all-minilm", "bge-", "snowflake-arctic-embed", "embeddinggemma",
        "qwen3-embedding", "granite-embedding", "paraphrase-multilingual",
    ]
    private static let vision = [
        "llava", "bakllava", "llama3.2-vision", "llama4", "gemma3:4b", "gemma3:12b", "gemma3:27b", "gemma3n",
        "qwen2.5vl",
        "qwen2.5-vl", "qwen3-vl", "minicpm-v", "moondream", "granite3.2-vision", "mistral-small3.1", "mistral-small3.2",
    ]
    private static let tools = [
        "llama3.1", "llama3.2", "llama3.3", "llama4", "qwen2.5", "qwen3", "mistral", "mixtral", "command-r", "gpt-oss",
        "granite3", "granite4", "hermes3", "devstral", "magistral", "phi4-mini", "smollm2", "cogito", "nemotron",
    ]
    private static let reasoning = ["deepseek-r1", "qwen3", "gpt-oss", "magistral", "cogito", "deepseek-v3.1", "qwq"]

    /// What a model can do; of an unknown family only that it streams and can be held to a schema, which is the server's work.
    static func capabilities(of model: ModelID) -> Capabilities {
        let name = model.rawValue.lowercased().split(separator: "/").last.map(String.init) ?? ""
        func isAny(of prefixes: [String]) -> Bool {
            prefixes.contains { name.hasPrefix($0) }
        }
        if isAny(of: embedding) { return Capabilities(features: [.embeddings]) }
        var features: Set<Capabilities.Feature> = [.streaming, .jsonSchema]
        if isAny(of: vision) { features.insert(.vision) }
        if isAny(of: tools) { features.insert(.tools) }
        if isAny(of: reasoning) { features.insert(.reasoning) }
        return Capabilities(features: features)
    }
}
