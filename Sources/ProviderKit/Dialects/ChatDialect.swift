package import TransportKit

/// The client side of a wire format: how a request is written and an answer is read.
///
/// A dialect is a value without I/O; `HTTPChatClient` carries its bytes. The other direction (reading requests and writing
/// answers) stands beside it in the same folder.
package protocol ChatDialect: Sendable {
    associatedtype StreamDecoder: ChatStreamDecoder

    /// How answers are cut into frames when they stream.
    var framing: StreamFraming { get }

    /// Writes a request.
    ///
    /// - Throws: `PlexError` with code `invalidRequest` or `unsupported`, naming the field.
    func encode(_ request: ChatRequest, isStreaming: Bool) throws(PlexError) -> EncodedRequest

    /// Reads a whole answer.
    ///
    /// - Throws: `PlexError` with code `malformedResponse`, or the error that the answer carries.
    func decodeResponse(_ body: JSONValue, provider: ProviderID, model: ModelID) throws(PlexError) -> ChatResponse

    /// Makes what reads a streamed answer.
    func makeStreamDecoder() -> StreamDecoder

    /// Reads an error's details out of an answer with an error status, or out of a frame that carries an error.
    ///
    /// The status alone decides where the body says nothing: `HTTPChatClient` fills in what is left `nil`.
    func decodeError(_ body: JSONValue) -> DialectError?
}

/// A request as it goes onto the wire.
package struct EncodedRequest: Sendable {
    /// The path below the endpoint's base, beginning with a slash, with its query.
    package var path: String
    /// The body.
    package var body: JSONValue
    /// What had no counterpart in the dialect, or was changed to fit.
    package var warnings: [Warning]

    package init(path: String, body: JSONValue, warnings: [Warning] = []) {
        self.path = path
        self.body = body
        self.warnings = warnings
    }
}

/// What an error body says.
package struct DialectError: Sendable, Hashable {
    /// The provider's own word for the error (`type` or `code`).
    package var providerCode: String?
    /// The provider's message.
    package var message: String?
    /// The kind of failure where the body tells more than the status does.
    package var code: PlexError.Code?
    /// A wait that the body asks for.
    package var retryAfter: Duration?

    package init(
        providerCode: String? = nil,
        message: String? = nil,
        code: PlexError.Code? = nil,
        retryAfter: Duration? = nil
    ) {
        self.providerCode = providerCode?.trimmedForLog
        self.message = message
        self.code = code
        self.retryAfter = retryAfter
    }
}

/// How a stream's bytes are cut into frames.
package enum StreamFraming: Sendable {
    /// Server-sent events.
    case serverSentEvents
    /// One JSON text a line.
    case newlineDelimitedJSON
}

/// Reads the frames of one streamed answer: a pure state machine.
package protocol ChatStreamDecoder: Sendable {
    /// Bytes of the frames of which it keeps something until a later frame; they count against the answer's limit.
    var heldBytes: Int { get }

    /// Reads one frame.
    ///
    /// - Parameters:
    ///   - event: The event's name, for server-sent events that have one.
    ///   - data: The frame's bytes.
    ///   - deltas: Where what it means is appended.
    /// - Throws: `PlexError` with code `malformedResponse`, or the error that the frame carries.
    mutating func decode(event: String?, data: [UInt8], into deltas: inout [StreamDelta]) throws(PlexError)
}

extension ChatStreamDecoder {
    package var heldBytes: Int { 0 }
}

/// What one frame of a stream says, in words common to all dialects.
///
/// `StreamAssembler` turns these into events, builds the whole answer from them and decides whether the stream ended well.
package enum StreamDelta: Sendable, Hashable {
    /// The answer's id and the model's name; may come more than once, the first counts.
    case start(id: String?, model: String?)
    /// Text of the answer.
    case text(String)
    /// Thoughts in words.
    case reasoning(String)
    /// The seal on the reasoning that came last.
    case reasoningSignature(String)
    /// Thoughts that come only sealed.
    case redactedReasoning(String)
    /// Words of refusal.
    case refusal(String)
    /// A piece of a tool call; `key` is the dialect's own index. `id` and `name` come with the first piece.
    case toolCall(key: Int, id: String?, name: String?, arguments: String, signature: String?)
    /// A content block of the dialect ended: a tool call or reasoning that was open is whole.
    case blockEnd
    /// A whole part at once, for what a dialect does not send in pieces.
    case part(ContentPart)
    /// A field of the wire for the `extra` of the part that came last.
    case partExtra(name: String, value: JSONValue)
    /// The reason for the end: normalised, and as it came.
    case finishReason(FinishReason?, raw: String)
    /// Tokens used so far; a later one replaces an earlier one field by field where it says more.
    case usage(Usage)
    /// A field of the wire that has no place in the conversation model, for the answer's `extra`.
    case extra(name: String, value: JSONValue)
    /// The dialect's end mark.
    case endMark
}
