internal import FoundationEssentials
public import TransportKit

extension OAuthTokens {
    private static let format = 1

    /// The tokens as they are stored.
    public var secret: Secret {
        func list(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }
        var fields: JSONObject = [
            "format": .number(JSONNumber(Self.format)), "issuer": .string(issuer), "flow": .string(flow.rawValue),
            "client_id": .string(client.id), "client_authentication": .string(client.authentication.rawValue),
            "token_endpoint": .string(tokenEndpoint), "scopes": list(scopes), "resources": list(resources),
            "parameters": .object(
                JSONObject(parameters.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })
            ),
            "access_token": accessToken.withText { .string($0) },
        ]
        fields["client_secret"] = client.secret?.withText { .string($0) }
        fields["revocation_endpoint"] = revocationEndpoint.map { .string($0) }
        fields["refresh_token"] = refreshToken?.withText { .string($0) }
        fields["expires"] = expires.map { .number(JSONNumber($0.timeIntervalSince1970)) }
        return Secret(bytes: JSONValue.object(fields).serialized)
    }

    /// Reads stored tokens.
    ///
    /// - Parameter secret: What `secret` made.
    /// - Throws: `CredentialError` of code `invalidSecret`, if it is nothing like that.
    public init(_ secret: Secret) throws(CredentialError) {
        let bytes = secret.withBytes { bytes in bytes.indices.map { bytes[$0] } }
        guard let document = try? JSONValue(parsing: bytes), document["format"]?.int == Self.format,
            let issuer = document["issuer"]?.string, let flow = document["flow"]?.string,
            let id = document["client_id"]?.string, let endpoint = document["token_endpoint"]?.string,
            let token = document["access_token"]?.string,
            let client = try? OAuthClient(
                id: id,
                secret: document["client_secret"]?.string.map { Secret($0) },
                authentication: document["client_authentication"]?.string.map { .init(rawValue: $0) }
            )
        else {
            throw CredentialError(.invalidSecret, "this is not what a login leaves in the store: log in again")
        }
        func list(_ name: String) -> [String] { document[name]?.array?.compactMap(\.string) ?? [] }
        let members = document["parameters"]?.object?.members ?? []
        self.init(
            issuer: issuer,
            client: client,
            flow: OAuthLogin.Flow(rawValue: flow),
            tokenEndpoint: endpoint,
            revocationEndpoint: document["revocation_endpoint"]?.string,
            resources: list("resources"),
            parameters: Dictionary(
                members.compactMap { member in member.value.string.map { (member.name, $0) } },
                uniquingKeysWith: { first, _ in first }
            ),
            scopes: list("scopes"),
            accessToken: Secret(token),
            refreshToken: document["refresh_token"]?.string.map { Secret($0) },
            expires: document["expires"]?.double.map { Date(timeIntervalSince1970: $0) }
        )
    }
}
