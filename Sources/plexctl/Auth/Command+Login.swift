import CredentialKit

extension Command {
    /// `plexctl auth login`.
    static let login = Command(
        name: "login",
        summary: "Log in with an authorization server, and store the tokens.",
        discussion: [
            """
            Server, client and scopes come from [[credentials]] in the configuration, from the options, or from the login of \
            that name that is stored. The address to open is printed; no browser is started. The tokens are renewed by \
            themselves where they are used.
            """
        ],
        positionals: [credentialName],
        options: [.issuer, .clientID, .clientSecretFile, .scope, .resource, .flow, .json],
        examples: [
            Example(purpose: "Log in as the configuration says", line: "plexctl auth login work"),
            Example(
                purpose: "Log in on a machine without a browser",
                line: "plexctl auth login work --issuer https://login.example --client-id my-app --flow device"
            ),
        ],
        action: AuthLoginCommand.login
    )

    /// `plexctl auth logout`.
    static let logout = Command(
        name: "logout",
        summary: "Revoke the tokens of a login at its server, and remove them.",
        positionals: [credentialName],
        options: [.json],
        action: AuthLoginCommand.logout
    )
}

extension Option {
    static let issuer = option(
        "issuer",
        "URL",
        .text,
        "The authorization server, exactly as it names itself."
    )
    static let clientID = option(
        "client-id",
        "ID",
        .text,
        "The client that is registered there; without one, a client registers itself."
    )
    static let clientSecretFile = option(
        "client-secret-file",
        "FILE",
        .file,
        "Read the client's secret from this file, which holds nothing else."
    )
    static let scope = option("scope", "SCOPE", .text, isRepeatable: true, "Ask for this scope.")
    static let resource = option("resource", "URL", .text, isRepeatable: true, "Ask for tokens for this address.")
    static let flow = option(
        "flow",
        "FLOW",
        .choice(OAuthLogin.Flow.all.map(\.rawValue)),
        "A browser here (code), a browser elsewhere (device), or no user (client)."
    )
}
