internal import CredentialKit
internal import TransportKit

extension ConfigurationBuilder {
    /// Makes the logins, and checks what only the kit that logs in knows.
    mutating func makeLogins(_ values: [ConfigValue]) -> [PlexConfiguration.Login] {
        var logins: [PlexConfiguration.Login] = []
        for (index, value) in values.enumerated() {
            guard let table = value.table else { continue }
            let path = "credentials[\(index)]"
            var login = PlexConfiguration.Login(
                name: table["name"]?.string ?? "",
                issuer: table["issuer"]?.string ?? ""
            )
            if let name = table["name"], name.provenance != .unresolved {
                do {
                    _ = try CredentialName(login.name)
                } catch {
                    checker.report(error.message, at: name, path: "\(path).name")
                }
            }
            if let issuer = table["issuer"], issuer.provenance != .unresolved {
                do {
                    _ = try AuthorizationServerMetadata.addresses(of: login.issuer)
                } catch {
                    checker.report(error.message, at: issuer, path: "\(path).issuer")
                }
            }
            login.clientID = table["client_id"]?.string
            login.clientSecret = table["client_secret"].flatMap { makeCredential($0, path: "\(path).client_secret") }
            login.clientAuthentication = table["client_authentication"]?.string.map { .init(rawValue: $0) }
            login.scopes = table.texts("scopes") ?? []
            login.resources = table.texts("resources") ?? []
            login.audience = table["audience"]?.string
            if let flow = table["flow"]?.string { login.flow = OAuthLogin.Flow(rawValue: flow) }
            if let port = table["redirect_port"].flatMap(ConfigScalar.integer) {
                login.redirectPort = UInt16(clamping: port)
            }
            if login.flow == .client, table["client_secret"] == nil || login.clientID == nil {
                checker.report(
                    "a client that logs in for itself needs client_id and client_secret",
                    hint: "set both, or choose the flow code or device",
                    at: table["flow"] ?? value,
                    path: "\(path).flow"
                )
            }
            logins.append(login)
        }
        return logins
    }
}
