/// An answer in its provider's own words, or, where a router found only others, in common ones.
public struct ForwardedAnswer: Sendable {
    /// What the answer is made of.
    @nonexhaustive
    public enum Body: Sendable {
        /// The whole answer, and what was read in it.
        case whole([UInt8], ForwardSummary)
        /// An answer that streams in.
        case stream(ForwardedStream)
        /// An answer of a provider that does not speak the request's dialect.
        indirect case translated(ChatResponse)
        /// An answer that streams in, of a provider that does not speak the request's dialect.
        indirect case translatedStream(ChatStream)
        /// Vectors of a provider that does not speak the request's dialect.
        indirect case embeddings(EmbeddingResponse)
    }

    private struct Content {
        var provider: ProviderID
        var model: ModelID
        var requestID: String?
        var status: Int
        var contentType: String
        var body: Body
        var route: Route?
    }

    // As for the request.
    // Proof for `@unchecked`: the content is changed only by an answer that alone has the object.
    private final class Storage: @unchecked Sendable {
        var content: Content

        init(_ content: Content) {
            self.content = content
        }
    }

    private var storage: Storage

    private var content: Content {
        get { storage.content }
        _modify {
            if !isKnownUniquelyReferenced(&storage) { storage = Storage(storage.content) }
            yield &storage.content
        }
    }

    /// The provider that answers.
    public var provider: ProviderID {
        get { storage.content.provider }
        set { content.provider = newValue }
    }

    /// The model that was asked for.
    public var model: ModelID {
        get { storage.content.model }
        set { content.model = newValue }
    }

    /// The provider's name for the request.
    public var requestID: String? {
        get { storage.content.requestID }
        set { content.requestID = newValue }
    }

    /// The status, 200 to 299.
    public var status: Int {
        get { storage.content.status }
        set { content.status = newValue }
    }

    /// The media type of the body, as the provider said it.
    public var contentType: String {
        get { storage.content.contentType }
        set { content.contentType = newValue }
    }

    /// The body.
    public var body: Body {
        get { storage.content.body }
        set { content.body = newValue }
    }

    /// The requests that were sent, where a router notes them.
    public var route: Route? {
        get { storage.content.route }
        set { content.route = newValue }
    }

    /// Makes an answer.
    public init(
        provider: ProviderID,
        model: ModelID,
        requestID: String? = nil,
        status: Int = 200,
        contentType: String,
        body: Body,
        route: Route? = nil
    ) {
        storage = Storage(
            Content(
                provider: provider,
                model: model,
                requestID: requestID,
                status: status,
                contentType: contentType,
                body: body,
                route: route
            )
        )
    }
}

/// What was read in an answer while it went through.
public struct ForwardSummary: Sendable, Hashable {
    /// The tokens that were used, where the provider said.
    public var usage: Usage?
    /// Why the answer ended, where it says.
    public var finishReason: FinishReason?

    /// Makes a summary.
    public init(usage: Usage? = nil, finishReason: FinishReason? = nil) {
        self.usage = usage
        self.finishReason = finishReason
    }
}
