/// The proxy that a variable of the environment names, as libcurl looks for it.
struct EnvironmentProxy {
    /// The variable.
    let variable: String
    /// Host and port, without the name and the password that may stand before them.
    let authority: String

    /// Finds the proxy for a scheme; `no_proxy` is not looked at.
    ///
    /// - Parameters:
    ///   - isSecure: Whether it is for `https`.
    ///   - value: What a variable holds.
    init?(isSecure: Bool, value: (String) -> String?) {
        // `HTTP_PROXY` does not count: a web server sets it to what a caller sends as the field `Proxy`.
        let names = (isSecure ? ["https_proxy", "HTTPS_PROXY"] : ["http_proxy"]) + ["all_proxy", "ALL_PROXY"]
        guard let name = names.first(where: { value($0)?.isEmpty == false }), let text = value(name) else { return nil }
        var rest = text[...]
        if let slashes = text.firstRange(of: "://") { rest = rest[slashes.upperBound...] }
        // A password may have a slash, but an `@` stands before the port.
        if let at = rest.lastIndex(of: "@") { rest = rest[rest.index(after: at)...] }
        variable = name
        authority = String(rest.prefix { $0 != "/" })
    }

    /// Whether libcurl's words on a failed connection are about this proxy, and not about a host that `no_proxy` names.
    func isMeant(by detail: String) -> Bool {
        let host =
            authority.hasPrefix("[")
            ? authority.dropFirst().prefix { $0 != "]" } : authority.prefix { $0 != ":" }
        return detail.contains("to \(host) port") || detail.contains("via \(host) ")
    }
}
