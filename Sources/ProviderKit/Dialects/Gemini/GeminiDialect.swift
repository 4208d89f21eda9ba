package import TransportKit

/// The wire of Gemini's `generateContent`, as its clients write and read it.
///
/// Shapes follow the API's reference (`v1beta`) and the types of its official clients.
package struct GeminiDialect: ChatDialect {
    package let framing = StreamFraming.serverSentEvents
    // The wire's ids of calls are optional, but results refer to them by id elsewhere.
    private let makeCallID: @Sendable () -> String

    /// Makes the dialect.
    ///
    /// - Parameter makeCallID: Names a tool call that came without an id; a name must not come again in a conversation.
    package init(makeCallID: @escaping @Sendable () -> String = OllamaDialect.randomCallID) {
        self.makeCallID = makeCallID
    }

    package func encode(_ request: ChatRequest, isStreaming: Bool) throws(PlexError) -> EncodedRequest {
        let native = try request.withoutForeignFields(for: .gemini)
        let request = native.request
        var encoder = GeminiRequestEncoder(request: request)
        let body = try encoder.makeBody()
        return EncodedRequest(
            path: Self.path(of: request.model, isStreaming ? "streamGenerateContent?alt=sse" : "generateContent"),
            body: .object(body),
            warnings: native.warnings(adding: encoder.warnings + request.warningsOfNotes(namesFiles: false))
        )
    }

    /// The path of something that is done with a model.
    static func path(of model: ModelID, _ method: String) -> String {
        let name = name(of: model).split(separator: "/").map { String($0).percentEncoded }.joined(separator: "/")
        return "/v1beta/\(name):\(method)"
    }

    /// The resource that a model is: `models/…`, unless the name says another kind, such as `tunedModels/…`.
    static func name(of model: ModelID) -> String {
        model.rawValue.contains("/") ? model.rawValue : "models/\(model)"
    }

    package func decodeResponse(
        _ body: JSONValue,
        provider: ProviderID,
        model: ModelID
    ) throws(PlexError) -> ChatResponse {
        try GeminiResponseDecoder(provider: provider, model: model, makeCallID: makeCallID).decode(body)
    }

    package func makeStreamDecoder() -> GeminiStreamDecoder {
        GeminiStreamDecoder(makeCallID: makeCallID)
    }

    package func decodeError(_ body: JSONValue) -> DialectError? {
        GeminiErrorBody.decode(body)
    }
}

/// The shape of the API's errors: `{"error":{"code":…,"message":…,"status":…,"details":[…]}}`.
package enum GeminiErrorBody {
    /// Reads an error's details; where a stream was asked for, some come in an array.
    package static func decode(_ body: JSONValue) -> DialectError? {
        guard let error = body["error"] ?? body.array?.first?["error"] else { return nil }
        let status = error["status"]?.string
        let message = error["message"]?.string ?? error.string
        guard status != nil || message != nil else { return nil }
        return DialectError(
            providerCode: status,
            message: message,
            code: code(status, (message ?? "").lowercased()),
            retryAfter: retryDelay(error["details"])
        )
    }

    private static func code(_ status: String?, _ message: String) -> PlexError.Code? {
        switch status {
        case "INVALID_ARGUMENT", "FAILED_PRECONDITION", "OUT_OF_RANGE":
            if message.contains("api key not valid") || message.contains("api key expired") {
                .authentication
            } else if message.contains("token count") && message.contains("exceeds") {
                .contextLengthExceeded
            } else {
                .invalidRequest
            }
        case "UNAUTHENTICATED": .authentication
        case "PERMISSION_DENIED": .permission
        case "NOT_FOUND": .notFound
        case "RESOURCE_EXHAUSTED":
            message.contains("billing") && message.contains("plan") ? .quotaExhausted : .rateLimited
        case "UNAVAILABLE": .overloaded
        case "INTERNAL", "UNKNOWN", "DEADLINE_EXCEEDED": .upstream
        default: nil
        }
    }

    // google.rpc.RetryInfo: seconds with an s behind.
    private static func retryDelay(_ details: JSONValue?) -> Duration? {
        for detail in details?.array ?? [] {
            guard let text = detail["retryDelay"]?.string, text.hasSuffix("s"),
                let seconds = Double(text.dropLast()), seconds.isFinite, seconds >= 0
            else { continue }
            return .milliseconds(min(seconds, 1_000_000) * 1000)
        }
        return nil
    }
}
