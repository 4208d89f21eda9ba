/// What an HTTP server hands its requests to; the gateway is one.
package protocol HTTPResponder: Sendable {
    /// Answers one request. Runs on the loop of the request's connection, in a task that is cancelled when the peer leaves.
    ///
    /// A streamed answer is returned when its first piece is there: the server then sends the head.
    func respond(to request: GatewayRequest) async -> GatewayResponse

    /// Tells that the time to stop is over; may be called more than once.
    ///
    /// Next the tasks of all requests are cancelled, and for a moment what they still give is sent: an error, or what ends a
    /// streamed body and says that it is not whole. A body that ends without is taken to be whole.
    func cut()

    /// What is answered to a request that the server itself turns away; the body is in the shape of the path's dialect.
    func response(to refusal: HTTPRefusal) -> GatewayResponse
}

/// Why the server turns a request away before anybody was asked.
package struct HTTPRefusal: Sendable, Hashable {
    package enum Reason: Sendable, Hashable {
        /// The head or the body's framing breaks HTTP/1.1; the text says how. 400.
        case malformed(String)
        /// The body is larger than allowed. 413.
        case bodyTooLarge(limit: Int)
        /// The head is larger than allowed. 431.
        case headTooLarge(limit: Int)
        /// The request did not come whole in time. 408.
        case tooSlow(limit: Duration)
        /// There are too many connections or bytes of requests. 503 with Retry-After.
        case full
        /// The server is stopping. 503 with Retry-After.
        case stopping
    }

    package var reason: Reason
    /// The path, as far as it is known.
    package var path: String?
    package var peer: Peer

    package init(_ reason: Reason, path: String?, peer: Peer) {
        self.reason = reason
        self.path = path
        self.peer = peer
    }
}
