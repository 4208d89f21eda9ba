internal import TransportKit

/// The address of an authorization server or of one of its endpoints, in its parts.
package struct ServerAddress: Sendable, Hashable {
    /// Scheme and authority, as `https://login.example`.
    package let origin: String
    /// The path; empty, or beginning with a slash.
    package let path: String
    /// What follows the question mark, if there is one.
    package let query: String?
    /// Whether it is on this machine.
    package let isLoopback: Bool
    /// Whether what is sent there is encrypted.
    package let isSecure: Bool

    /// Reads an address.
    ///
    /// - Parameters:
    ///   - text: The absolute URL.
    ///   - purpose: What errors call it, as `the token endpoint`.
    /// - Throws: `OAuthError` of reason `insecureAddress`, if it is no URL, has user information or a fragment, or is plain
    ///   http to another machine.
    package init(_ text: String, _ purpose: String) throws(OAuthError) {
        let shown = OAuthError.quoted(text)
        guard text.utf8.count <= 4096, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw OAuthError(.insecureAddress, "\(purpose) is no address: \(shown)")
        }
        guard !text.contains("#") else {
            throw OAuthError(.insecureAddress, "\(purpose) must not have a fragment: \(shown)")
        }
        guard let mark = text.utf8.firstIndex(of: UInt8(ascii: ":")), text[mark...].hasPrefix("://") else {
            throw OAuthError(.insecureAddress, "\(purpose) has to begin with https://: \(shown)")
        }
        let scheme = text[..<mark].lowercased()
        let rest = text[text.index(mark, offsetBy: 3)...]
        let end = rest.firstIndex { "/?\\".contains($0) } ?? rest.endIndex
        origin = "\(scheme)://\(rest[..<end])"
        guard let endpoint = try? Endpoint(parsing: origin) else {
            throw OAuthError(.insecureAddress, "\(purpose) is no address that can be asked: \(shown)")
        }
        let tail = rest[end...]
        if let question = tail.firstIndex(of: "?") {
            path = String(tail[..<question])
            query = String(tail[tail.index(after: question)...])
        } else {
            path = String(tail)
            query = nil
        }
        isLoopback = endpoint.isLocal
        isSecure = scheme == "https"
        guard isSecure || isLoopback else {
            throw OAuthError(
                .insecureAddress,
                "\(purpose) is \(shown), where everybody on the way could read along; it has to begin with https://"
            )
        }
    }
}
