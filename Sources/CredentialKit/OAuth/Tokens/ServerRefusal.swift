internal import TransportKit

/// What an authorization server says when it does not do what it is asked.
struct ServerRefusal {
    /// What was asked for.
    enum Purpose {
        case login
        case code
        case renewal
        case clientCredentials
        case device
        case exchange
        case revocation
        case registration

        fileprivate var what: String {
            switch self {
            case .login: "the login"
            case .code: "the code of the login"
            case .renewal: "the stored login"
            case .clientCredentials: "the client's own login"
            case .device: "the login of this device"
            case .exchange: "the exchange of the token"
            case .revocation: "the revocation"
            case .registration: "the registration of this client"
            }
        }
    }

    var code: String
    var description: String?
    var hidden: [Secret] = []

    /// The error for users.
    func error(issuer: String, purpose: Purpose) -> OAuthError {
        let code = OAuthError.quoted(code, without: hidden, limit: 64)
        let serverCode = OAuthError.ServerCode(rawValue: code)
        var why = code
        if let description, !description.isEmpty { why += ": \(OAuthError.quoted(description, without: hidden))" }
        let reason: OAuthError.Reason =
            switch serverCode {
            case .serverError, .temporarilyUnavailable: .unavailable
            case .expiredToken: .expired
            default: .refused
            }
        return OAuthError(
            reason,
            "the authorization server \(issuer) refuses \(purpose.what) (\(why)); \(advice(serverCode, purpose))",
            serverCode: serverCode
        )
    }

    private func advice(_ code: OAuthError.ServerCode, _ purpose: Purpose) -> String {
        switch (code, purpose) {
        case (.invalidGrant, .exchange): "the token to exchange may have ended, or not be meant for this"
        case (.invalidGrant, _): "it has ended, was used or was revoked: log in again"
        case (.invalidClient, _), (.unauthorizedClient, _):
            "check the client ID, its secret, and what the client is allowed to do"
        case (.invalidScope, _): "check the scopes"
        case (.invalidTarget, _): "check the resource that the token is to be for"
        case (.unsupportedGrantType, _): "choose another kind of login"
        case (.accessDenied, _): "somebody said no there"
        case (.expiredToken, _): "nobody answered in time: start again"
        case (.serverError, _), (.temporarilyUnavailable, _): "try again later"
        case (_, .renewal): "log in again"
        default: "check the settings of the login"
        }
    }
}
