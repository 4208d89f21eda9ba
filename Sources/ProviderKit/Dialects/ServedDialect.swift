package import TransportKit

/// The server side of a wire format: how a caller's request is read and an answer is written.
///
/// A dialect is a value without I/O. The client side is `ChatDialect`, in the same folder.
package protocol ServedDialect: Sendable {
    associatedtype StreamEncoder: ServedStreamEncoder

    /// What a caller asks for in this dialect.
    var operation: WireOperation { get }

    /// How a streamed answer is cut into frames.
    var framing: ServedFraming { get }

    /// The header fields of a caller that go on to a provider of the same dialect, such as Anthropic's `anthropic-beta`.
    var callersFields: [String] { get }

    /// Whether a request asks for a stream.
    func isStreaming(_ body: ScannedBody) -> Bool

    /// Reads a request.
    ///
    /// - Parameter body: The body.
    /// - Returns: The request, whether its answer shall stream, and what the writers of the answer need to know of it.
    /// - Throws: `PlexError` with code `invalidRequest` or `unsupported`, naming the field.
    func decodeRequest(_ body: JSONValue) throws(PlexError) -> ServedRequest

    /// Writes a whole answer.
    func encodeResponse(_ response: ChatResponse, to request: ServedRequest, context: AnswerContext) -> JSONValue

    /// Makes what writes a streamed answer.
    func makeStreamEncoder(for request: ServedRequest, context: AnswerContext) -> StreamEncoder

    /// Writes an error as the body of an answer.
    func encodeError(_ error: CallerError) -> JSONValue

    /// Warnings with the fields named as the caller wrote them, for `x-plex-dropped`; answers name them so by themselves.
    func callersWarnings(_ warnings: [Warning]) -> [Warning]

    /// Writes an error that ends a stream which was sent on in its provider's words.
    func encodeStreamError(_ error: CallerError) -> [UInt8]
}

extension ServedDialect {
    package var framing: ServedFraming { .serverSentEvents }
    package var callersFields: [String] { [] }

    package func isStreaming(_ body: ScannedBody) -> Bool { body.isStreaming }

    package func encodeStreamError(_ error: CallerError) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(event: nil, encodeError(error))
        return bytes
    }
}

/// How a streamed answer is cut for a caller.
package enum ServedFraming: Sendable, Hashable {
    /// Server-sent events.
    case serverSentEvents
    /// One JSON text a line.
    case newlineDelimitedJSON
    /// The elements of one JSON array.
    case jsonArray
}

/// A caller's request, read.
package struct ServedRequest: Sendable {
    /// What is asked.
    package var request: ChatRequest
    /// Whether the answer shall stream.
    package var isStreaming: Bool
    /// Whether the caller wants the tokens counted at the stream's end.
    package var wantsUsage: Bool
    /// Whether tools were given in the form that was before there were tools, in which the answer then has to be.
    package var usesFunctions = false
    /// Where its messages stand in what the caller wrote.
    package var places = FieldPlaces()
    /// What an answer repeats of the request, in its dialect.
    package var echo = JSONObject()

    package init(request: ChatRequest, isStreaming: Bool, wantsUsage: Bool) {
        self.request = request
        self.isStreaming = isStreaming
        self.wantsUsage = wantsUsage
    }
}

/// The server side of a wire format for embeddings.
package protocol ServedEmbeddingDialect: Sendable {
    /// What a caller asks for in this dialect.
    var operation: WireOperation { get }

    /// Reads a request.
    ///
    /// - Throws: `PlexError` with code `invalidRequest` or `unsupported`, naming the field.
    func decodeRequest(_ body: JSONValue) throws(PlexError) -> ServedEmbedding

    /// Writes an answer, as bytes: a tree of all the numbers would cost many times more.
    func encodeResponse(_ response: EmbeddingResponse, to request: ServedEmbedding, context: AnswerContext) -> [UInt8]

    /// Warnings with the fields named as the caller wrote them.
    func callersWarnings(_ warnings: [Warning]) -> [Warning]
}

/// What an answer says of itself.
package struct AnswerContext: Sendable {
    /// The answer's id where the provider gave none.
    package var id: String
    /// When it was made, in seconds since 1970.
    package var created: Int
    /// The model as the caller named it.
    package var model: ModelID

    package init(id: String, created: Int, model: ModelID) {
        self.id = id
        self.created = created
        self.model = model
    }
}

/// Writes the events of one streamed answer: a pure state machine.
package protocol ServedStreamEncoder: Sendable {
    /// Whether the stream's end has been written, a good or a bad one; what is encoded after that writes nothing.
    var hasEnded: Bool { get }

    /// Writes one event.
    ///
    /// - Parameters:
    ///   - event: The event.
    ///   - bytes: Where the wire's bytes are appended; nothing, for what the dialect has no words for.
    mutating func encode(_ event: ChatEvent, into bytes: inout [UInt8])

    /// Writes an error that ends the stream; no end mark follows.
    mutating func encode(_ error: CallerError, into bytes: inout [UInt8])
}

/// An error as a caller of the gateway is told it.
package struct CallerError: Error, Sendable, Hashable {
    /// The HTTP status.
    package var status: Int
    /// What failed, why, and what to do next; fit for any caller.
    package var message: String
    /// The kind, in snake case, for programs.
    package var code: String
    /// The field of the request that is wrong.
    package var parameter: String?
    /// The gateway's name for the request.
    package var requestID: String?
    /// How long to wait before the next request.
    package var retryAfter: Duration?
    /// Further members of the error, for programs; in OpenAI's form only.
    package var details: JSONObject?

    package init(
        status: Int,
        message: String,
        code: String,
        parameter: String? = nil,
        requestID: String? = nil,
        retryAfter: Duration? = nil
    ) {
        self.status = status
        self.message = message
        self.code = code
        self.parameter = parameter
        self.requestID = requestID
        self.retryAfter = retryAfter
    }
}
