extension GeminiProvider: ForwardingProvider {
    /// Sends a request on in Gemini's words; the model stands in the path, so the body is not touched at all.
    ///
    /// Declined, to be translated instead, is one case: a conversation that offers tools to a provider that is configured
    /// to have calls read out of its text.
    ///
    /// - Parameter request: The request.
    /// - Returns: The answer, or `nil` if the request is of another dialect or has to be translated; nothing was sent then.
    /// - Throws: `PlexError`, if the provider cannot be reached, refuses, or its stream breaks before the first event.
    public func forward(_ request: ForwardRequest) async throws(PlexError) -> ForwardedAnswer? {
        if let method = Self.plainMethods[request.operation] { return try await plain(request, method) }
        guard request.operation == .geminiGenerate,
            !(client.configuration.extractsTextToolCalls && request.body.hasTools)
        else { return nil }
        return try await client.forward(
            request,
            path: GeminiDialect.path(
                of: request.model,
                request.isStreaming ? "streamGenerateContent?alt=sse" : "generateContent"
            ),
            body: request.body.bytes,
            isStreaming: request.isStreaming,
            by: GeminiForwardDialect()
        )
    }

    /// Whether requests of an operation may be sent on in their callers' words.
    ///
    /// - Parameter operation: What is asked for, in which dialect.
    /// - Returns: Whether it is one of Gemini's.
    public func speaks(_ operation: WireOperation) -> Bool {
        operation == .geminiGenerate || Self.plainMethods[operation] != nil
    }

    private static let plainMethods: [WireOperation: String] = [
        .geminiEmbed: "embedContent", .geminiEmbedBatch: "batchEmbedContents", .geminiTokenCount: "countTokens",
    ]

    // The bodies may name the model too, and the API wants it to be the one of the path.
    private func plain(_ request: ForwardRequest, _ method: String) async throws(PlexError) -> ForwardedAnswer? {
        guard GeminiPlainForwardDialect.namesOnly(request.model, request.body.bytes) else { return nil }
        return try await client.forward(
            request,
            path: GeminiDialect.path(of: request.model, method),
            body: request.body.bytes,
            isStreaming: false,
            by: request.operation == .geminiTokenCount ? GeminiPlainForwardDialect.count : .embedding
        )
    }
}
