public import TransportKit

/// A request as a `ScriptedUpstream` received it.
public struct RecordedRequest: Sendable {
    /// The request's place among all that the upstream received, from 0.
    public var index: Int
    /// The connection that it came on, from 0 in the order they were accepted.
    public var connection: Int
    /// When it was whole: the time on the upstream's clock since the upstream began.
    public var time: Duration
    /// The method.
    public var method: String
    /// The target as sent: path and query.
    public var target: String
    /// The header fields as sent.
    public var fields: HTTPFields
    /// The body, with transfer encoding undone.
    public var body: [UInt8]

    /// The target without its query.
    public var path: String { String(target.prefix { $0 != "?" }) }

    /// The body as JSON, or `nil` if it is none.
    public var json: JSONValue? { try? JSONValue(parsing: body) }

    /// The body as text.
    public var text: String { String(decoding: body, as: UTF8.self) }

    /// The dialect that path and header fields belong to, or `nil` if they are none's.
    public var dialect: WireDialect? {
        if path.hasPrefix("/api/") { return .ollama }
        if path.hasPrefix("/v1beta/") { return .gemini }
        if path.hasSuffix("/messages") || path.hasSuffix("/count_tokens") { return .anthropic }
        if path.hasSuffix("/responses") { return .openAIResponses }
        if fields["anthropic-version"] != nil { return .anthropic }
        if path.hasSuffix("/completions") || path.hasSuffix("/models") || path.hasSuffix("/embeddings") {
            return .openAI
        }
        return nil
    }

    /// Whether models are asked for, not an answer.
    public var isModelListing: Bool { method == "GET" && (path.hasSuffix("/models") || path == "/api/tags") }

    /// Whether a streamed answer is asked for: by the body's `stream`, which Ollama takes as true when it is left out.
    ///
    /// Gemini has a path of its own for it.
    public var wantsStream: Bool {
        if dialect == .gemini { return path.hasSuffix(":streamGenerateContent") }
        return json?["stream"]?.bool ?? (dialect == .ollama && method == "POST")
    }

    /// The model that is asked for: the body says it, with Gemini the path.
    public var model: String? {
        guard dialect == .gemini else { return json?["model"]?.string }
        let name = path.dropFirst("/v1beta/".count).prefix { $0 != ":" }
        return Self.decoded(name.hasPrefix("models/") ? name.dropFirst("models/".count) : name)
    }

    private static func decoded(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let code = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) {
                bytes.append(code)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
