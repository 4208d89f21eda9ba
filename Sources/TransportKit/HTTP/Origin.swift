/// Scheme, host and port of an `http` or `https` URL.
package struct Origin: Sendable, Hashable, CustomStringConvertible {
    package let isSecure: Bool
    /// In lower case, an IPv6 address without its brackets.
    package let host: String
    package let port: Int

    /// Reads the origin of an absolute URL, and refuses a URL that must not be sent.
    package init(url: String) throws(TransportError) {
        func refuse(_ reason: String) -> TransportError {
            TransportError(.invalidURL, "the URL cannot be used: \(reason)")
        }
        guard url.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            throw refuse("it contains white space or a control character")
        }
        let rest: Substring.UTF8View
        if let afterScheme = url.dropping(scheme: "https") {
            (isSecure, rest) = (true, afterScheme)
        } else if let afterScheme = url.dropping(scheme: "http") {
            (isSecure, rest) = (false, afterScheme)
        } else {
            throw refuse("it does not begin with https:// or http://")
        }
        // As bytes, of which a URL is made: this is done for every request.
        let authority = rest.prefix { !Self.endsAuthority($0) }
        guard !authority.contains(UInt8(ascii: "@")) else {
            throw refuse("it contains user information; give credentials separately")
        }
        guard let (host, portText) = Self.split(authority), !host.isEmpty else { throw refuse("it names no host") }
        if let portText {
            guard let port = Int(Substring(portText)), (1...65535).contains(port), portText.count <= 5,
                portText.allSatisfy({ (0x30...0x39).contains($0) })
            else { throw refuse("its port is not a number from 1 to 65535") }
            self.port = port
        } else {
            port = isSecure ? 443 : 80
        }
        self.host = Substring(host).lowercased()
    }

    private static func endsAuthority(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#"), UInt8(ascii: "\\"): true
        default: false
        }
    }

    private static func split(
        _ authority: Substring.UTF8View
    ) -> (host: Substring.UTF8View, port: Substring.UTF8View?)? {
        if authority.first == UInt8(ascii: "[") {
            guard let end = authority.firstIndex(of: UInt8(ascii: "]")) else { return nil }
            let host = authority[authority.index(after: authority.startIndex)..<end]
            let rest = authority[authority.index(after: end)...]
            guard !rest.isEmpty else { return (host, nil) }
            return rest.first == UInt8(ascii: ":") ? (host, rest.dropFirst()) : nil
        }
        guard let colon = authority.firstIndex(of: UInt8(ascii: ":")) else { return (authority, nil) }
        return (authority[..<colon], authority[authority.index(after: colon)...])
    }

    /// Whether the host is this machine, by name or by address.
    package var isLoopback: Bool {
        // Bytes, as characters are dear and this is asked for every request.
        if host == "localhost" || host.utf8.suffix(10).elementsEqual(".localhost".utf8) || host == "::1" { return true }
        return host.utf8.starts(with: "127.".utf8) && host.utf8.allSatisfy { $0 == 0x2E || (0x30...0x39).contains($0) }
    }

    /// Host and, where it is not the scheme's own, port; for messages.
    package var description: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (isSecure ? 443 : 80) ? name : "\(name):\(port)"
    }
}

extension String {
    /// What follows `scheme://`, which is compared without regard to case.
    fileprivate func dropping(scheme: String) -> Substring.UTF8View? {
        let (url, scheme) = (self[...].utf8, scheme.utf8)
        guard url.count > scheme.count + 3, url.dropFirst(scheme.count).starts(with: "://".utf8),
            // Setting this bit makes a letter small, and turns nothing else into a letter of a scheme's.
            zip(url, scheme).allSatisfy({ $0 | 0x20 == $1 })
        else { return nil }
        return url.dropFirst(scheme.count + 3)
    }
}
