public import TransportKit

/// A provider that can send a request on in the caller's own words.
///
/// Where a caller speaks the provider's dialect nothing is translated: the body goes through byte for byte but for the
/// model's name and what has to be asked for in addition, and so does the answer. Fields that nobody here knows survive.
public protocol ForwardingProvider: Provider {
    /// Sends a request on. One call sends one request.
    ///
    /// A streamed answer is returned once its first whole event is there and is no error, so that until then another
    /// provider can still be tried.
    ///
    /// - Parameter request: The request.
    /// - Returns: The answer, or `nil` if the model's provider does not speak the request's dialect; nothing was sent then.
    /// - Throws: `PlexError`, if the provider cannot be reached, refuses, or its stream breaks before the first event.
    func forward(_ request: ForwardRequest) async throws(PlexError) -> ForwardedAnswer?
}

/// What is asked for, and in which vendor's words; an open set.
public struct WireOperation: RawRepresentable, Sendable, Hashable, ExpressibleByStringLiteral {
    /// The vendor's dialect and the operation, with a slash between.
    public let rawValue: String
    /// Makes an operation from its word.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// Makes an operation from its word.
    public init(stringLiteral value: String) { rawValue = value }
    /// OpenAI's chat completions.
    public static let openAIChat: WireOperation = "openai/chat"
    /// OpenAI's completions of plain text.
    public static let openAICompletion: WireOperation = "openai/completion"
    /// OpenAI's embeddings.
    public static let openAIEmbedding: WireOperation = "openai/embedding"
    /// Anthropic's messages.
    public static let anthropicMessages: WireOperation = "anthropic/messages"
    /// The count of the tokens of Anthropic's messages.
    public static let anthropicTokenCount: WireOperation = "anthropic/count_tokens"
    /// Ollama's chat.
    public static let ollamaChat: WireOperation = "ollama/chat"
    /// Ollama's completion of plain text.
    public static let ollamaGenerate: WireOperation = "ollama/generate"
    /// Ollama's embeddings.
    public static let ollamaEmbed: WireOperation = "ollama/embed"
    /// Ollama's embeddings in their older form, of one text.
    public static let ollamaEmbedding: WireOperation = "ollama/embeddings"
    /// What Ollama tells of a model.
    public static let ollamaShow: WireOperation = "ollama/show"
    /// Gemini's generateContent, whole or as a stream.
    public static let geminiGenerate: WireOperation = "gemini/generate"
    /// The count of the tokens of Gemini's requests.
    public static let geminiTokenCount: WireOperation = "gemini/count_tokens"
    /// Gemini's embeddings of one text.
    public static let geminiEmbed: WireOperation = "gemini/embed"
    /// Gemini's embeddings of several texts.
    public static let geminiEmbedBatch: WireOperation = "gemini/embed_batch"
    /// OpenAI's speech from text.
    public static let openAISpeech: WireOperation = "openai/speech"
    /// OpenAI's text from speech.
    public static let openAITranscription: WireOperation = "openai/transcription"
    /// OpenAI's English text from speech.
    public static let openAITranslation: WireOperation = "openai/translation"
    /// OpenAI's pictures from text.
    public static let openAIImageGeneration: WireOperation = "openai/image_generation"
    /// OpenAI's changes of pictures.
    public static let openAIImageEdit: WireOperation = "openai/image_edit"
    /// OpenAI's variations of a picture.
    public static let openAIImageVariation: WireOperation = "openai/image_variation"
    /// OpenAI's Responses.
    public static let openAIResponses: WireOperation = "openai-responses/chat"
}

/// A request in its caller's own words.
public struct ForwardRequest: Sendable {
    /// What is asked for, in which dialect.
    public var operation: WireOperation
    /// The model to ask for; it replaces the one in the body.
    public var model: ModelID
    /// The body, as it came.
    public var body: ScannedBody
    /// Limits for this request only.
    public var timeouts: Timeouts?
    /// Whether a stream is asked for; most dialects say it in the body, some elsewhere or by saying nothing.
    public var isStreaming: Bool
    /// The caller's header fields that are part of its dialect, such as Anthropic's `anthropic-beta`; never a credential.
    public var fields: HTTPFields
    /// Reads the body, for whoever does not speak its dialect; `nil`, if it can only be sent on as it is.
    public var translation: Translation?

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
        body: ScannedBody,
        timeouts: Timeouts? = nil,
        isStreaming: Bool? = nil,
        fields: HTTPFields = [:],
        translation: Translation? = nil
    ) {
        self.operation = operation
        self.model = model
        self.body = body
        self.timeouts = timeouts
        self.isStreaming = isStreaming ?? body.isStreaming
        self.fields = fields
        self.translation = translation
    }
}

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

    /// The provider that answers.
    public var provider: ProviderID
    /// The model that was asked for.
    public var model: ModelID
    /// The provider's name for the request.
    public var requestID: String?
    /// The status, 200 to 299.
    public var status: Int
    /// The media type of the body, as the provider said it.
    public var contentType: String
    /// The body.
    public var body: Body
    /// The requests that were sent, where a router notes them.
    public var route: Route?

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
        self.provider = provider
        self.model = model
        self.requestID = requestID
        self.status = status
        self.contentType = contentType
        self.body = body
        self.route = route
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

/// A streamed answer in its provider's own words; it can be read once.
///
/// It ends in exactly one way: with ``Piece/finished(_:)``, or by throwing. Reading drives the transfer, so a slow reader
/// holds the provider back. Cancelling the reading task, or dropping the stream, closes the connection to the provider.
public struct ForwardedStream: Sendable {
    /// What comes out of the stream.
    @nonexhaustive
    public enum Piece: Sendable, Hashable {
        /// One or more whole events with what ends them, to be sent on as they are.
        case events([UInt8])
        /// The answer was whole, its end mark sent on; comes once, last.
        case finished(ForwardSummary)
    }

    /// Where the pieces come from.
    public protocol Source: AnyObject, Sendable {
        /// The next piece; `nil` after the last.
        ///
        /// - Throws: `PlexError`: `streamCut`, or what the provider or the transport says.
        func next() async throws(PlexError) -> Piece?
        /// Ends the transfer now.
        func cancel()
    }

    private let source: any Source

    /// Makes a stream.
    ///
    /// - Parameter source: Where its pieces come from.
    public init(_ source: any Source) {
        self.source = source
    }

    /// The next piece; `nil` after the last.
    ///
    /// - Throws: `PlexError`; code `cancelled` at once when the calling task is cancelled.
    public func next() async throws(PlexError) -> Piece? {
        try await source.next()
    }

    /// Ends the transfer now.
    public func cancel() {
        source.cancel()
    }
}
