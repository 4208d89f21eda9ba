/// The parts of an address that decide whether it is allowed.
struct BaseURL {
    /// Whether requests go unencrypted to another machine.
    let isPlainBeyondLoopback: Bool

    /// Looks at an address.
    ///
    /// - Parameters:
    ///   - text: `https://…`, `http://…`, `unix:/PATH` or `unix:/PATH:/PREFIX`.
    ///   - allowsQuery: Whether there may be a query.
    /// - Throws: `InvalidText` if the text is none.
    init(parsing text: String, allowsQuery: Bool = false) throws(InvalidText) {
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            throw InvalidText("an address holds no space and no control character")
        }
        if text.hasPrefix("unix:") {
            guard text.hasPrefix("unix:/"), text.utf8.count > "unix:/".utf8.count else {
                throw InvalidText("expected an absolute path after unix:")
            }
            isPlainBeyondLoopback = false
            return
        }
        guard let scheme = ["https://", "http://"].first(where: { text.lowercased().hasPrefix($0) }) else {
            throw InvalidText("expected an address that begins with https://, http:// or unix:/")
        }
        let rest = text.dropFirst(scheme.count)
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" && $0 != "\\" }
        let tail = rest[authority.endIndex...]
        guard !authority.contains("@") else {
            throw InvalidText("an address holds no name and password; use api_key or headers")
        }
        guard !tail.contains("#"), !tail.contains("\\"), allowsQuery || !tail.contains("?") else {
            throw InvalidText("expected an address without \(allowsQuery ? "fragment" : "query and fragment")")
        }
        let host = try Self.host(of: authority)
        isPlainBeyondLoopback = scheme == "http://" && !Self.isLoopback(host)
    }

    private static func host(of authority: Substring) throws(InvalidText) -> Substring {
        var host = authority
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else {
                throw InvalidText("expected ] after the IPv6 address")
            }
            host = authority[authority.index(after: authority.startIndex)..<end]
            try checkPort(authority[authority.index(after: end)...])
        } else if let colon = authority.firstIndex(of: ":") {
            host = authority[..<colon]
            try checkPort(authority[colon...])
        }
        guard !host.isEmpty else { throw InvalidText("expected a host after the scheme") }
        return host
    }

    private static func checkPort(_ text: Substring) throws(InvalidText) {
        guard !text.isEmpty else { return }
        guard text.first == ":", let port = UInt16(text.dropFirst()), port > 0 else {
            throw InvalidText("expected a port from 1 to 65535 after the host")
        }
    }

    // Only names and numbers that cannot point elsewhere: 127.0.0.1.example.org is no loopback address.
    static func isLoopback(_ host: Substring) -> Bool {
        let host = host.lowercased()
        if host == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}
