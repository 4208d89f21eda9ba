package import TransportKit

/// Who hears what a server says unasked.
package struct SessionHandlers: Sendable {
    /// Answers a request of the server.
    package var request: @Sendable (_ method: String, _ params: JSONValue?) async -> Result<JSONValue, JSONRPCFailure>
    /// Hears of a notification; called on the loop.
    package var notification: @Sendable (_ method: String, _ params: JSONValue?) -> Void
    /// Hears of the end, once; called on the loop.
    ///
    /// With an error unless it was asked for.
    package var ended: @Sendable (MCPError?) -> Void

    package init(
        request: @escaping @Sendable (String, JSONValue?) async -> Result<JSONValue, JSONRPCFailure> = { method, _ in
            .failure(JSONRPCFailure(.methodNotFound, "the client has no method \(method)"))
        },
        notification: @escaping @Sendable (String, JSONValue?) -> Void = { _, _ in },
        ended: @escaping @Sendable (MCPError?) -> Void = { _ in }
    ) {
        self.request = request
        self.notification = notification
        self.ended = ended
    }
}

/// The limits of a session.
package struct SessionLimits: Sendable, Hashable {
    /// How long to wait for an answer, unless a request says otherwise.
    package var timeLimit = Duration.seconds(30)
    /// How long to wait in all, however much progress is reported.
    package var maximumTime = Duration.seconds(600)
    /// How many requests may wait for their answers.
    package var pending = 4096
    /// How many requests of the server may be worked on.
    package var inbound = 64

    package init() {}
}

/// What a session has done.
package struct SessionFigures: Sendable, Hashable {
    /// Requests that were sent.
    package var requests = 0
    /// Those of them that only ask for a sign of life.
    package var pings = 0
    /// Requests that wait for their answers.
    package var pending = 0
    /// Requests that failed, in whatever way.
    package var failures = 0
    /// Answers that came when nobody waited any more.
    package var late = 0
    /// Answers to nothing that was asked, and what is no message.
    package var garbage = 0
    /// Notifications of the server.
    package var notifications = 0
    /// Requests of the server.
    package var inbound = 0
    /// When something was last sent or came.
    package var lastActivity: LoopInstant

    init(now: LoopInstant) {
        lastActivity = now
    }
}
