extension PlexConfiguration.ProviderType {
    /// What is usual for a type of provider.
    package struct Usual: Sendable {
        package let type: PlexConfiguration.ProviderType
        /// Where it is, if that is known.
        package let baseURL: String?
        /// The variables in which people keep its key, the first one that is set counts.
        package let keyVariables: [String]
    }

    /// All types, with what is usual for each.
    package static let usual: [Usual] = [
        Usual(type: .openAI, baseURL: "https://api.openai.com/v1", keyVariables: ["OPENAI_API_KEY"]),
        Usual(type: .openAIResponses, baseURL: "https://api.openai.com/v1", keyVariables: ["OPENAI_API_KEY"]),
        Usual(type: .anthropic, baseURL: "https://api.anthropic.com", keyVariables: ["ANTHROPIC_API_KEY"]),
        Usual(
            type: .gemini,
            baseURL: "https://generativelanguage.googleapis.com",
            keyVariables: ["GEMINI_API_KEY", "GOOGLE_API_KEY"]
        ),
        Usual(type: .ollama, baseURL: "http://127.0.0.1:11434", keyVariables: ["OLLAMA_API_KEY"]),
        Usual(type: "groq", baseURL: "https://api.groq.com/openai/v1", keyVariables: ["GROQ_API_KEY"]),
        Usual(type: "mistral", baseURL: "https://api.mistral.ai/v1", keyVariables: ["MISTRAL_API_KEY"]),
        Usual(type: "xai", baseURL: "https://api.x.ai/v1", keyVariables: ["XAI_API_KEY"]),
        Usual(type: "deepseek", baseURL: "https://api.deepseek.com/v1", keyVariables: ["DEEPSEEK_API_KEY"]),
        Usual(type: "openrouter", baseURL: "https://openrouter.ai/api/v1", keyVariables: ["OPENROUTER_API_KEY"]),
        Usual(type: "together", baseURL: "https://api.together.xyz/v1", keyVariables: ["TOGETHER_API_KEY"]),
        Usual(type: "lmstudio", baseURL: "http://127.0.0.1:1234/v1", keyVariables: []),
        Usual(type: "vllm", baseURL: "http://127.0.0.1:8000/v1", keyVariables: ["VLLM_API_KEY"]),
        Usual(type: "llamacpp", baseURL: "http://127.0.0.1:8080/v1", keyVariables: ["LLAMA_API_KEY"]),
        Usual(type: .azure, baseURL: nil, keyVariables: ["AZURE_OPENAI_API_KEY"]),
    ]

    /// What is usual for this type, if the type is known.
    package var usual: Usual? { Self.usual.first { $0.type == self } }
}
