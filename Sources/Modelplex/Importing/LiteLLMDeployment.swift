/// One entry of LiteLLM's `model_list`, in our words.
struct LiteLLMDeployment {
    /// Where requests go: what makes a provider.
    struct Site: Hashable {
        var type: PlexConfiguration.ProviderType
        /// Whether it is a server of one's own that speaks like OpenAI, and is called by its address.
        var isOwn = false
        var baseURL: String?
        var apiVersion: String?
        var headers: [String: String] = [:]
        var total: String?
        var firstByte: String?
    }

    /// The name that callers use; a `*` stands for any text.
    var alias: String
    /// The model's name at the provider; a `*` stands for what the alias's stood for.
    var model: String
    var site: Site
    /// `${VARIABLE}`; `nil` if none is needed.
    var key: String?
    /// Its share of the requests, if that is said.
    var weight: Double?
    /// Its limits on requests and tokens, which tell its share where nothing else does.
    var requests: Double?
    var tokens: Double?
    /// Deployments with a lower one go first.
    var order: Int?
    /// Settings of requests, as they stand.
    var parameters: ConfigTable
    var price: Price?
    var position: ConfigValue.Position?
}

extension LiteLLMDeployment {
    /// A provider that LiteLLM has a word for, and what it is called here.
    private static let types: [String: PlexConfiguration.ProviderType] = [
        "openai": .openAI, "text-completion-openai": .openAI, "custom_openai": own, "openai_like": own,
        "anthropic": .anthropic, "gemini": .gemini, "ollama": .ollama,
        "ollama_chat": .ollama, "azure": .azure, "groq": "groq", "mistral": "mistral", "xai": "xai",
        "deepseek": "deepseek", "openrouter": "openrouter", "together_ai": "together", "lm_studio": "lmstudio",
        "hosted_vllm": "vllm", "vllm": "vllm", "llamafile": "llamacpp", "xinference": own,
        "litellm_proxy": own, "fireworks_ai": own, "perplexity": own, "deepinfra": own, "nvidia_nim": own,
        "cerebras": own,
    ]
    // What stands in the table for servers that speak like OpenAI at an address that has to be named.
    private static let own: PlexConfiguration.ProviderType = ""

    /// LiteLLM's word for a model's provider, and the model's own name.
    ///
    /// - Parameters:
    ///   - model: The model as LiteLLM names it.
    ///   - provider: The word of `custom_llm_provider`.
    /// - Returns: Both; no word, if the name does not tell.
    static func split(_ model: String, provider: String?) -> (word: String?, model: String) {
        if let provider {
            return (provider, model.hasPrefix("\(provider)/") ? String(model.dropFirst(provider.count + 1)) : model)
        }
        if let slash = model.firstIndex(of: "/") {
            return (String(model[..<slash]), String(model[model.index(after: slash)...]))
        }
        // Bare names of the two vendors that LiteLLM knows without a word before them.
        let beginnings = [
            ("gpt-", "openai"), ("chatgpt-", "openai"), ("o1", "openai"), ("o3", "openai"), ("o4", "openai"),
            ("text-embedding-", "openai"), ("claude", "anthropic"),
        ]
        return (beginnings.first { model.hasPrefix($0.0) }?.1, model)
    }

    /// Where a word's requests go, as far as the word and the address tell; `nil` if there is no counterpart.
    static func site(of word: String, baseURL: String?) -> Site? {
        guard let type = types[word] else { return nil }
        // The word for OpenAI is LiteLLM's word for all that speaks like it.
        let isOwn = type == own || type == .openAI && baseURL.map { !$0.contains("api.openai.com") } == true
        if isOwn, baseURL == nil { return nil }
        return Site(type: isOwn ? .openAI : type, isOwn: isOwn, baseURL: baseURL)
    }

    /// What a provider may be called: LiteLLM's word, or what its address is called.
    static func name(of site: Site) -> String {
        guard site.isOwn else { return site.type.rawValue }
        guard let baseURL = site.baseURL, let scheme = baseURL.firstRange(of: "://") else { return "server" }
        let host = baseURL[scheme.upperBound...].prefix { $0 != "/" && $0 != ":" }
        let labels = host.split(separator: ".").map { label in
            label.filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }
        }
        if host == "localhost" || labels.allSatisfy({ Int($0) != nil }) { return "local" }
        let label = labels.count > 1 ? labels[labels.count - 2] : labels.first ?? ""
        return label.isEmpty ? "server" : label.lowercased()
    }
}
