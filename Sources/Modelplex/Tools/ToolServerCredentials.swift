internal import CredentialKit
internal import ProviderKit
internal import TransportKit

/// Finds what servers are to get of the credential store.
struct ToolServerCredentials: Sendable {
    let environment: [String: String]
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
            // Most servers need nothing of the store, which then is not opened.
            if !requirements.isEmpty {
                for found in try await resolver().resolve(requirements) { secrets[found.parameter] = found.secret }
            }
        } catch {
            let message = "MCP server \"\(server.name)\": \(error.message)"
            throw PlexError(.configuration, message, underlyingError: error)
        }
        return ResolvedToolServer(settings: server, secrets: secrets)
    }

    private func resolver() throws(CredentialError) -> CredentialResolver {
        let store = CredentialStore(
            location: try StoreLocation(environment: environment),
            sources: MasterKeySources(environment: environment, askPassphrase: askPassphrase)
        )
        return CredentialResolver(user: store, environment: environment)
    }
}
