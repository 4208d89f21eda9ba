extension DialectError {
    /// The error of an answer that began well: its status says nothing, so the words in it decide.
    func asPlexError(provider: ProviderID? = nil, model: ModelID? = nil) -> PlexError {
        PlexError(
            ErrorClassifier.code(status: 200, details: self),
            "the provider failed while it answered: \(message?.trimmedForLog ?? providerCode ?? "it gave no reason")",
            provider: provider,
            model: model,
            providerCode: providerCode,
            retryAfter: retryAfter
        )
    }
}
