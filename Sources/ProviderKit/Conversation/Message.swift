public import TransportKit

/// One turn of a conversation: who speaks, and what in which order.
public struct Message: Sendable, Hashable {
    /// Who speaks.
    public var role: Role
    /// What is said, in order.
    public var content: [ContentPart]
    /// The speaker's name, where several speak in one role.
    public var name: String?
    /// Fields of the wire that the model here has no place for, as they came.
    public var extra: JSONObject

    /// Makes a message.
    public init(role: Role, content: [ContentPart], name: String? = nil, extra: JSONObject = [:]) {
        self.role = role
        self.content = content
        self.name = name
        self.extra = extra
    }

    /// Instructions for the whole conversation.
    public static func system(_ text: String) -> Message { Message(role: .system, content: [.text(text)]) }
    /// A user's words.
    public static func user(_ text: String) -> Message { Message(role: .user, content: [.text(text)]) }
    /// A user's words, images and files.
    public static func user(_ content: [ContentPart]) -> Message { Message(role: .user, content: content) }
    /// A model's words.
    public static func assistant(_ text: String) -> Message { Message(role: .assistant, content: [.text(text)]) }
    /// A tool's result, as text.
    public static func toolResult(_ text: String, for call: ToolCall, isError: Bool = false) -> Message {
        let result = ToolResult(callID: call.id, name: call.name, content: [.text(text)], isError: isError)
        return Message(role: .tool, content: [.toolResult(result)])
    }

    /// All text pieces, joined.
    public var text: String {
        content.reduce(into: "") { text, part in
            if case .text(let piece) = part.kind { text += piece }
        }
    }

    /// All reasoning in words, joined.
    public var reasoningText: String {
        content.reduce(into: "") { text, part in
            if case .reasoning(let piece) = part.kind { text += piece.text }
        }
    }

    /// The tool calls, in order.
    public var toolCalls: [ToolCall] {
        content.compactMap { part in
            if case .toolCall(let call) = part.kind { call } else { nil }
        }
    }
}
