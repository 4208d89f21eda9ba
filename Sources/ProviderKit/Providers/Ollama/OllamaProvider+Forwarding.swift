extension OllamaProvider: ForwardingProvider {
    /// Sends a request on in Ollama's words: nothing is changed but the model's name.
    ///
    /// Declined, to be translated instead, is one case: a chat that offers tools to a provider that is configured to have
    /// calls read out of its text.
    ///
    /// - Parameter request: The request.
    /// - Returns: The answer, or `nil` if the request is of another dialect or has to be translated; nothing was sent then.
    /// - Throws: `PlexError`, if the provider cannot be reached, refuses, or its stream breaks before the first event.
    public func forward(_ request: ForwardRequest) async throws(PlexError) -> ForwardedAnswer? {
        guard let path = Self.paths[request.operation],
            request.operation != .ollamaChat
                || !(client.configuration.extractsTextToolCalls && request.body.hasTools)
        else { return nil }
        let isAnswer = [WireOperation.ollamaChat, .ollamaGenerate].contains(request.operation)
        return try await client.forward(
            request,
            path: path,
            body: request.body.rewritten(model: request.model.rawValue, addingUsage: false),
            isStreaming: isAnswer && request.isStreaming,
            by: OllamaForwardDialect(operation: request.operation)
        )
    }

    /// Whether requests of an operation may be sent on in their callers' words.
    ///
    /// - Parameter operation: What is asked for, in which dialect.
    /// - Returns: Whether it is one of Ollama's.
    public func speaks(_ operation: WireOperation) -> Bool { Self.paths[operation] != nil }

    private static let paths: [WireOperation: String] = [
        .ollamaChat: "/api/chat", .ollamaGenerate: "/api/generate", .ollamaEmbed: "/api/embed",
        .ollamaEmbedding: "/api/embeddings",
    ]
}
