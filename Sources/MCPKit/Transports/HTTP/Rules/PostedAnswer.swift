package import TransportKit

/// What the head of an answer to a posted message means, in every revision of Streamable HTTP.
package enum PostedAnswer: Sendable, Hashable {
    /// The server has taken a message that wants no answer.
    case taken
    /// The server has taken a request and will not answer it here.
    case elsewhere
    /// The body is the answer.
    case message
    /// The body is a stream of events, one of them the answer.
    case events
    /// The server no longer knows the session.
    case sessionExpired
    /// The server wants an authorization, or a better one.
    case unauthorized
    /// The request failed; the body may say why in the words of JSON-RPC.
    case refused
    /// The body is in no form that the protocol knows.
    case unreadable

    /// Reads the head of an answer.
    ///
    /// - Parameters:
    ///   - status: The status.
    ///   - fields: The header fields.
    ///   - isRequest: Whether the message wants an answer.
    ///   - hadSession: Whether the message named a session.
    package init(status: Int, fields: HTTPFields, isRequest: Bool, hadSession: Bool) {
        switch status {
        case 200...299 where !isRequest: self = .taken
        case 202, 204: self = .elsewhere
        case 200...299: self = Self.body(fields["content-type"])
        case 404 where hadSession: self = .sessionExpired
        case 401: self = .unauthorized
        case 403 where AuthorizationChallenge.bearer(in: fields)?.error == "insufficient_scope": self = .unauthorized
        default: self = .refused
        }
    }

    private static func body(_ contentType: String?) -> PostedAnswer {
        switch MediaType.name(contentType) {
        case "application/json": .message
        case "text/event-stream": .events
        default: .unreadable
        }
    }
}

/// Names of media types.
package enum MediaType {
    /// The type without its parameters, in lower case.
    ///
    /// - Parameter contentType: What a header field says.
    /// - Returns: For example `application/json`; empty if the field says nothing.
    package static func name(_ contentType: String?) -> String {
        let name = (contentType ?? "").prefix { $0 != ";" }
        return name.lowercased().filter { $0 != " " && $0 != "\t" }
    }
}
