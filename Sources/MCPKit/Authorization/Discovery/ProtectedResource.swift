internal import CredentialKit
package import TransportKit

/// What a server says of itself as something that tokens protect (RFC 9728).
package struct ProtectedResource: Sendable, Hashable {
    /// What tokens are to be for: the server itself, or what it is a part of.
    package var resource: String
    /// The authorization servers whose tokens it takes.
    package var issuers: [String]
    /// The scopes that it knows.
    package var scopes: [String]?

    /// Reads what a server says of itself.
    ///
    /// - Parameters:
    ///   - document: The document.
    ///   - server: The server that was asked.
    /// - Throws: `MCPError` with code `authorization`, if it is of another server: a token for that one would be sent here.
    package init?(_ document: JSONValue, of server: ResourceIdentifier) throws(MCPError) {
        guard document.object != nil, let resource = document["resource"]?.string else { return nil }
        guard server.isPart(of: resource) else {
            throw MCPError(
                .authorization,
                "the server's metadata are those of another resource, so they are not used: it would get tokens that are not meant for it"
            )
        }
        self.resource = resource
        issuers = (document["authorization_servers"]?.array ?? []).compactMap(\.string)
        scopes = document["scopes_supported"]?.array.map { $0.compactMap(\.string) }
    }

    /// Where the document may be, in the order in which it is asked for.
    ///
    /// - Parameters:
    ///   - challenge: What the server refused a request with.
    ///   - server: The server.
    /// - Returns: Addresses: the one of the challenge, the well-known one of the server's path, the origin's.
    package static func addresses(_ challenge: AuthorizationChallenge?, of server: ResourceIdentifier) -> [String] {
        var addresses: [String] = []
        if let address = challenge?.resourceMetadata, server.mayName(address) { addresses.append(address) }
        let wellKnown = "\(server.origin)/.well-known/oauth-protected-resource"
        if !server.path.isEmpty, server.path != "/" { addresses.append(wellKnown + server.path) }
        addresses.append(wellKnown)
        return addresses
    }
}

/// A server's name as something that tokens protect (RFC 8707, §2): its URL without query and fragment.
package struct ResourceIdentifier: Sendable, Hashable {
    /// Scheme, host and port.
    package let origin: String
    /// The path; empty, or beginning with a slash.
    package let path: String
    private let isLoopback: Bool

    /// Makes the name of a server.
    ///
    /// - Parameter location: Where it is.
    package init(_ location: HTTPServerLocation) {
        let scheme = location.origin.isSecure ? "https" : "http"
        origin = "\(scheme)://\(location.origin)"
        isLoopback = location.origin.isLoopback
        path = Self.path(of: location.url)
    }

    private static func path(of url: String) -> String {
        let afterScheme = url.utf8.drop { $0 != UInt8(ascii: ":") }.dropFirst(3)
        let rest = afterScheme.drop { !"/?#".utf8.contains($0) }.prefix { !"?#".utf8.contains($0) }
        return String(decoding: rest, as: UTF8.self)
    }

    /// The name as it is sent.
    package var text: String { origin + path }

    /// Whether the server is a resource or below it.
    package func isPart(of resource: String) -> Bool {
        guard let other = try? HTTPServerLocation(parsing: resource) else { return false }
        let whole = ResourceIdentifier(other)
        guard whole.origin == origin else { return false }
        let parent = whole.path.hasSuffix("/") ? whole.path : whole.path + "/"
        return (path.hasSuffix("/") ? path : path + "/").hasPrefix(parent)
    }

    /// Whether the server may send its clients to an address: https, or on this machine if the server is.
    ///
    /// A server elsewhere must not have its clients ask around on their own machine.
    package func mayName(_ address: String) -> Bool {
        guard let address = try? ServerAddress(address, "the metadata") else { return false }
        return isLoopback || !address.isLoopback
    }
}
