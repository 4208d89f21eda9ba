/// Who may see and use what of the servers behind a pass-through: rules with patterns of names.
///
/// A rule speaks of some callers and some servers. All rules that speak of a caller and a server must let a thing pass: none may deny it,
/// and each that has an allow list must allow it. Without rules everything passes. In a pattern, `*` stands for any characters and `?` for
/// one.
///
/// ```swift
/// MCPAccessPolicy([
///     .init(deny: ["*__delete_*"]),
///     .init(listeners: ["unix:*"], guests: true, allow: ["time__*"]),
/// ])
/// ```
public struct MCPAccessPolicy: Sendable, Hashable {
    /// What some callers may see and use of some servers.
    public struct Rule: Sendable, Hashable {
        /// Patterns of listeners that it speaks of; none for all.
        public var listeners: [String]
        /// Patterns of names of access keys that it speaks of; none for all.
        ///
        /// The name of a caller without a key is empty, which `*` fits.
        public var keys: [String]
        /// Whether it speaks of guests only, or of all others only; `nil` for all.
        public var guests: Bool?
        /// Patterns of names of servers that it speaks of; none for all.
        public var servers: [String]
        /// Patterns of what passes, by the names that clients see; `nil` for everything that is not denied.
        public var allow: [String]?
        /// Patterns of what does not pass.
        public var deny: [String]

        /// Makes a rule.
        public init(
            listeners: [String] = [],
            keys: [String] = [],
            guests: Bool? = nil,
            servers: [String] = [],
            allow: [String]? = nil,
            deny: [String] = []
        ) {
            self.listeners = listeners
            self.keys = keys
            self.guests = guests
            self.servers = servers
            self.allow = allow
            self.deny = deny
        }

        func concerns(_ caller: MCPServedClient.Caller, _ server: String) -> Bool {
            if let guests, guests != caller.isGuest { return false }
            return Self.fits(caller.listener, listeners) && Self.fits(caller.name ?? "", keys)
                && Self.fits(server, servers)
        }

        func passes(_ item: Item) -> Bool {
            let plain = "\(item.server)\(ToolNames.separator)\(item.original)"
            // A name may have been changed to be legal; what is denied by either form is denied.
            guard !deny.contains(where: { NamePattern.fits(item.name, $0) || NamePattern.fits(plain, $0) }) else {
                return false
            }
            return allow?.contains { NamePattern.fits(item.name, $0) } ?? true
        }

        /// Whether something whose name begins so may pass, as far as the patterns tell without knowing the rest.
        func mayPass(beginning start: String) -> Bool {
            guard !deny.contains(where: { NamePattern.fitsAll(beginning: start, $0) }) else { return false }
            return allow?.contains { NamePattern.mayFit(beginning: start, $0) } ?? true
        }

        private static func fits(_ text: String, _ patterns: [String]) -> Bool {
            patterns.isEmpty || patterns.contains { NamePattern.fits(text, $0) }
        }
    }

    /// A tool, prompt or resource of a server.
    public struct Item: Sendable, Hashable {
        /// The server's name.
        public var server: String
        /// The name that clients see, or the URI.
        public var name: String
        /// The server's own name or URI for it.
        public var original: String

        /// Makes an item.
        public init(server: String, name: String, original: String) {
            self.server = server
            self.name = name
            self.original = original
        }
    }

    /// The rules.
    public var rules: [Rule]

    /// Makes a policy.
    public init(_ rules: [Rule] = []) {
        self.rules = rules
    }

    /// Whether a caller may see and use something.
    ///
    /// - Parameters:
    ///   - item: What it is about.
    ///   - caller: Who wants it.
    /// - Returns: Whether all rules let it pass.
    public func allows(_ item: Item, to caller: MCPServedClient.Caller) -> Bool {
        rules.allSatisfy { !$0.concerns(caller, item.server) || $0.passes(item) }
    }

    /// Whether a caller may be told that there is a server, whose tools' names begin so.
    func reveals(_ server: String, beginning start: String, to caller: MCPServedClient.Caller) -> Bool {
        rules.allSatisfy { !$0.concerns(caller, server) || $0.mayPass(beginning: start) }
    }
}

/// Patterns with `*` and `?`, in time proportional to the product of both lengths at most.
enum NamePattern {
    /// Whether there are texts with a beginning that fit a pattern.
    static func mayFit(beginning start: String, _ pattern: String) -> Bool {
        let literal = pattern.prefix { $0 != "*" && $0 != "?" }
        return literal.count < pattern.count
            ? literal.hasPrefix(start) || start.hasPrefix(literal) : pattern.hasPrefix(start)
    }

    /// Whether all texts with a beginning fit a pattern.
    static func fitsAll(beginning start: String, _ pattern: String) -> Bool {
        pattern.hasSuffix("*") && fits(start, pattern)
    }

    static func fits(_ text: String, _ pattern: String) -> Bool {
        if pattern == "*" { return true }
        let (text, pattern) = (Array(text.unicodeScalars), Array(pattern.unicodeScalars))
        var (place, at) = (0, 0)
        var star: (pattern: Int, text: Int)?
        while place < text.count {
            if at < pattern.count, pattern[at] == "*" {
                star = (at, place)
                at += 1
            } else if at < pattern.count, pattern[at] == "?" || pattern[at] == text[place] {
                at += 1
                place += 1
            } else if let last = star {
                // The last star takes one character more.
                star = (last.pattern, last.text + 1)
                at = last.pattern + 1
                place = last.text + 1
            } else {
                return false
            }
        }
        return pattern[at...].allSatisfy { $0 == "*" }
    }
}
