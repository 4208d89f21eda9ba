internal import CredentialKit

extension ConfigurationKey {
    /// The keys of a login.
    static let login: [ConfigurationKey] = [
        ConfigurationKey(
            "name",
            .text(.nonEmpty),
            required: true,
            "The name in the store, which `api_key = \"store:NAME\"` refers to."
        ),
        ConfigurationKey("type", .choice(["oauth"]), default: "oauth", "What it is: a login by OAuth 2.0."),
        ConfigurationKey(
            "issuer",
            .text(.nonEmpty),
            required: true,
            "The authorization server, exactly as it names itself; `https://`, or on this machine."
        ),
        ConfigurationKey(
            "client_id",
            .text(.nonEmpty),
            "The client that is registered there; left out, one registers itself, if the server lets it."
        ),
        ConfigurationKey(
            "client_secret",
            .text(.credential),
            "The client's secret, if it has one; `${VARIABLE}`, `file:PATH` or `store:NAME`."
        ),
        ConfigurationKey(
            "client_authentication",
            .choice(["client_secret_basic", "client_secret_post", "none"]),
            "How the client says who it is; left out, as the server wants it."
        ),
        ConfigurationKey(
            "scopes",
            .list(.text(.nonEmpty), isNonEmpty: false),
            default: [],
            "The scopes to ask for; none for what the server gives by itself."
        ),
        ConfigurationKey(
            "resources",
            .list(.text(.nonEmpty), isNonEmpty: false),
            default: [],
            "What the tokens are to be for, by address (RFC 8707)."
        ),
        ConfigurationKey("audience", .text(.nonEmpty), "The same by name, for servers that want it so."),
        ConfigurationKey(
            "flow",
            .choice(OAuthLogin.Flow.all.map(\.rawValue)),
            default: "code",
            "`code`: a browser on this machine; `device`: a browser elsewhere; `client`: no user, the client for itself."
        ),
        ConfigurationKey(
            "redirect_port",
            .integer(0...65_535),
            default: 0,
            "The port of 127.0.0.1 that the browser is sent back to; 0 for any that is free."
        ),
    ]
}
