public import TransportKit

/// A JSON request body, checked and looked through once, with the places of what may have to be changed.
public struct ScannedBody: Sendable, Hashable {
    /// The body as it came.
    public let bytes: [UInt8]
    /// The text of `model`, if it is one.
    public let model: String?
    /// Whether `stream` is `true`.
    public let isStreaming: Bool

    /// Checks a body and looks through it.
    ///
    /// - Parameter bytes: The body.
    /// - Throws: `JSONError`, if it is no JSON or no object; it says where.
    public init(scanning bytes: [UInt8]) throws(JSONError) {
        // Replaced by the one scan that also finds the places.
        let value = try JSONValue(parsing: bytes)
        self.bytes = bytes
        model = value.object?["model"]?.string
        isStreaming = value.object?["stream"]?.bool ?? false
    }
}
