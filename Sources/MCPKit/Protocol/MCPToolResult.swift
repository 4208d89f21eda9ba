public import TransportKit

/// What a tool gave back.
public struct MCPToolResult: MCPObject {
    /// The object as it came.
    public let json: JSONObject

    /// Adopts a result.
    public init(json: JSONObject) {
        self.json = json
    }

    /// Makes a result of one text.
    ///
    /// - Parameters:
    ///   - text: The text.
    ///   - isError: Whether the tool failed, and the text says how.
    public init(text: String, isError: Bool = false) {
        json = ["content": [["type": "text", "text": .string(text)]], "isError": .bool(isError)]
    }

    /// What came back, in order.
    public var content: [MCPContent] { json.objects("content") }
    /// The same as data, where the tool gives some.
    public var structuredContent: JSONValue? { json["structuredContent"] }
    /// Whether the tool failed; the content says how, for the model.
    public var isError: Bool { json["isError"]?.bool ?? false }
    /// All texts, a line end between them.
    public var text: String { content.compactMap(\.text).joined(separator: "\n") }
}
