public import TransportKit

/// What a JSON Web Token says of itself.
///
/// Nothing here is proven: whoever made the token could write anything. That is enough to learn when one's own token ends, or
/// what an exchange wants to be told, and never enough to let somebody in.
public struct JSONWebToken: Sendable, Hashable {
    /// The longest token that is read, in bytes.
    public static let maximumSize = 65_536

    /// The header: how the token is said to be signed.
    public let header: JSONValue
    /// The claims.
    public let claims: JSONValue

    /// Reads a token without checking its signature.
    ///
    /// - Parameter token: The token in its compact form, three parts with dots between.
    /// - Returns: What it says.
    /// - Throws: `CredentialError` of code `invalidSecret`, if it is no such token; the error holds no part of it.
    public static func decodeUnverified(_ token: Secret) throws(CredentialError) -> JSONWebToken {
        let parts = token.withText { text in
            text.utf8.count <= maximumSize
                ? text.split(separator: ".", omittingEmptySubsequences: false).map(String.init) : []
        }
        guard parts.count == 3 else { throw malformed("it has not three parts") }
        // The signature is not checked, but what is none makes the whole no token. An unsigned one has an empty part.
        guard Base64URL.bytes(parts[2]) != nil else { throw malformed("its signature is not base64url") }
        return JSONWebToken(header: try object(parts[0], "header"), claims: try object(parts[1], "claims"))
    }

    /// When the token ends, in seconds since 1970, as it says itself.
    public var expiry: Double? { claims["exp"]?.double }

    private static func object(_ part: String, _ name: String) throws(CredentialError) -> JSONValue {
        guard let bytes = Base64URL.bytes(part) else { throw malformed("its \(name) are not base64url") }
        guard let value = try? JSONValue(parsing: bytes), value.object != nil else {
            throw malformed("its \(name) are no JSON object")
        }
        return value
    }

    private static func malformed(_ reason: String) -> CredentialError {
        CredentialError(.invalidSecret, "this is no JSON Web Token: \(reason)")
    }
}
