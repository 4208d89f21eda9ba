public import ProviderKit

/// Code of a program's own around each request of a router.
///
/// Every method has a default that does nothing. A router with middleware reads each request, so that none goes through in its
/// caller's own words unread.
public protocol RouterMiddleware: Sendable {
    /// Sees a conversation before it is routed, and may change or refuse it.
    ///
    /// - Parameter request: The request.
    /// - Throws: `PlexError`, to refuse it.
    func willRoute(_ request: inout ChatRequest) async throws(PlexError)

    /// Sees an event of a streamed answer before its caller does, and may change it.
    ///
    /// - Parameters:
    ///   - event: The event.
    ///   - request: The request.
    /// - Throws: `PlexError`, to end the stream.
    func willDeliver(_ event: inout ChatEvent, of request: ChatRequest) async throws(PlexError)

    /// Sees a whole answer before its caller does, and may change it; for a stream, the one in its last event.
    ///
    /// - Parameters:
    ///   - response: The answer.
    ///   - request: The request.
    /// - Throws: `PlexError`, to refuse it.
    func willFinish(_ response: inout ChatResponse, of request: ChatRequest) async throws(PlexError)

    /// Learns that a request failed for good.
    ///
    /// - Parameters:
    ///   - error: The failure.
    ///   - request: The request.
    func didFail(_ error: PlexError, of request: ChatRequest) async
}

extension RouterMiddleware {
    /// Does nothing.
    public func willRoute(_ request: inout ChatRequest) async throws(PlexError) {}
    /// Does nothing.
    public func willDeliver(_ event: inout ChatEvent, of request: ChatRequest) async throws(PlexError) {}
    /// Does nothing.
    public func willFinish(_ response: inout ChatResponse, of request: ChatRequest) async throws(PlexError) {}
    /// Does nothing.
    public func didFail(_ error: PlexError, of request: ChatRequest) async {}
}
