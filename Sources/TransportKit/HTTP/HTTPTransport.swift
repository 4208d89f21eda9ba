/// Sends HTTP requests.
public protocol HTTPTransport: Sendable {
    /// Sends one request, once, and returns when the head of the answer is there.
    ///
    /// Cancelling the calling task closes the connection at once.
    ///
    /// - Parameter request: The request.
    /// - Returns: The answer, whatever its status.
    /// - Throws: `TransportError`.
    func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse
}
