internal import ProviderKit

extension CallerError {
    /// What is noted when the caller has gone; nobody is told it (nginx uses the same number).
    static let callerGoneStatus = 499

    /// What a caller is told whose request the server turned away.
    init(_ reason: HTTPRefusal.Reason, requestID: String) {
        self =
            switch reason {
            case .malformed(let how):
                CallerError(
                    status: 400,
                    message: "this is not a request of HTTP/1.1: \(how)",
                    code: "malformed_request"
                )
            case .bodyTooLarge(let limit):
                CallerError(
                    status: 413,
                    message: "the body has more than \(limit) bytes; send less, or raise server.max_request_size",
                    code: "request_too_large"
                )
            case .headTooLarge(let limit):
                CallerError(
                    status: 431,
                    message: "the header fields have more than \(limit) bytes; send fewer",
                    code: "header_too_large"
                )
            case .tooSlow(let limit):
                CallerError(
                    status: 408,
                    message: "the request did not come whole within \(limit.components.seconds) s; send it again",
                    code: "request_timeout"
                )
            case .full:
                CallerError(
                    status: 503,
                    message: "the gateway has all the connections or request bodies it may have; try again in a second",
                    code: "too_many_connections",
                    retryAfter: .seconds(1)
                )
            case .stopping:
                CallerError(
                    status: 503,
                    message: "the gateway is stopping; try again in a few seconds",
                    code: "stopping",
                    retryAfter: .seconds(5)
                )
            }
        self.requestID = requestID
    }
}
