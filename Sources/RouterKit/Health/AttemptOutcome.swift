public import ProviderKit

/// How a request to a deployment ended, as far as the deployment's health is concerned.
public enum AttemptOutcome: Sendable, Hashable {
    /// The whole answer came; of a stream: its end.
    case success
    /// It failed, and may have been told when to come again.
    case failure(PlexError.Code, retryAfter: Duration?)
    /// The caller left, or another request was faster: that says nothing.
    case abandoned
}
