internal import TransportKit

/// Resumed once, by the session, when it takes the request out of its table.
typealias AnswerContinuation = UnsafeContinuation<Result<JSONValue, MCPError>, Never>

/// A request, from the moment that its caller makes it; used on the session's loop only.
@safe final class PendingRequest {
    let method: String
    let options: MCPRequestOptions
    /// The id, once it is sent.
    var id: Int?
    /// Whether its caller has gone before it was sent.
    var isCancelled = false
    var deadline = LoopInstant(nanoseconds: .max)
    var latestDeadline = LoopInstant(nanoseconds: .max)
    var lastProgress: Double?
    /// Sends it, where that takes waiting.
    var sender: Task<Void, Never>?
    private var continuation: AnswerContinuation?

    init(_ method: String, _ options: MCPRequestOptions) {
        self.method = method
        self.options = options
    }

    func wait(_ continuation: AnswerContinuation) {
        unsafe self.continuation = continuation
    }

    func finish(_ result: Result<JSONValue, MCPError>) {
        sender?.cancel()
        sender = nil
        guard let continuation = unsafe continuation else { return }
        unsafe self.continuation = nil
        unsafe continuation.resume(returning: result)
    }
}
