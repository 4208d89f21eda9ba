internal import CredentialKit
internal import MCPKit
internal import ProviderKit
internal import TransportKit

/// Finds what servers are to get of the credential store.
struct ToolServerCredentials: Sendable {
    let environment: [String: String]
    var logins: [PlexConfiguration.Login]
    let askPassphrase: (@Sendable () throws(CredentialError) -> Secret)?

    /// A server with the values of all that its settings refer to.
    ///
    /// - Throws: `PlexError` with code `configuration` that names all that is missing, before anything is started.
    func resolve(_ server: PlexConfiguration.MCPServer) async throws(PlexError) -> ResolvedToolServer {
        let parameters =
            switch server.transport {
            case .command(_, _, let environment): environment
            case .url(_, let headers): headers
            }
        var secrets: [String: Secret] = [:]
        var requirements: [CredentialRequirement] = []
        var login: ResolvedToolServer.Login?
        do throws(CredentialError) {
            for (name, credential) in parameters.sorted(by: { $0.key < $1.key }) {
                if case .store(let text) = credential {
                    requirements.append(CredentialRequirement(id: try CredentialName(text), parameter: name))
                } else if let secret = credential.secret {
                    secrets[name] = secret
                } else {
                    throw CredentialError(.unsupported, "\(name) can be a text, file:PATH or store:NAME only")
                }
            }
            for parameter in server.parameters {
                requirements.append(
                    CredentialRequirement(
                        id: try CredentialName(parameter.credential),
                        parameter: parameter.parameter,
                        isRequired: parameter.isRequired,
                        environmentFallback: parameter.environmentFallback
                    )
                )
            }
            if let name = server.login { login = try await self.login(name) }
            // Most servers need nothing of the store, which then is not opened.
            if !requirements.isEmpty {
                for found in try await resolver().resolve(requirements) { secrets[found.parameter] = found.secret }
            }
        } catch {
            let message = "MCP server \"\(server.name)\": \(error.message)"
            throw PlexError(.configuration, message, underlyingError: error)
        }
        return ResolvedToolServer(settings: server, secrets: secrets, login: login)
    }

    /// A login, with what is configured of it: a client that the authorization server knows already.
    private func login(_ name: String) async throws(CredentialError) -> ResolvedToolServer.Login {
        let store = try store()
        var authorization = MCPAuthorization()
        if let settings = logins.first(where: { $0.name == name }) {
            authorization.issuer = settings.issuer
            authorization.clientID = settings.clientID
            authorization.scopes = settings.scopes
            authorization.redirectPort = settings.redirectPort
            if settings.flow == .client { authorization.flow = .client }
            if case .store(let text)? = settings.clientSecret {
                authorization.clientSecret = try await store.read(CredentialName(text))?.secret
            } else {
                authorization.clientSecret = settings.clientSecret?.secret
            }
        }
        return ResolvedToolServer.Login(store: store, name: try CredentialName(name), authorization: authorization)
    }

    private func resolver() throws(CredentialError) -> CredentialResolver {
        CredentialResolver(user: try store(), system: systemStore(), environment: environment)
    }

    private func store() throws(CredentialError) -> CredentialStore {
        CredentialStore(
            location: try StoreLocation(environment: environment),
            sources: MasterKeySources(environment: environment, askPassphrase: askPassphrase)
        )
    }

    /// The store that all users of the machine share, where whoever runs it has said where it is.
    private func systemStore() -> CredentialStore? {
        guard let database = environment["PLEX_SYSTEM_STORE"], let keyFile = environment["PLEX_SYSTEM_KEY_FILE"],
            !database.isEmpty, !keyFile.isEmpty
        else { return nil }
        // Its key is in that file: the user's own passphrase opens the user's own store.
        return CredentialStore(
            location: StoreLocation(database: database, keyFile: keyFile),
            sources: MasterKeySources(environment: [:])
        )
    }
}
