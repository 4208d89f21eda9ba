/// Decides who may use the gateway.
///
/// It is asked once for each request but those for `/health`, on the request's event loop: it must not block.
public protocol AccessProvider: Sendable {
    /// Looks at a request's credentials.
    ///
    /// - Parameter request: The request; nothing of it has been acted upon.
    /// - Returns: Whether it is let in.
    func decide(on request: GatewayRequest) async -> AccessDecision
}

/// Whether a request is let in.
@nonexhaustive
public enum AccessDecision: Sendable, Hashable {
    /// It is, under a name for logs, where there is one.
    case allowed(caller: String?)
    /// It shows no credential, or a wrong one; the text says what to do and goes to the caller.
    case unauthenticated(String)
    /// Its credential is good but not for this; the text goes to the caller.
    case forbidden(String)
}
