public import ProviderKit
internal import TransportKit

/// What a failure before an answer has begun means for the attempts that remain.
public enum FailureClass: Sendable, Hashable {
    /// Another target may do better, and so may the same one a little later.
    case retryable
    /// Another target may do better; the same one will not.
    case elsewhere
    /// Another credential or another target may do better.
    case credential
    /// Only a target that takes longer conversations.
    case contextLength
    /// Only a target that is listed for what a filter refused.
    case contentFilter
    /// The request is at fault, or its caller has gone: nobody else is asked.
    case final

    /// Judges a failure.
    ///
    /// - Parameters:
    ///   - code: What failed.
    ///   - status: The HTTP status, where there was one.
    public init(_ code: PlexError.Code, status: Int?) {
        self =
            switch code {
            case .contextLengthExceeded: .contextLength
            case .contentFiltered: .contentFilter
            case .authentication, .permission, .quotaExhausted: .credential
            case .cancelled: .final
            case .rateLimited, .overloaded, .upstream, .network, .streamCut, .malformedResponse: .retryable
            // The request may be at work there still: a second one would be paid for too.
            case .timeout(.firstByte), .timeout(.idle), .timeout(.total): .elsewhere
            case .timeout(.connect): .retryable
            case .notFound, .unsupported, .configuration, .internal: .elsewhere
            case .invalidRequest: [408, 409, 425].contains(status ?? 0) ? .retryable : .final
            default: .elsewhere
            }
    }

    /// Whether it speaks against the target as such, so that its breaker counts it.
    ///
    /// A limit on the rate, a refused key or a refused request do not.
    ///
    /// - Parameter code: What failed.
    /// - Returns: Whether it is counted.
    public static func countsAgainstTarget(_ code: PlexError.Code) -> Bool {
        switch code {
        case .overloaded, .upstream, .network, .streamCut, .malformedResponse: true
        default: code.timeoutPhase != nil
        }
    }
}
