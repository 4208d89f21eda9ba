extension AnthropicProvider: ForwardingProvider {
    /// Sends a request on in Anthropic's words, with its caller's `anthropic-beta`.
    ///
    /// Declined, to be translated instead, is one case: a conversation that offers tools to a provider that is configured
    /// to have calls read out of its text.
    ///
    /// - Parameter request: The request.
    /// - Returns: The answer, or `nil` if the request is of another dialect or has to be translated; nothing was sent then.
    /// - Throws: `PlexError`, if the provider cannot be reached, refuses, or its stream breaks before the first event.
    public func forward(_ request: ForwardRequest) async throws(PlexError) -> ForwardedAnswer? {
        guard let path = Self.paths[request.operation],
            request.operation != .anthropicMessages
                || !(client.configuration.extractsTextToolCalls && request.body.hasTools)
        else { return nil }
        return try await client.forward(
            request,
            path: path,
            body: request.body.rewritten(model: request.model.rawValue, addingUsage: false),
            isStreaming: request.isStreaming && request.operation == .anthropicMessages,
            by: AnthropicForwardDialect(operation: request.operation)
        )
    }

    /// Whether requests of an operation may be sent on in their callers' words.
    ///
    /// - Parameter operation: What is asked for, in which dialect.
    /// - Returns: Whether it is one of Anthropic's.
    public func speaks(_ operation: WireOperation) -> Bool { Self.paths[operation] != nil }

    private static let paths: [WireOperation: String] = [
        .anthropicMessages: "/v1/messages", .anthropicTokenCount: "/v1/messages/count_tokens",
    ]
}
