public import TransportKit

/// A request as it would go onto the wire, without its key.
public struct RequestPreview: Sendable, Hashable {
    /// The HTTP method.
    public var method: String
    /// The URL.
    public var url: String
    /// The body.
    public var body: JSONValue
    /// What would have no counterpart at the provider, or be changed to fit.
    public var warnings: [Warning]

    /// Makes a preview.
    public init(method: String, url: String, body: JSONValue, warnings: [Warning]) {
        self.method = method
        self.url = url
        self.body = body
        self.warnings = warnings
    }
}

/// A provider that can show what it would send.
public protocol RequestPreviewing: Provider {
    /// What would be sent for a request; nothing is sent.
    ///
    /// - Parameters:
    ///   - request: What would be asked.
    ///   - isStreaming: Whether the answer would be asked for as a stream.
    /// - Returns: The request without its key.
    /// - Throws: `PlexError`, if the request cannot be put into the provider's dialect.
    func preview(_ request: ChatRequest, isStreaming: Bool) throws(PlexError) -> RequestPreview
}
