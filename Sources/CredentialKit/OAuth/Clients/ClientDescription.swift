public import TransportKit

/// What a client tells a server of itself: to register (RFC 7591), or in a document at the address that is its ID.
public struct ClientDescription: Sendable, Hashable {
    /// The name that users are shown.
    public var name: String
    /// Where browsers may be sent back to.
    public var redirectURIs: [String]
    /// The kinds of exchange that it makes.
    public var grantTypes: [String] = ["authorization_code", "refresh_token"]
    /// The kinds of answer that it takes by way of a browser.
    public var responseTypes: [String] = ["code"]
    /// How it says who it is.
    public var authentication: OAuthClient.Authentication = .none
    /// The scopes that it may ask for.
    public var scopes: [String] = []
    /// A page about it.
    public var address: String?
    /// `native` for a program on a user's machine, else `web`.
    public var applicationType = "native"
    /// What a server wants beyond these.
    public var extra: JSONObject = [:]

    /// Makes a description of a program on a user's machine that logs in with a browser.
    public init(name: String, redirectURIs: [String]) {
        self.name = name
        self.redirectURIs = redirectURIs
    }

    /// The description as a server reads it.
    public var document: JSONValue {
        func list(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }
        var fields: JSONObject = [
            "client_name": .string(name), "redirect_uris": list(redirectURIs), "grant_types": list(grantTypes),
            "response_types": list(responseTypes), "token_endpoint_auth_method": .string(authentication.rawValue),
            "application_type": .string(applicationType),
        ]
        if !scopes.isEmpty { fields["scope"] = .string(scopes.joined(separator: " ")) }
        fields["client_uri"] = address.map { .string($0) }
        for member in extra.members { fields[member.name] = member.value }
        return .object(fields)
    }

    /// The document that stands at the address which is the client's ID.
    ///
    /// - Parameter id: The address.
    /// - Returns: The document.
    /// - Throws: `OAuthError` of reason `configuration`, if the address cannot be an ID.
    public func document(withID id: String) throws(OAuthError) -> JSONValue {
        guard Self.isDocumentAddress(id), authentication == .none else {
            throw OAuthError(
                .configuration,
                "a client that is known by a document has an https address with a path as its ID, and no secret"
            )
        }
        var fields = document.object ?? [:]
        fields["client_id"] = .string(id)
        return .object(fields)
    }

    /// Whether a client's ID is the address of a document about it: https, with a path, without a query.
    public static func isDocumentAddress(_ id: String) -> Bool {
        guard let address = try? ServerAddress(id, "the client ID") else { return false }
        let parts = address.path.split(separator: "/", omittingEmptySubsequences: false)
        return address.isSecure && address.query == nil && address.path.utf8.count > 1
            && !parts.contains(".") && !parts.contains("..")
    }
}
