extension OpenAIPreset {
    /// All presets, services first.
    public static let all: [OpenAIPreset] = [
        .openAI, .groq, .mistral, .xAI, .deepSeek, .openRouter, .together, .lmStudio, .vLLM, .llamaCpp, .azure,
    ]

    /// OpenAI.
    public static let openAI = OpenAIPreset(
        name: "openai",
        displayName: "OpenAI",
        baseURL: "https://api.openai.com/v1",
        keyVariable: "OPENAI_API_KEY",
        requiresKey: true,
        flavour: ownFlavour
    )

    /// Any server that is not known by name.
    public static let compatible = OpenAIPreset(
        name: "compatible",
        displayName: "OpenAI-compatible server",
        flavour: .with {
            $0.adaptsTokensFieldToModel = true
            $0.takesCallSignatures = true
        }
    )

    /// Groq.
    public static let groq = OpenAIPreset(
        name: "groq",
        displayName: "Groq",
        baseURL: "https://api.groq.com/openai/v1",
        keyVariable: "GROQ_API_KEY",
        requiresKey: true,
        flavour: .with { $0.maximumTokensField = "max_completion_tokens" }
    )

    /// Mistral, which refuses every field that it does not know.
    public static let mistral = OpenAIPreset(
        name: "mistral",
        displayName: "Mistral",
        baseURL: "https://api.mistral.ai/v1",
        keyVariable: "MISTRAL_API_KEY",
        requiresKey: true,
        flavour: .with {
            $0.takesStreamOptions = false
            $0.seedField = "random_seed"
            $0.takesUser = false
            $0.takesToolNames = true
            $0.takesTextLists = true
        }
    )

    /// xAI.
    public static let xAI = OpenAIPreset(
        name: "xai",
        displayName: "xAI",
        baseURL: "https://api.x.ai/v1",
        keyVariable: "XAI_API_KEY",
        requiresKey: true,
        flavour: .with { $0.maximumTokensField = "max_completion_tokens" }
    )

    /// DeepSeek, whose thinking models want their thoughts back.
    public static let deepSeek = OpenAIPreset(
        name: "deepseek",
        displayName: "DeepSeek",
        baseURL: "https://api.deepseek.com/v1",
        keyVariable: "DEEPSEEK_API_KEY",
        requiresKey: true,
        flavour: .with {
            $0.takesJSONSchema = false
            $0.reasoningReplay = .reasoningContent
            $0.takesUser = false
        }
    )

    /// OpenRouter.
    public static let openRouter = OpenAIPreset(
        name: "openrouter",
        displayName: "OpenRouter",
        baseURL: "https://openrouter.ai/api/v1",
        keyVariable: "OPENROUTER_API_KEY",
        requiresKey: true,
        flavour: .with {
            $0.takesTextLists = true
            $0.takesTopK = true
            $0.takesCacheControl = true
            $0.takesReasoningObject = true
            $0.reasoningReplay = .reasoningDetails
            $0.takesFileURLs = true
        }
    )

    /// Together.
    public static let together = OpenAIPreset(
        name: "together",
        displayName: "Together",
        baseURL: "https://api.together.xyz/v1",
        keyVariable: "TOGETHER_API_KEY",
        requiresKey: true,
        flavour: .with { $0.takesTopK = true }
    )

    /// LM Studio on this machine.
    public static let lmStudio = OpenAIPreset(
        name: "lmstudio",
        displayName: "LM Studio",
        baseURL: "http://127.0.0.1:1234/v1",
        flavour: .with { $0.takesTopK = true },
        assumedFeatures: localFeatures
    )

    /// vLLM on this machine.
    public static let vLLM = OpenAIPreset(
        name: "vllm",
        displayName: "vLLM",
        baseURL: "http://127.0.0.1:8000/v1",
        keyVariable: "VLLM_API_KEY",
        flavour: .with {
            $0.takesTopK = true
            $0.takesTextLists = true
        },
        assumedFeatures: localFeatures
    )

    /// llama.cpp's server on this machine.
    public static let llamaCpp = OpenAIPreset(
        name: "llamacpp",
        displayName: "llama.cpp",
        baseURL: "http://127.0.0.1:8080/v1",
        keyVariable: "LLAMA_API_KEY",
        flavour: .with { $0.takesTopK = true },
        assumedFeatures: localFeatures
    )

    /// OpenAI's models on Azure.
    public static let azure = OpenAIPreset(
        name: "azure",
        displayName: "Azure OpenAI",
        keyVariable: "AZURE_OPENAI_API_KEY",
        requiresKey: true,
        authentication: .apiKey,
        flavour: ownFlavour
    )

    private static let ownFlavour = OpenAIFlavour.with {
        $0.maximumTokensField = "max_completion_tokens"
        $0.takesDeveloperRole = true
        $0.takesTextLists = true
        $0.takesMetadata = true
        $0.takesOwnFields = true
        $0.takesResponses = true
    }

    // These engines hold any model to a schema, by grammar.
    private static let localFeatures: Set<Capabilities.Feature> = [.streaming, .tools, .jsonSchema]
}

extension OpenAIFlavour {
    fileprivate static func with(_ change: (inout OpenAIFlavour) -> Void) -> OpenAIFlavour {
        var flavour = OpenAIFlavour()
        change(&flavour)
        return flavour
    }
}
