public import TransportKit

/// The login of a device without a browser, begun (RFC 8628): the user opens an address elsewhere and types a code.
public struct DeviceAuthorization: Sendable {
    /// What the device asks with; no one else is to know it.
    public let deviceCode: Secret
    /// What the user types.
    public let userCode: String
    /// Where the user types it.
    public let address: String
    /// The same with the code in it, if the server has such an address.
    public let completeAddress: String?
    /// How long the user has.
    public let lifetime: Duration
    /// How long the device waits between two questions.
    public let interval: Duration

    /// Reads a server's answer.
    ///
    /// - Parameter document: The answer.
    /// - Throws: `OAuthError` of reason `malformedAnswer` or `insecureAddress`.
    public init(_ document: JSONValue) throws(OAuthError) {
        guard let code = document["device_code"]?.string, !code.isEmpty, let user = document["user_code"]?.string,
            !user.isEmpty,
            // Some servers spell it as it was before the standard.
            let address = document["verification_uri"]?.string ?? document["verification_url"]?.string
        else {
            throw OAuthError(
                .malformedAnswer,
                "the authorization server's answer has no code for the device, or no address for the user"
            )
        }
        // They are printed for a user who trusts them.
        _ = try ServerAddress(address, "the address for the user")
        completeAddress = try document["verification_uri_complete"]?.string.map { text throws(OAuthError) in
            _ = try ServerAddress(text, "the address for the user")
            return text
        }
        deviceCode = Secret(code)
        userCode = OAuthError.quoted(user, limit: 64)
        self.address = address
        lifetime = .seconds(min(max(document["expires_in"]?.double ?? 600, 1), 86_400))
        interval = .seconds(min(max(document["interval"]?.double ?? 5, 1), 300))
    }
}
