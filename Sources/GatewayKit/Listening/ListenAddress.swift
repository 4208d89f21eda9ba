/// Where a gateway listens: `unix:PATH?mode=0660&role=guest`, `tcp:HOST:PORT` or `systemd`.
@nonexhaustive
public enum ListenAddress: Sendable, Hashable, CustomStringConvertible {
    /// Which paths a listener serves.
    public enum Role: String, Sendable, Hashable, CaseIterable {
        /// All paths, those of the operator too.
        case host
        /// Only the paths for programs that use models.
        case guest
    }

    /// A Unix socket with the mode of its file and the group, by name or number, that the file is given to.
    case unix(path: String, mode: UInt16, group: String?, role: Role)
    /// A TCP port; 0 lets the system choose.
    case tcp(host: String, port: UInt16, role: Role)
    /// The sockets that systemd passed.
    case systemd(role: Role)

    /// Reads an address.
    ///
    /// - Parameter text: The address as configuration writes it.
    /// - Throws: `InvalidAddress` if the text is none.
    public init(parsing text: String) throws(InvalidAddress) {
        let halves = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let address = halves.first ?? ""
        var options = try Self.options(halves.count > 1 ? halves[1] : "")
        let role = try Self.role(options.removeValue(forKey: "role"))
        if address == "systemd" {
            self = .systemd(role: role)
        } else if address.hasPrefix("unix:") {
            let path = address.dropFirst("unix:".count)
            guard !path.isEmpty else { throw InvalidAddress("expected a path after unix:") }
            // sockaddr_un has 108 bytes, the last one is 0.
            guard path.utf8.count < 108 else { throw InvalidAddress("a socket's path has at most 107 bytes") }
            self = .unix(
                path: String(path),
                mode: try Self.mode(options.removeValue(forKey: "mode")),
                group: options.removeValue(forKey: "group"),
                role: role
            )
        } else if address.hasPrefix("tcp:") {
            let (host, port) = try Self.hostAndPort(address.dropFirst("tcp:".count))
            self = .tcp(host: host, port: port, role: role)
        } else {
            throw InvalidAddress("expected unix:PATH, tcp:HOST:PORT or systemd")
        }
        if let name = options.keys.min() {
            throw InvalidAddress("unknown option \(name); there are mode and group (Unix sockets) and role")
        }
    }

    private static func options(_ text: Substring) throws(InvalidAddress) -> [String: String] {
        var options: [String: String] = [:]
        for option in text.split(separator: "&") {
            let pair = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2 else { throw InvalidAddress("expected NAME=VALUE after ?, as in ?mode=0660") }
            options[String(pair[0])] = String(pair[1])
        }
        return options
    }

    private static func role(_ text: String?) throws(InvalidAddress) -> Role {
        guard let text else { return .host }
        guard let role = Role(rawValue: text) else { throw InvalidAddress("role is host or guest") }
        return role
    }

    private static func mode(_ text: String?) throws(InvalidAddress) -> UInt16 {
        guard let text else { return 0o600 }
        guard let mode = UInt16(text, radix: 8), mode <= 0o777, (3...4).contains(text.count) else {
            throw InvalidAddress("mode is an octal number such as 0660")
        }
        return mode
    }

    private static func hostAndPort(_ text: Substring) throws(InvalidAddress) -> (String, UInt16) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            throw InvalidAddress("expected tcp:HOST:PORT with a port from 0 to 65535")
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            throw InvalidAddress("an IPv6 address stands in brackets, as in tcp:[::1]:8317")
        }
        guard !host.isEmpty else { throw InvalidAddress("expected a host before the port; 127.0.0.1 is this machine") }
        return (String(host), port)
    }

    /// The address as configuration writes it.
    public var description: String {
        switch self {
        case .unix(let path, let mode, let group, let role):
            var options: [String] = []
            if mode != 0o600 { options.append("mode=0\(String(mode, radix: 8))") }
            if let group { options.append("group=\(group)") }
            if role != .host { options.append("role=\(role.rawValue)") }
            return "unix:\(path)\(options.isEmpty ? "" : "?\(options.joined(separator: "&"))")"
        case .tcp(let host, let port, let role):
            let host = host.contains(":") ? "[\(host)]" : host
            return "tcp:\(host):\(port)\(role == .host ? "" : "?role=\(role.rawValue)")"
        case .systemd(let role): return "systemd\(role == .host ? "" : "?role=\(role.rawValue)")"
        }
    }
}

extension ListenAddress {
    /// The address without its options: what rules about who comes from where name a listener by.
    public var place: String { String(description.prefix { $0 != "?" }) }
}

extension ListenAddress {
    /// Why a text is no address to listen on.
    public struct InvalidAddress: Error, Sendable, Hashable, CustomStringConvertible {
        /// What was expected.
        public let message: String

        init(_ message: String) { self.message = message }

        /// What was expected.
        public var description: String { message }
    }
}
