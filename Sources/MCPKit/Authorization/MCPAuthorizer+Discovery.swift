internal import CredentialKit
internal import TransportKit

extension MCPAuthorizer {
    /// The authorization server of a server of tools.
    struct Server: Sendable {
        var metadata: AuthorizationServerMetadata
        /// What tokens are to be for.
        var resource: String
        /// The scopes that the server of tools knows.
        var scopes: [String]?
        /// Whether the metadata are guessed, as MCP 2025-03-26 has it.
        var isGuessed = false
    }

    private static let fields: HTTPFields = [MessageHeaders.version: ProtocolVersion.v2026_07_28.rawValue]

    /// Finds out whose tokens the server takes.
    func server(
        _ challenge: AuthorizationChallenge?,
        preferring known: String?
    ) async throws(MCPError) -> Server {
        guard let described = try await describedResource(challenge) else { return try await serverAtOrigin() }
        let issuer = try choose(among: described.issuers, preferring: known)
        do throws(OAuthError) {
            let metadata = try await AuthorizationServerMetadata.discover(issuer, using: transport, fields: Self.fields)
            return Server(metadata: metadata, resource: described.resource, scopes: described.scopes)
        } catch {
            throw MCPError(error)
        }
    }

    /// What the server says of itself, asked for where it may be; `nil` if it says nothing.
    private func describedResource(_ challenge: AuthorizationChallenge?) async throws(MCPError) -> ProtectedResource? {
        var trouble: MCPError?
        for address in ProtectedResource.addresses(challenge, of: resource) {
            let (status, bytes) = try await get(address)
            if status == 200, let document = try? JSONValue(parsing: bytes),
                let described = try ProtectedResource(document, of: resource)
            {
                return described
            }
            guard status >= 500 || status == 429 else { continue }
            trouble = MCPError(
                .authorization,
                "the server cannot say now which authorization it wants (status \(status)); try again later",
                status: status
            )
        }
        // Trouble is no sign of a server that says nothing, for which addresses would be guessed.
        if let trouble { throw trouble }
        return nil
    }

    private func get(_ address: String) async throws(MCPError) -> (status: Int, bytes: [UInt8]) {
        var fields = Self.fields
        fields.append("Accept", "application/json")
        let limit = Duration.seconds(20)
        let timeouts = Timeouts(connect: .seconds(5), firstByte: limit, idle: limit, total: limit)
        do {
            let response = try await transport.send(HTTPRequest(url: address, fields: fields, timeouts: timeouts))
            return (response.status, try await response.body.collect(upTo: 256 * 1024))
        } catch {
            throw MCPError(error)
        }
    }

    private func choose(among issuers: [String], preferring known: String?) throws(MCPError) -> String {
        guard let first = issuers.first else {
            throw MCPError(.authorization, "the server wants a token and names no authorization server to get one from")
        }
        let chosen: String
        if let configured = options.issuer {
            guard issuers.contains(configured) else {
                throw MCPError(
                    .authorization,
                    "the server takes no tokens of the authorization server that is configured for it; it names others"
                )
            }
            chosen = configured
        } else {
            chosen = known.flatMap { issuers.contains($0) ? $0 : nil } ?? first
        }
        guard resource.mayName(chosen) else {
            throw MCPError(.authorization, "the server names an authorization server that must not be asked")
        }
        return chosen
    }

    /// The server of tools as its own authorization server (MCP 2025-03-26).
    private func serverAtOrigin() async throws(MCPError) -> Server {
        guard options.issuer == nil || options.issuer == resource.origin else {
            throw MCPError(
                .authorization,
                "the server does not say that it takes tokens of the configured authorization server"
            )
        }
        do throws(OAuthError) {
            do throws(OAuthError) {
                return try await Server(metadata: metadataAtOrigin(), resource: resource.text)
            } catch  where error.reason == .metadata {
                let metadata = try AuthorizationServerMetadata(usualPathsOf: resource.origin)
                return Server(metadata: metadata, resource: resource.text, isGuessed: true)
            }
        } catch {
            throw MCPError(error)
        }
    }

    private func metadataAtOrigin() async throws(OAuthError) -> AuthorizationServerMetadata {
        let origin = resource.origin
        do throws(OAuthError) {
            return try await AuthorizationServerMetadata.discover(origin, using: transport, fields: Self.fields)
        } catch  where error.reason == .issuerMismatch {
            // An origin with and without its slash is one server; with a path it would be two.
            return try await AuthorizationServerMetadata.discover(origin + "/", using: transport, fields: Self.fields)
        }
    }
}
