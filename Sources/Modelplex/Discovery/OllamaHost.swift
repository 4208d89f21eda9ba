/// Reads Ollama's own variable `OLLAMA_HOST`: a host, a port, both, or a URL.
enum OllamaHost {
    private static let usualPort = "11434"

    /// The server's address as seen from this machine.
    ///
    /// The server reads the same variable for where it listens, so "all addresses" stands in it: that is this machine.
    static func baseURL(_ text: String?) -> String {
        let text = text ?? ""
        let words = text.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
        guard words.count == 2 else {
            let (host, port) = split(text.prefix { $0 != "/" })
            return "http://\(reachable(host)):\(port.isEmpty ? usualPort : String(port))"
        }
        let authority = words[1].prefix { $0 != "/" }
        let (host, port) = split(authority)
        let path = words[1].dropFirst(authority.count)
        return "\(words[0])://\(reachable(host))\(port.isEmpty ? "" : ":\(port)")\(path == "/" ? "" : path)"
    }

    private static func split(_ authority: Substring) -> (host: Substring, port: Substring) {
        // The colons of an IPv6 address are none before a port, unless brackets say where it ends.
        let end = authority.firstIndex(of: "]") ?? authority.startIndex
        let colons = authority[end...].filter { $0 == ":" }.count
        guard colons == 1, let colon = authority.lastIndex(of: ":") else { return (authority, "") }
        return (authority[..<colon], authority[authority.index(after: colon)...])
    }

    private static func reachable(_ host: Substring) -> String {
        switch host {
        case "", "0.0.0.0", "::", "[::]": "127.0.0.1"
        default: host.contains(":") && !host.hasPrefix("[") ? "[\(host)]" : String(host)
        }
    }
}
