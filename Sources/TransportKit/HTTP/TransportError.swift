/// Why an exchange with a server failed.
public struct TransportError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Value: Hashable {
            case invalidURL, resolve, connect, tls, timeout(Timeouts.Phase), closed, protocolViolation, tooLarge
            case cancelled, proxy, invalidRequest, requestBody, tooManyRedirects, exhausted, other
        }

        private let value: Value

        private init(_ value: Value) {
            self.value = value
        }

        /// The URL cannot be used.
        public static let invalidURL = Code(.invalidURL)
        /// The host's name has no address.
        public static let resolve = Code(.resolve)
        /// No connection could be made.
        public static let connect = Code(.connect)
        /// The TLS handshake or the certificate was refused.
        public static let tls = Code(.tls)
        /// A limit on time was reached.
        public static func timeout(_ phase: Timeouts.Phase) -> Code { Code(.timeout(phase)) }
        /// The peer closed or reset the connection before the answer was whole.
        public static let closed = Code(.closed)
        /// What came is not HTTP.
        public static let protocolViolation = Code(.protocolViolation)
        /// The answer is larger than allowed.
        public static let tooLarge = Code(.tooLarge)
        /// The caller's task was cancelled.
        public static let cancelled = Code(.cancelled)
        /// The proxy refused or could not be reached.
        public static let proxy = Code(.proxy)
        /// The request has a method or a header field that cannot be sent.
        public static let invalidRequest = Code(.invalidRequest)
        /// The request's body could not be read.
        public static let requestBody = Code(.requestBody)
        /// More redirects than allowed.
        public static let tooManyRedirects = Code(.tooManyRedirects)
        /// This process had no descriptor or memory left for a connection, which says nothing of the server.
        public static let exhausted = Code(.exhausted)
        /// Anything else.
        public static let other = Code(.other)

        /// Which limit on time was reached, if one was.
        public var timeoutPhase: Timeouts.Phase? {
            if case .timeout(let phase) = value { phase } else { nil }
        }

        /// A short name, safe as a metric label.
        public var description: String {
            switch value {
            case .invalidURL: "invalid_url"
            case .resolve: "resolve"
            case .connect: "connect"
            case .tls: "tls"
            case .timeout(let phase): "timeout_\(phase)"
            case .closed: "closed"
            case .protocolViolation: "protocol_violation"
            case .tooLarge: "too_large"
            case .cancelled: "cancelled"
            case .proxy: "proxy"
            case .invalidRequest: "invalid_request"
            case .requestBody: "request_body"
            case .tooManyRedirects: "too_many_redirects"
            case .exhausted: "exhausted"
            case .other: "other"
            }
        }
    }

    /// The kind of failure.
    public var code: Code
    /// What happened, fit for logs: no header, no body.
    public var message: String

    /// What was wrong with TLS, where it will be wrong the next time too.
    package var tlsFault: TLSFault?

    /// Makes an error.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    init(_ fault: TLSFault, _ message: String) {
        self.init(.tls, message)
        tlsFault = fault
    }

    /// The message.
    public var description: String { message }
}

/// What of TLS does not mend itself.
package enum TLSFault: Sendable {
    /// A certificate, or a file of certificates, is not accepted.
    case certificate
    /// The peer does not speak TLS at all.
    case plainText
    /// Both sides have no version or cipher in common.
    case version
}
