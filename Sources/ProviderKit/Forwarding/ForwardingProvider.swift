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

    /// Whether requests of an operation may be sent on in their callers' words.
    ///
    /// - Parameter operation: What is asked for, in which dialect.
    /// - Returns: `false`, if ``forward(_:)`` declines every one of them.
    func speaks(_ operation: WireOperation) -> Bool
}

extension ForwardingProvider {
    /// Whether requests of an operation may be sent on in their callers' words: of a provider that does not say, any.
    public func speaks(_ operation: WireOperation) -> Bool { true }
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
