public import TransportKit

/// A request in its caller's own words.
public struct ForwardRequest: Sendable {
    private struct Content {
        var operation: WireOperation
        var model: ModelID
        var body: ScannedBody
        var timeouts: Timeouts?
        var isStreaming: Bool
        var fields: HTTPFields
        var translation: Translation?
    }

    // A request goes through many functions, and each of them would keep room for all of it while it waits.
    // Proof for `@unchecked`: the content is changed only by a request that alone has the object.
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

    /// What is asked for, in which dialect.
    public var operation: WireOperation {
        get { storage.content.operation }
        set { content.operation = newValue }
    }

    /// The model to ask for; it replaces the one in the body.
    public var model: ModelID {
        get { storage.content.model }
        set { content.model = newValue }
    }

    /// The body, as it came.
    public var body: ScannedBody {
        get { storage.content.body }
        set { content.body = newValue }
    }

    /// Limits for this request only.
    public var timeouts: Timeouts? {
        get { storage.content.timeouts }
        set { content.timeouts = newValue }
    }

    /// Whether a stream is asked for; most dialects say it in the body, some elsewhere or by saying nothing.
    public var isStreaming: Bool {
        get { storage.content.isStreaming }
        set { content.isStreaming = newValue }
    }

    /// The caller's header fields that are part of its dialect, such as Anthropic's `anthropic-beta`; never a credential.
    public var fields: HTTPFields {
        get { storage.content.fields }
        set { content.fields = newValue }
    }

    /// Reads the body, for whoever does not speak its dialect; `nil`, if it can only be sent on as it is.
    public var translation: Translation? {
        get { storage.content.translation }
        set { content.translation = newValue }
    }

    /// What a body says in words common to all dialects.
    @nonexhaustive
    public indirect enum Translated: Sendable {
        /// A conversation.
        case chat(ChatRequest)
        /// A text to continue.
        case completion(TextCompletionRequest)
        /// Texts to turn into vectors.
        case embedding(EmbeddingRequest)
    }

    /// Reads a body.
    public typealias Translation = @Sendable () throws(PlexError) -> Translated

    /// Makes a request.
    public init(
        operation: WireOperation,
        model: ModelID,
        body: consuming ScannedBody,
        timeouts: Timeouts? = nil,
        isStreaming: Bool? = nil,
        fields: HTTPFields = [:],
        translation: Translation? = nil
    ) {
        let isStreaming = isStreaming ?? body.isStreaming
        storage = Storage(
            Content(
                operation: operation,
                model: model,
                body: body,
                timeouts: timeouts,
                isStreaming: isStreaming,
                fields: fields,
                translation: translation
            )
        )
    }
}
