public import TransportKit

/// What a scripted model says, in words common to all dialects.
///
/// A `ScriptedUpstream` writes it in the dialect of the request, whole or streamed as the request asks.
public struct ScriptedReply: Sendable, Hashable {
    /// One piece of the answer.
    @nonexhaustive
    public enum Part: Sendable, Hashable {
        /// Text.
        case text(String)
        /// Thoughts, with their seal where the dialect has one.
        case reasoning(String, signature: String?)
        /// A call of a tool; the arguments are JSON text.
        case toolCall(id: String, name: String, arguments: String)
    }

    /// The pieces, in order.
    public var parts: [Part]
    /// The reason for the end in OpenAI's words (`stop`, `length`, `tool_calls`), turned into each dialect's own.
    public var finishReason: String
    /// The tokens of the prompt, cached ones included.
    public var inputTokens: Int
    /// The tokens of the answer.
    public var outputTokens: Int
    /// The tokens of the prompt that came from the cache, where the dialect can say so.
    public var cachedTokens: Int
    /// The answer's name.
    public var id: String
    /// The model's name; `nil` for the one that was asked for.
    public var model: String?
    /// The request's name, sent as the dialect's header field.
    public var requestID: String?
    /// Fields that the dialect does not know, added to a whole answer.
    public var extra: JSONObject
    /// How many characters a streamed piece of text or arguments has.
    public var pieceLength: Int

    /// Makes an answer.
    public init(
        _ parts: [Part],
        finishReason: String? = nil,
        inputTokens: Int = 11,
        outputTokens: Int = 7,
        cachedTokens: Int = 0,
        id: String = "answer-1",
        model: String? = nil,
        requestID: String? = "req-1",
        extra: JSONObject = [:],
        pieceLength: Int = 4
    ) {
        self.parts = parts
        let callsTools = parts.contains { if case .toolCall = $0 { true } else { false } }
        self.finishReason = finishReason ?? (callsTools ? "tool_calls" : "stop")
        self.inputTokens = inputTokens
        self.outputTokens = outputTokens
        self.cachedTokens = cachedTokens
        self.id = id
        self.model = model
        self.requestID = requestID
        self.extra = extra
        self.pieceLength = max(1, pieceLength)
    }

    /// An answer of text.
    public static func text(_ text: String) -> ScriptedReply { ScriptedReply([.text(text)]) }

    /// An answer that calls one tool after another, named and with arguments as JSON text.
    public static func toolCalls(_ calls: [(name: String, arguments: String)]) -> ScriptedReply {
        ScriptedReply(
            calls.enumerated().map {
                .toolCall(id: "call_\($0.offset)", name: $0.element.name, arguments: $0.element.arguments)
            }
        )
    }

    /// An answer of text with thoughts before it.
    public static func reasoning(_ thoughts: String, then text: String) -> ScriptedReply {
        ScriptedReply([.reasoning(thoughts, signature: "seal-1"), .text(text)])
    }

    /// All text, joined.
    public var text: String {
        parts.reduce(into: "") { if case .text(let text) = $1 { $0 += text } }
    }

    /// All thoughts, joined.
    public var reasoningText: String {
        parts.reduce(into: "") { if case .reasoning(let text, _) = $1 { $0 += text } }
    }

    /// The tool calls, in order.
    public var toolCalls: [(id: String, name: String, arguments: String)] {
        parts.compactMap {
            if case .toolCall(let id, let name, let arguments) = $0 { (id, name, arguments) } else { nil }
        }
    }

    /// A text cut into pieces of `pieceLength` characters.
    func pieces(of text: String) -> [String] {
        var pieces: [String] = []
        var rest = Substring(text)
        while !rest.isEmpty {
            pieces.append(String(rest.prefix(pieceLength)))
            rest = rest.dropFirst(pieceLength)
        }
        return pieces
    }
}
