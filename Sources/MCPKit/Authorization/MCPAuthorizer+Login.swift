internal import CredentialKit
internal import FoundationEssentials
internal import TransportKit

extension MCPAuthorizer {
    /// Gets tokens of an authorization server by a login.
    func tokens(
        of server: Server,
        _ challenge: AuthorizationChallenge?,
        holding held: [String]
    ) async throws(OAuthError) -> OAuthTokens {
        let scopes = ScopeChoice.scopes(
            challenge: challenge,
            configured: options.scopes,
            supported: server.scopes,
            held: held,
            offered: options.flow == .client ? nil : server.metadata.scopes
        )
        if options.flow == .client { return try await tokensOfClient(server, scopes) }
        guard let show = options.show else {
            throw OAuthError(.configuration, "the server wants a login, and nobody is here to make one")
        }
        return try await tokensOfUser(server, scopes, show)
    }

    private func tokensOfClient(_ server: Server, _ scopes: [String]) async throws(OAuthError) -> OAuthTokens {
        guard let id = options.clientID, options.clientSecret != nil else {
            throw OAuthError(
                .configuration,
                "a client that logs in for itself needs an ID and a secret; configure both"
            )
        }
        let client = try OAuthClient(id: id, secret: options.clientSecret, for: server.metadata)
        let request = TokenRequest.clientCredentials(scopes: scopes, resources: [server.resource])
        return try await redeem(request, server, client, scopes)
    }

    private func tokensOfUser(
        _ server: Server,
        _ scopes: [String],
        _ show: @Sendable (OAuthLogin.Prompt) async -> Void
    ) async throws(OAuthError) -> OAuthTokens {
        let (listener, client) = try await clientAndListener(server)
        let request = try AuthorizationRequest(
            metadata: server.metadata,
            client: client,
            redirectURI: listener.redirectURI,
            scopes: scopes,
            resources: [server.resource],
            parameters: scopes.contains("offline_access") ? ["prompt": "consent"] : [:],
            requiresAnnouncedProof: !server.isGuessed
        )
        await show(.browse(url: request.url))
        let query = try await listener.query(within: options.limit) { (try? request.code(inAnswer: $0)) != nil }
        let code = try request.code(inAnswer: query)
        return try await redeem(.code(code, of: request), server, client, scopes)
    }

    private func redeem(
        _ request: TokenRequest,
        _ server: Server,
        _ client: OAuthClient,
        _ scopes: [String]
    ) async throws(OAuthError) -> OAuthTokens {
        guard let url = server.metadata.tokenEndpoint else {
            throw OAuthError(.unsupported, "the authorization server \(server.metadata.issuer) has no token endpoint")
        }
        let endpoint = try OAuthEndpoint(
            url: url,
            issuer: server.metadata.issuer,
            client: client,
            transport: transport
        )
        // Before the request, as the lifetime begins while it is on its way.
        let begin = Date()
        return try OAuthTokens(
            try await endpoint.tokens(for: request),
            metadata: server.metadata,
            client: client,
            flow: options.flow,
            scopes: scopes,
            resources: [server.resource],
            obtained: begin
        )
    }

    // MARK: Who asks

    /// The client in the order of preference, and the port that its users are sent back to.
    private func clientAndListener(_ server: Server) async throws(OAuthError) -> (RedirectListener, OAuthClient) {
        let metadata = server.metadata
        if let id = options.clientID {
            let client = try OAuthClient(id: id, secret: options.clientSecret, for: metadata)
            return (try await RedirectListener.open(port: options.redirectPort), client)
        }
        if let document = options.clientDocument, metadata.acceptsClientIDDocuments {
            guard ClientDescription.isDocumentAddress(document) else {
                throw OAuthError(
                    .configuration,
                    "the client's document has no https address with a path, so it cannot be an ID"
                )
            }
            return (try await RedirectListener.open(port: options.redirectPort), try OAuthClient(id: document))
        }
        guard metadata.registrationEndpoint != nil else {
            throw OAuthError(
                .unsupported,
                "the authorization server \(metadata.issuer) lets no client register itself; register one there and configure its client ID"
            )
        }
        if let known = registrations[metadata.issuer], let listener = await reopen(known.redirectURI) {
            return (listener, known.client)
        }
        let listener = try await RedirectListener.open(port: options.redirectPort)
        let client = try await register(metadata, listener.redirectURI)
        registrations[metadata.issuer] = Registration(client: client, redirectURI: listener.redirectURI)
        return (listener, client)
    }

    private func reopen(_ redirectURI: String) async -> RedirectListener? {
        guard let location = try? HTTPServerLocation(parsing: redirectURI),
            let port = UInt16(exactly: location.origin.port)
        else { return nil }
        return try? await RedirectListener.open(port: port)
    }

    private func register(
        _ metadata: AuthorizationServerMetadata,
        _ redirectURI: String
    ) async throws(OAuthError) -> OAuthClient {
        var description = ClientDescription(name: options.clientName, redirectURIs: [redirectURI])
        description.scopes = options.scopes
        // A server that wants secrets gets a client with one.
        if let methods = metadata.clientAuthenticationMethods, !methods.contains("none") {
            let usable: [OAuthClient.Authentication] = [.basic, .post]
            description.authentication = usable.first { methods.contains($0.rawValue) } ?? .none
        }
        return try await ClientRegistration.register(description, with: metadata, using: transport).client
    }
}
