public import TransportKit

extension AuthorizationServerMetadata {
    static let maximumSize = 256 * 1024

    /// Where a server's metadata may be, in the order in which they are asked for.
    ///
    /// With a path in the issuer: RFC 8414 and OpenID with the path behind the well-known one, then OpenID with it before.
    ///
    /// - Parameter issuer: The server.
    /// - Returns: Addresses.
    /// - Throws: `OAuthError` of reason `insecureAddress`, if it cannot be an issuer.
    public static func addresses(of issuer: String) throws(OAuthError) -> [String] {
        let server = try ServerAddress(issuer, "the issuer")
        guard server.query == nil else {
            throw OAuthError(.insecureAddress, "the issuer must not have a query: \(OAuthError.quoted(issuer))")
        }
        var path = server.path[...]
        while path.last == "/" { path.removeLast() }
        var addresses = ["oauth-authorization-server", "openid-configuration"].map {
            "\(server.origin)/.well-known/\($0)\(path)"
        }
        if !path.isEmpty { addresses.append("\(server.origin)\(path)/.well-known/openid-configuration") }
        return addresses
    }

    /// Asks a server for its metadata.
    ///
    /// - Parameters:
    ///   - issuer: The server.
    ///   - transport: What sends the requests.
    ///   - fields: Header fields that a protocol wants in them.
    /// - Returns: The metadata, checked.
    /// - Throws: `OAuthError`.
    public static func discover(
        _ issuer: String,
        using transport: any HTTPTransport,
        fields: HTTPFields = [:]
    ) async throws(OAuthError) -> AuthorizationServerMetadata {
        let addresses = try addresses(of: issuer)
        var trouble: OAuthError?
        for address in addresses {
            let (status, bytes) = try await get(address, transport, fields, issuer)
            guard status == 200 else {
                if status >= 500 {
                    let message =
                        "the authorization server \(issuer) has trouble (status \(status) at \(address)); try again later"
                    trouble = trouble ?? OAuthError(.unavailable, message)
                }
                continue
            }
            // A page for people, as servers answer that know no "not found".
            guard let document = try? JSONValue(parsing: bytes), document.object != nil else { continue }
            return try AuthorizationServerMetadata(document, issuer: issuer)
        }
        throw trouble
            ?? OAuthError(
                .metadata,
                "there are no metadata of an authorization server for \(issuer); asked: \(addresses.joined(separator: ", "))"
            )
    }

    private static func get(
        _ address: String,
        _ transport: any HTTPTransport,
        _ fields: HTTPFields,
        _ issuer: String
    ) async throws(OAuthError) -> (status: Int, bytes: [UInt8]) {
        var fields = fields
        fields["accept"] = "application/json"
        let request = HTTPRequest(url: address, fields: fields, timeouts: .authorization)
        do {
            let response = try await transport.send(request)
            return (response.status, try await response.body.collect(upTo: maximumSize))
        } catch {
            throw OAuthError(error, issuer: issuer)
        }
    }
}

extension Timeouts {
    /// What an authorization server has for an answer.
    static let authorization = Timeouts(firstByte: .seconds(20), idle: .seconds(20), total: .seconds(30))
}

extension OAuthError {
    /// A server could not be asked.
    init(_ error: TransportError, issuer: String) {
        if error.code == .cancelled {
            self.init(.cancelled, "cancelled while the authorization server \(issuer) was asked")
        } else {
            self.init(.unavailable, "the authorization server \(issuer) cannot be asked: \(error)")
        }
    }
}
