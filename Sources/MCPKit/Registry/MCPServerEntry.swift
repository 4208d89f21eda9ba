public import TransportKit

/// A server that was added while a program ran, as it is kept.
public struct MCPServerEntry: Sendable, Hashable {
    /// Where an entry comes from.
    public struct Origin: RawRepresentable, Sendable, Hashable {
        /// The word.
        public let rawValue: String
        /// Makes an origin from its word.
        public init(rawValue: String) { self.rawValue = rawValue }
        /// Somebody added it.
        public static let added = Origin(rawValue: "added")
        /// It was among the servers that a configuration begins with.
        public static let seed = Origin(rawValue: "seed")
    }

    /// The server's name.
    public var name: String
    /// How it is reached and used, in the keys of the configuration; texts of `env` and `headers` are references only.
    public var settings: JSONObject
    /// Whether it is used.
    public var isEnabled: Bool
    /// Where it comes from.
    public var origin: Origin
    /// When it was added, in seconds since 1970.
    public var created: Int64
    /// When it was last changed, in seconds since 1970.
    public var changed: Int64

    /// Makes an entry.
    public init(
        name: String,
        settings: JSONObject,
        isEnabled: Bool = true,
        origin: Origin = .added,
        created: Int64 = 0,
        changed: Int64 = 0
    ) {
        self.name = name
        self.settings = settings
        self.isEnabled = isEnabled
        self.origin = origin
        self.created = created
        self.changed = changed
    }
}

/// A server that a program begins with, unless it is or was there.
public struct MCPServerSeed: Sendable, Hashable {
    /// The server's name.
    public var name: String
    /// Programs and their arguments; the first whose program is found is taken.
    public var commands: [[String]]
    /// What else is said of it, in the keys of the configuration.
    public var settings: JSONObject

    /// Makes a seed.
    public init(name: String, commands: [[String]] = [], settings: JSONObject = [:]) {
        self.name = name
        self.commands = commands
        self.settings = settings
    }
}
