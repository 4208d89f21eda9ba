internal import FoundationEssentials
internal import TransportKit

extension OAuthLogin {
    /// A login whose server is known.
    struct Session {
        let login: OAuthLogin
        let metadata: AuthorizationServerMetadata
        let transport: any HTTPTransport

        /// By way of a browser on this machine.
        func code(_ show: @Sendable (Prompt) async -> Void) async throws(OAuthError) -> OAuthTokens {
            // Before a port is opened and a user bothered.
            let tokenEndpoint = try tokenEndpoint()
            let listener = try await RedirectListener.open(port: login.redirectPort, on: login.group)
            let client = try await knownClient(redirectURI: listener.redirectURI)
            let request = try AuthorizationRequest(
                metadata: metadata,
                client: client,
                redirectURI: listener.redirectURI,
                scopes: login.scopes,
                resources: login.resources,
                parameters: login.parameters,
                requiresAnnouncedProof: login.requiresAnnouncedProof
            )
            await show(.browse(url: request.url))
            let query = try await listener.query(within: login.limit) { (try? request.code(inAnswer: $0)) != nil }
            let code = try request.code(inAnswer: query)
            return try await tokens(for: .code(code, of: request), from: tokenEndpoint, client)
        }

        /// By way of a browser elsewhere.
        func device(_ show: @Sendable (Prompt) async -> Void) async throws(OAuthError) -> OAuthTokens {
            let tokenEndpoint = try tokenEndpoint()
            let address = try metadata.required(
                metadata.deviceAuthorizationEndpoint,
                "device authorization endpoint",
                for: "a login of a device"
            )
            let client = try await knownClient(redirectURI: nil)
            let endpoint = try OAuthEndpoint(
                url: address,
                issuer: metadata.issuer,
                client: client,
                transport: transport
            )
            let device = try await endpoint.beginDevice(
                scopes: login.scopes,
                resources: login.resources,
                parameters: login.parameters
            )
            await show(
                .confirm(code: device.userCode, address: device.address, completeAddress: device.completeAddress)
            )
            var polling = DevicePolling(interval: device.interval, lifetime: min(device.lifetime, login.limit))
            var action = polling.begin()
            while true {
                switch action {
                case .fail(let error): throw error
                case .ask(let delay): try await sleep(delay)
                }
                do throws(OAuthError) {
                    let request = TokenRequest.device(device.deviceCode, resources: login.resources)
                    return try await tokens(for: request, from: tokenEndpoint, client)
                } catch {
                    guard error.reason != .cancelled else { throw error }
                    action = polling.next(after: error)
                }
            }
        }

        /// Without a user.
        func client() async throws(OAuthError) -> OAuthTokens {
            guard login.clientSecret != nil else {
                throw OAuthError(
                    .configuration,
                    "a client that logs in for itself needs a secret; set client_secret, or choose the flow code or device"
                )
            }
            let request = TokenRequest.clientCredentials(
                scopes: login.scopes,
                resources: login.resources,
                parameters: login.parameters
            )
            return try await tokens(for: request, from: try tokenEndpoint(), try await knownClient(redirectURI: nil))
        }

        private func tokenEndpoint() throws(OAuthError) -> String {
            try metadata.required(metadata.tokenEndpoint, "token endpoint", for: "every login")
        }

        private func sleep(_ delay: Duration) async throws(OAuthError) {
            do {
                try await login.clock.sleep(for: delay)
            } catch {
                throw OAuthError(.cancelled, "the login was cancelled")
            }
        }

        /// The client that is configured, or one that registers now.
        private func knownClient(redirectURI: String?) async throws(OAuthError) -> OAuthClient {
            if let id = login.clientID {
                guard let authentication = login.clientAuthentication else {
                    return try OAuthClient(id: id, secret: login.clientSecret, for: metadata)
                }
                return try OAuthClient(id: id, secret: login.clientSecret, authentication: authentication)
            }
            var description = ClientDescription(name: login.clientName, redirectURIs: redirectURI.map { [$0] } ?? [])
            description.scopes = login.scopes
            if redirectURI == nil {
                description.grantTypes = ["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"]
                description.responseTypes = []
            }
            return try await ClientRegistration.register(description, with: metadata, using: transport).client
        }

        private func tokens(
            for request: TokenRequest,
            from url: String,
            _ client: OAuthClient
        ) async throws(OAuthError) -> OAuthTokens {
            let endpoint = try OAuthEndpoint(url: url, issuer: metadata.issuer, client: client, transport: transport)
            // Before the request, as the lifetime begins while it is on its way.
            let begin = login.now()
            let response = try await endpoint.tokens(for: request)
            return OAuthTokens(response, login: login, metadata: metadata, endpoint: endpoint, obtained: begin)
        }
    }
}
