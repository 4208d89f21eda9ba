internal import FoundationEssentials
public import TransportKit

/// One piece of a message.
public struct ContentPart: Sendable, Hashable {
    /// What a piece holds.
    @nonexhaustive
    public enum Kind: Sendable, Hashable {
        /// Text.
        case text(String)
        /// An image.
        case image(Media)
        /// A recording.
        case audio(Media)
        /// A document, for example a PDF.
        case file(Media)
        /// A call of a tool that the model asks for.
        case toolCall(ToolCall)
        /// What a tool gave back.
        case toolResult(ToolResult)
        /// What the model thought before it answered.
        case reasoning(Reasoning)
        /// The model's words on why it does not answer.
        case refusal(String)
        /// A piece that this library does not know, as it came on the wire of the dialect it came from.
        case unknown(JSONValue)
    }

    /// What this piece holds.
    public var kind: Kind
    /// Where a provider may set a mark up to which the prompt is kept for reuse.
    public var cacheHint: CacheHint?
    /// Fields of the wire that the model here has no place for, as they came.
    public var extra: JSONObject

    /// Makes a piece.
    public init(_ kind: Kind, cacheHint: CacheHint? = nil, extra: JSONObject = [:]) {
        self.kind = kind
        self.cacheHint = cacheHint
        self.extra = extra
    }

    /// A piece of text.
    public static func text(_ text: String) -> ContentPart { ContentPart(.text(text)) }
    /// An image.
    public static func image(_ media: Media) -> ContentPart { ContentPart(.image(media)) }
    /// A recording.
    public static func audio(_ media: Media) -> ContentPart { ContentPart(.audio(media)) }
    /// A document.
    public static func file(_ media: Media) -> ContentPart { ContentPart(.file(media)) }
    /// A tool call.
    public static func toolCall(_ call: ToolCall) -> ContentPart { ContentPart(.toolCall(call)) }
    /// A tool's result.
    public static func toolResult(_ result: ToolResult) -> ContentPart { ContentPart(.toolResult(result)) }
    /// Reasoning.
    public static func reasoning(_ reasoning: Reasoning) -> ContentPart { ContentPart(.reasoning(reasoning)) }
    /// A refusal.
    public static func refusal(_ text: String) -> ContentPart { ContentPart(.refusal(text)) }
}

/// A mark up to which a prompt should be kept by the provider, so that a later request with the same beginning is cheaper.
public struct CacheHint: Sendable, Hashable, Codable {
    /// The provider's word for the kind of cache, for example `ephemeral`.
    public var kind: String
    /// How long it should be kept, in the provider's words, for example `1h`; `nil` for the provider's default.
    public var timeToLive: String?

    /// Makes a mark.
    public init(kind: String = "ephemeral", timeToLive: String? = nil) {
        self.kind = kind
        self.timeToLive = timeToLive
    }
}

/// An image, a recording or a document.
public struct Media: Sendable, Hashable {
    /// Where the bytes are.
    @nonexhaustive
    public enum Source: Sendable, Hashable {
        /// The bytes themselves, in Base64 (RFC 4648 §4) and kept so, since every wire wants them in this form.
        case base64(String)
        /// A URL that the provider fetches.
        case url(String)
        /// The name of a file that was given to the provider before.
        case providerFile(String)
    }

    /// Where the bytes are.
    public var source: Source
    /// The media type, for example `image/png`; `nil` when only the provider will know.
    public var mediaType: String?
    /// The file's name, where one is known.
    public var filename: String?
    /// How closely an image should be looked at, in the provider's words (`low`, `high`, `auto`).
    public var detail: String?

    /// Makes a piece of media.
    public init(_ source: Source, mediaType: String? = nil, filename: String? = nil, detail: String? = nil) {
        self.source = source
        self.mediaType = mediaType
        self.filename = filename
        self.detail = detail
    }

    /// Makes a piece of media of its bytes.
    ///
    /// - Parameters:
    ///   - bytes: The bytes, for example a `Data`; providers have limits on their number, mostly of 20 MB and less.
    ///   - mediaType: The media type; `nil` tells PNG, JPEG, GIF, WebP and PDF by the first bytes.
    ///   - filename: The file's name, which some providers want of documents.
    ///   - detail: How closely an image should be looked at, in the provider's words.
    public init(
        bytes: some Collection<UInt8>,
        mediaType: String? = nil,
        filename: String? = nil,
        detail: String? = nil
    ) {
        self.init(
            .base64(Self.base64(bytes)),
            mediaType: mediaType ?? Self.mediaType(of: bytes),
            filename: filename,
            detail: detail
        )
    }

    /// The media type that the first bytes tell, or `nil`.
    package static func mediaType(of bytes: some Collection<UInt8>) -> String? {
        if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) { return "image/png" }
        if bytes.starts(with: [0xFF, 0xD8, 0xFF]) { return "image/jpeg" }
        if bytes.starts(with: "GIF87a".utf8) || bytes.starts(with: "GIF89a".utf8) { return "image/gif" }
        if bytes.starts(with: "RIFF".utf8), bytes.dropFirst(8).starts(with: "WEBP".utf8) { return "image/webp" }
        if bytes.starts(with: "%PDF-".utf8) { return "application/pdf" }
        return nil
    }

    private static func base64(_ bytes: some Collection<UInt8>) -> String { Data(bytes).base64EncodedString() }
}

/// A call of a tool, asked for by a model.
public struct ToolCall: Sendable, Hashable, Codable {
    /// The call's name within the conversation; results refer to it.
    public var id: String
    /// The tool's name.
    public var name: String
    /// The arguments as JSON text, as the model wrote them; it may not be valid JSON.
    public var arguments: String
    /// A sealed note of the provider that has to go back with the call, for example Gemini's thought signature.
    public var signature: String?

    /// Makes a call.
    public init(id: String, name: String, arguments: String, signature: String? = nil) {
        self.id = id
        self.name = name
        self.arguments = arguments
        self.signature = signature
    }
}

/// What a tool gave back.
public struct ToolResult: Sendable, Hashable, Codable {
    /// The `id` of the call that this answers.
    public var callID: String
    /// The tool's name; some dialects need it.
    public var name: String?
    /// What came back.
    public var content: [ContentPart]
    /// Whether the tool failed; the content then says how.
    public var isError: Bool

    /// Makes a result.
    public init(callID: String, name: String? = nil, content: [ContentPart], isError: Bool = false) {
        self.callID = callID
        self.name = name
        self.content = content
        self.isError = isError
    }
}

/// What a model thought before it answered.
public struct Reasoning: Sendable, Hashable, Codable {
    /// The thoughts, or their summary, in words; empty where the provider gives none.
    public var text: String
    /// The provider's seal on the text; it goes back unchanged with the next turn.
    public var signature: String?
    /// Thoughts that the provider gives only sealed; they go back unchanged.
    public var redacted: String?

    /// Makes a piece of reasoning.
    public init(_ text: String, signature: String? = nil, redacted: String? = nil) {
        self.text = text
        self.signature = signature
        self.redacted = redacted
    }
}
