public import TransportKit

/// Why a login, a renewal or another exchange with an authorization server failed; it holds no token and no code.
public struct OAuthError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of failure it is.
    @nonexhaustive
    public enum Reason: String, Sendable, Hashable {
        /// Settings are missing or contradict each other.
        case configuration
        /// An address is neither https nor on this machine, or cannot be used otherwise.
        case insecureAddress
        /// The server has no metadata, or they make no sense.
        case metadata
        /// An answer is of another server than the one that was asked.
        case issuerMismatch
        /// An answer belongs to no request of ours.
        case stateMismatch
        /// The server lacks what is needed.
        case unsupported
        /// The server, or the user there, said no.
        case refused
        /// What the server answered cannot be understood.
        case malformedAnswer
        /// The server cannot be reached, or has trouble of its own.
        case unavailable
        /// A code has ended before it was used.
        case expired
        /// Nobody answered within the time.
        case timedOut
        /// No port can be opened for the browser's answer.
        case cannotListen
        /// The task was cancelled.
        case cancelled
    }

    /// An error's code as servers send it (RFC 6749, section 5.2, and the registry of such codes).
    public struct ServerCode: RawRepresentable, Sendable, Hashable, ExpressibleByStringLiteral {
        /// The code or refresh token is wrong, was used, has ended, or belongs to another client.
        public static let invalidGrant: ServerCode = "invalid_grant"
        /// The client is not known, or did not prove who it is.
        public static let invalidClient: ServerCode = "invalid_client"
        /// The request is wrong.
        public static let invalidRequest: ServerCode = "invalid_request"
        /// The client may not do this.
        public static let unauthorizedClient: ServerCode = "unauthorized_client"
        /// The server does not know this kind of request.
        public static let unsupportedGrantType: ServerCode = "unsupported_grant_type"
        /// A scope is not known or not allowed.
        public static let invalidScope: ServerCode = "invalid_scope"
        /// A resource is not known or not allowed (RFC 8707).
        public static let invalidTarget: ServerCode = "invalid_target"
        /// The user, or the server, said no.
        public static let accessDenied: ServerCode = "access_denied"
        /// The server has trouble of its own.
        public static let serverError: ServerCode = "server_error"
        /// The server has too much to do.
        public static let temporarilyUnavailable: ServerCode = "temporarily_unavailable"
        /// The user has not answered yet (RFC 8628).
        public static let authorizationPending: ServerCode = "authorization_pending"
        /// The server is asked too often (RFC 8628).
        public static let slowDown: ServerCode = "slow_down"
        /// The user did not answer in time (RFC 8628).
        public static let expiredToken: ServerCode = "expired_token"
        /// The server cannot revoke this kind of token (RFC 7009).
        public static let unsupportedTokenType: ServerCode = "unsupported_token_type"

        /// The code as it is sent.
        public let rawValue: String

        /// Makes a code of the text that is sent.
        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// Makes a code of the text that is sent.
        public init(stringLiteral value: String) {
            self.init(rawValue: value)
        }
    }

    /// What kind of failure it is.
    public let reason: Reason
    /// What failed, why, and what to do next.
    public let message: String
    /// The server's own code, where it sent one.
    public let serverCode: ServerCode?

    /// Makes an error.
    public init(_ reason: Reason, _ message: String, serverCode: ServerCode? = nil) {
        self.reason = reason
        self.message = message
        self.serverCode = serverCode
    }

    /// The message.
    public var description: String { message }

    /// The same as an error of a credential.
    public var credentialError: CredentialError {
        let code: CredentialError.Code =
            switch reason {
            case .configuration, .insecureAddress: .configuration
            case .cancelled: .cancelled
            case .unavailable, .malformedAnswer, .metadata, .timedOut: .unavailable
            default: .refused
            }
        return CredentialError(code, message)
    }
}

extension OAuthError {
    /// The text of others, fit for a message: one line, bounded, without the secrets that were sent.
    static func quoted(_ text: String, without secrets: [Secret] = [], limit: Int = 200) -> String {
        let line = String(
            text.unicodeScalars.prefix(limit * 2).map { $0.value < 0x20 || $0.value == 0x7F ? " " : Character($0) }
        )
        return String(Redactor(secrets: secrets).redact(line).prefix(limit))
    }
}
