internal import ProviderKit

extension PlexConfiguration.ProviderType {
    /// What is usual for a type of provider.
    package struct Usual: Sendable {
        package let type: PlexConfiguration.ProviderType
        /// Where it is, if that is known.
        package let baseURL: String?
        /// The variables in which people keep its key, the first one that is set counts.
        package let keyVariables: [String]
    }

    /// All types, with what is usual for each: the dialects, then the presets of OpenAI's.
    package static let usual: [Usual] = {
        let openAI = OpenAIPreset.openAI
        let dialects = [
            Usual(type: .openAI, baseURL: openAI.baseURL, keyVariables: ["OPENAI_API_KEY"]),
            Usual(type: .openAIResponses, baseURL: openAI.baseURL, keyVariables: ["OPENAI_API_KEY"]),
            Usual(type: .anthropic, baseURL: "https://api.anthropic.com", keyVariables: ["ANTHROPIC_API_KEY"]),
            Usual(
                type: .gemini,
                baseURL: "https://generativelanguage.googleapis.com",
                keyVariables: ["GEMINI_API_KEY", "GOOGLE_API_KEY"]
            ),
            Usual(type: .ollama, baseURL: "http://127.0.0.1:11434", keyVariables: ["OLLAMA_API_KEY"]),
        ]
        let presets = OpenAIPreset.all.filter { $0.name != openAI.name }.map { preset in
            Usual(
                type: PlexConfiguration.ProviderType(rawValue: preset.name),
                baseURL: preset.baseURL,
                keyVariables: preset.keyVariable.map { [$0] } ?? []
            )
        }
        return dialects + presets
    }()

    /// What is usual for this type, if the type is known.
    package var usual: Usual? { Self.usual.first { $0.type == self } }
}

extension PlexConfiguration.Provider {
    /// The variable in which people keep the key that a provider like this one wants; `nil` if it may well want none.
    package var usualKeyVariable: String? {
        guard let usual = type.usual, let variable = usual.keyVariables.first else { return nil }
        // At another address than the type's own there may be a server that wants no key.
        let isUsualService = baseURL == nil || baseURL == usual.baseURL
        return isUsualService && usual.baseURL?.hasPrefix("https://") == true ? variable : nil
    }

    /// What is to be done about a key that the service wants and that is nowhere, the credential store left aside; `nil` if
    /// there is one, or it may well do without.
    package var missingKey: String? {
        guard apiKey == nil, credentials.isEmpty, headers.isEmpty, let variable = usualKeyVariable else { return nil }
        return """
            provider \(name) has no key; set it with plexctl auth set \(name), in \(variable), or as api_key in the \
            configuration
            """
    }
}
