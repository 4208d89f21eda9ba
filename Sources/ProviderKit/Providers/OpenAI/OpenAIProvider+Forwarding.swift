extension OpenAIProvider: ForwardingProvider {
    /// Sends a request on in OpenAI's words.
    ///
    /// Chat completions, completions, embeddings and, at OpenAI, Responses go through whichever server this is: what its callers write is meant
    /// for it, and reaches it byte for byte. So nothing that ``OpenAIFlavour`` says about fields is applied, except that
    /// usage is asked for only where `stream_options` are taken; and thoughts between tags stay in the text, as the server
    /// wrote them.
    ///
    /// Declined, to be translated instead, is one case: a chat that offers tools to a provider that is configured to have
    /// calls read out of its text. Such a server's own answer would hold no call that the caller could read.
    ///
    /// A whole answer that comes where a stream was asked for is written as a stream.
    ///
    /// - Parameter request: The request.
    /// - Returns: The answer, or `nil` if the request is of another dialect or has to be translated; nothing was sent then.
    /// - Throws: `PlexError`, if the provider cannot be reached, refuses, or its stream breaks before the first event.
    @inline(__always)
    public func forward(_ request: ForwardRequest) async throws(PlexError) -> ForwardedAnswer? {
        let path: String
        var isStreaming = request.body.isStreaming
        switch request.operation {
        case .openAIChat:
            guard !(client.configuration.extractsTextToolCalls && request.body.hasTools) else { return nil }
            path = "/chat/completions"
        case .openAICompletion: path = "/completions"
        case .openAIEmbedding:
            path = "/embeddings"
            isStreaming = false
        case .openAIResponses:
            guard preset.flavour.takesResponses,
                !(client.configuration.extractsTextToolCalls && request.body.hasTools)
            else { return nil }
            return try await client.forward(
                request,
                path: client.dialect.paths.path("/responses"),
                body: request.body.rewritten(model: request.model.rawValue, addingUsage: false),
                isStreaming: request.isStreaming,
                by: ResponsesForwardDialect()
            )
        default:
            guard let path = Self.mediaPaths[request.operation] else { return nil }
            return try await client.forwardMedia(
                request,
                path: client.dialect.paths.path(path, model: request.model)
            )
        }
        let addsUsage = isStreaming && !request.body.asksForUsage && preset.flavour.takesStreamOptions
        return try await client.forward(
            request,
            path: client.dialect.paths.path(path, model: request.model),
            body: request.body.rewritten(model: request.model.rawValue, addingUsage: addsUsage),
            isStreaming: isStreaming,
            by: OpenAIForwardDialect(operation: request.operation, hidesUsage: addsUsage)
        )
    }

    /// Whether requests of an operation may be sent on in their callers' words.
    ///
    /// - Parameter operation: What is asked for, in which dialect.
    /// - Returns: Whether it is one of OpenAI's; Responses only where the server has them.
    public func speaks(_ operation: WireOperation) -> Bool {
        switch operation {
        case .openAIChat, .openAICompletion: true
        case .openAIResponses: preset.flavour.takesResponses
        default: servesBesideChat(operation)
        }
    }

    /// Whether an operation is the same for a server that is spoken to by Responses.
    func servesBesideChat(_ operation: WireOperation) -> Bool {
        operation == .openAIEmbedding || Self.mediaPaths[operation] != nil
    }

    private static let mediaPaths: [WireOperation: String] = [
        .openAISpeech: "/audio/speech", .openAITranscription: "/audio/transcriptions",
        .openAITranslation: "/audio/translations", .openAIImageGeneration: "/images/generations",
        .openAIImageEdit: "/images/edits", .openAIImageVariation: "/images/variations",
    ]
}
