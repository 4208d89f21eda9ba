public import TransportKit

/// What is sent to a token endpoint, beside who asks.
public struct TokenRequest: Sendable {
    var parameters = FormParameters()
    let purpose: ServerRefusal.Purpose

    private init(_ grantType: String, _ purpose: ServerRefusal.Purpose) {
        self.purpose = purpose
        parameters.add("grant_type", grantType)
    }

    /// Redeems the code of a login.
    ///
    /// - Parameters:
    ///   - code: The code, as `AuthorizationRequest.code(inAnswer:)` gave it.
    ///   - request: The request that it was given for.
    /// - Returns: The request.
    public static func code(_ code: Secret, of request: AuthorizationRequest) -> TokenRequest {
        var result = TokenRequest("authorization_code", .code)
        result.parameters.add("code", code)
        result.parameters.add("redirect_uri", request.redirectURI)
        result.parameters.add("code_verifier", request.proofKey.verifier)
        result.parameters.add(resources: request.resources)
        return result
    }

    /// Exchanges a refresh token.
    ///
    /// - Parameters:
    ///   - token: The refresh token.
    ///   - scopes: Fewer scopes than it has; none for all.
    ///   - resources: What the tokens are to be for.
    /// - Returns: The request.
    public static func refresh(_ token: Secret, scopes: [String] = [], resources: [String] = []) -> TokenRequest {
        var result = TokenRequest("refresh_token", .renewal)
        result.parameters.add("refresh_token", token)
        result.parameters.add(scopes: scopes)
        result.parameters.add(resources: resources)
        return result
    }

    /// Asks for tokens of the client's own.
    ///
    /// - Parameters:
    ///   - scopes: What is asked for.
    ///   - resources: What the tokens are to be for.
    ///   - parameters: What a server wants beyond the standard, as `audience`.
    /// - Returns: The request.
    public static func clientCredentials(
        scopes: [String] = [],
        resources: [String] = [],
        parameters: [String: String] = [:]
    ) -> TokenRequest {
        var result = TokenRequest("client_credentials", .clientCredentials)
        result.parameters.add(scopes: scopes)
        result.parameters.add(resources: resources)
        for (name, value) in parameters.sorted(by: { $0.key < $1.key }) { result.parameters.add(name, value) }
        return result
    }

    /// Asks whether the user has let the device in (RFC 8628).
    ///
    /// - Parameters:
    ///   - code: The device's code.
    ///   - resources: What the tokens are to be for.
    /// - Returns: The request.
    public static func device(_ code: Secret, resources: [String] = []) -> TokenRequest {
        var result = TokenRequest("urn:ietf:params:oauth:grant-type:device_code", .device)
        result.parameters.add("device_code", code)
        result.parameters.add(resources: resources)
        return result
    }

    /// Exchanges a token of somebody for another one (RFC 8693).
    ///
    /// - Parameters:
    ///   - subject: The token to exchange.
    ///   - type: Of what kind it is.
    ///   - actor: The token of who acts for its owner, and of what kind it is.
    ///   - requestedType: Of what kind the new one is to be.
    ///   - audiences: Who the new one is to be for, by name.
    ///   - resources: What it is to be for, by address.
    ///   - scopes: What is asked for.
    /// - Returns: The request.
    public static func exchange(
        _ subject: Secret,
        type: String = "urn:ietf:params:oauth:token-type:access_token",
        actor: (token: Secret, type: String)? = nil,
        requestedType: String? = nil,
        audiences: [String] = [],
        resources: [String] = [],
        scopes: [String] = []
    ) -> TokenRequest {
        var result = TokenRequest("urn:ietf:params:oauth:grant-type:token-exchange", .exchange)
        result.parameters.add("subject_token", subject)
        result.parameters.add("subject_token_type", type)
        if let actor {
            result.parameters.add("actor_token", actor.token)
            result.parameters.add("actor_token_type", actor.type)
        }
        if let requestedType { result.parameters.add("requested_token_type", requestedType) }
        for audience in audiences { result.parameters.add("audience", audience) }
        result.parameters.add(resources: resources)
        result.parameters.add(scopes: scopes)
        return result
    }
}
