internal import Glibc

/// The errors of one exchange, whichever way it goes.
struct TransferErrors {
    let route: Route
    let timeouts: Timeouts
    /// Whether the proxy, if there is one, is certain to be used.
    let usesNamedProxy: Bool
    /// Whether the environment says if there is a proxy.
    private let asksEnvironment: Bool

    init(_ plan: RequestPlan) {
        route = plan.route
        timeouts = plan.request.timeouts
        usesNamedProxy = plan.usesNamedProxy
        asksEnvironment = plan.asksEnvironmentForProxy
    }

    var peer: String { route.peer }

    static let cancelled = TransportError(.cancelled, "the request was cancelled")
    static let notSent = TransportError(.other, "the request was not sent: its event loop has been shut down")
    static let loopStopped = TransportError(.closed, "the request was ended: its event loop has been shut down")

    /// A limit on time was reached.
    func timeout(_ phase: Timeouts.Phase, isSending: Bool) -> TransportError {
        let text =
            switch phase {
            case .connect: "no connection to \(peer) stood after \(Self.text(timeouts.connect))"
            case .firstByte: "\(peer) did not begin to answer within \(Self.text(timeouts.firstByte))"
            case .idle where isSending: "\(peer) took nothing of the request for \(Self.text(timeouts.idle))"
            case .idle: "\(peer) sent nothing more for \(Self.text(timeouts.idle))"
            default: "the exchange with \(peer) was not over after \(Self.text(timeouts.total))"
            }
        return TransportError(.timeout(phase), text)
    }

    private static func text(_ duration: Duration?) -> String {
        duration.map { $0.description } ?? "its limit"
    }

    /// No connection could be made.
    ///
    /// - Parameters:
    ///   - number: The system's error number, 0 where there is none.
    ///   - detail: What else is known.
    /// - Returns: The error.
    func connect(_ number: Int32, _ detail: String) -> TransportError {
        if [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(number) {
            return TransportError(
                .exhausted,
                "no connection to \(peer) can be opened: \(SystemError.text(number)); try again, or raise the limit on "
                    + "open files (`ulimit -n`)"
            )
        }
        if usesNamedProxy { return TransportError(.proxy, "no connection to the proxy: \(detail)") }
        if let proxy = environmentProxy, proxy.isMeant(by: detail) {
            let reason = number == 0 ? detail : SystemError.text(number)
            return TransportError(
                .proxy,
                "no connection to the proxy \(proxy.authority) that \(proxy.variable) names (\(reason)): "
                    + "correct the variable, or have no_proxy name \(route.origin.host)"
            )
        }
        let isSocket = route.unixSocketPath != nil
        let text =
            switch number {
            case ECONNREFUSED: "nothing listens on \(peer): is the server running?"
            case ENOENT where isSocket: "there is no socket at \(peer): is the server running?"
            case EACCES, EPERM: "access to \(peer) is denied: check the permissions"
            case EHOSTUNREACH, ENETUNREACH: "there is no route to \(peer): check the network"
            default: "no connection to \(peer): \(detail)"
            }
        return TransportError(.connect, text)
    }

    /// The proxy's name has no address.
    var unknownProxy: TransportError {
        let origin = environmentProxy.map { ": \($0.variable) names \($0.authority)" } ?? ""
        return TransportError(.proxy, "the proxy's name has no address\(origin)")
    }

    private var environmentProxy: EnvironmentProxy? {
        guard asksEnvironment else { return nil }
        return EnvironmentProxy(isSecure: route.origin.isSecure) { name in
            unsafe getenv(name).map { unsafe String(cString: $0) }
        }
    }

    /// A connection died under a request that its server may have acted upon.
    var notRepeated: TransportError {
        TransportError(
            .closed,
            "\(peer) closed the connection before it answered; the request was not sent again, "
                + "as the server may have acted upon it"
        )
    }

    /// The connection ended in order, but within the head.
    var headless: TransportError {
        TransportError(.closed, "\(peer) closed the connection before the head of its answer was whole")
    }

    /// The connection ended in order, but within the body.
    var cut: TransportError {
        TransportError(.closed, "\(peer) closed the connection before the answer was whole")
    }

    /// The connection broke.
    func closed(hasHead: Bool) -> TransportError {
        let moment = hasHead ? "before the answer was whole" : "without an answer"
        return TransportError(.closed, "\(peer) closed or reset the connection \(moment)")
    }

    var malformed: TransportError { TransportError(.protocolViolation, "what \(peer) answered is not HTTP") }

    var badChunk: TransportError {
        TransportError(.protocolViolation, "the chunked answer of \(peer) cannot be read")
    }

    var badEncoding: TransportError {
        TransportError(.protocolViolation, "the compressed answer of \(peer) cannot be read")
    }

    func headTooLarge(_ limit: Int) -> TransportError {
        TransportError(.tooLarge, "the head of the answer from \(peer) has more than \(limit) bytes")
    }

    func bodyTooLarge(_ limit: Int) -> TransportError {
        TransportError(.tooLarge, "the answer from \(peer) has more than \(limit) bytes")
    }
}
