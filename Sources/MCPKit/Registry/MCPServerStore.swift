internal import CredentialKit
internal import FoundationEssentials
public import TransportKit

/// Servers that were added while a program ran, on disk.
///
/// The file holds no secret: what a server needs of them is named by references, and everything else in `env` and `headers` is refused.
/// Several processes may use it at once. Its work, which blocks, is done on a thread of its own.
public actor MCPServerStore {
    private let group: EventLoopGroup
    private let loop: EventLoop
    private let now: @Sendable () -> Int64
    private var connection: Database?

    /// The thread that the store works on.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    /// The file.
    public nonisolated let path: String

    /// Makes a handle; the file is looked at when it is first used, and made when something is first written.
    ///
    /// - Parameter path: The file.
    public init(path: String) {
        self.init(path: path) { Int64(Date().timeIntervalSince1970) }
    }

    package init(path: String, now: @escaping @Sendable () -> Int64) {
        group = EventLoopGroup(count: 1)
        loop = group.loops[0]
        self.path = path
        self.now = now
    }

    /// Where the user's own file is: `$PLEX_MCP_STORE`, else `modelplex/mcp.db` in `$XDG_DATA_HOME` (`~/.local/share`).
    ///
    /// - Parameter environment: The variables.
    /// - Returns: The path; `nil`, if the environment says of no home.
    public static func path(in environment: [String: String]) -> String? {
        if let path = environment["PLEX_MCP_STORE"], !path.isEmpty { return path }
        // The XDG specification: a relative path is invalid and to be ignored.
        if let folder = environment["XDG_DATA_HOME"], folder.hasPrefix("/") { return "\(folder)/modelplex/mcp.db" }
        if let home = environment["HOME"], home.hasPrefix("/") { return "\(home)/.local/share/modelplex/mcp.db" }
        return nil
    }

    /// All servers, by name.
    ///
    /// - Returns: The servers.
    /// - Throws: `MCPError` of code `configuration`.
    public func entries() throws(MCPError) -> [MCPServerEntry] {
        try reading([]) { database throws(CredentialError) in try Self.entries(database) }
    }

    /// The names of servers of the configuration that were switched off.
    ///
    /// - Returns: The names.
    /// - Throws: `MCPError` of code `configuration`.
    public func disabledNames() throws(MCPError) -> Set<String> {
        try reading([]) { database throws(CredentialError) in
            let statement = try database.prepare("SELECT name FROM disabled")
            var names: Set<String> = []
            while try statement.step() { names.insert(statement.text(0)) }
            return names
        }
    }

    /// Adds a server.
    ///
    /// - Parameter entry: The server.
    /// - Returns: The server as it is kept; `nil` if there is one of its name.
    /// - Throws: `MCPError` of code `configuration`, also if something in it is no reference that has to be one.
    public func add(_ entry: MCPServerEntry) throws(MCPError) -> MCPServerEntry? {
        try Self.check(entry.settings, of: entry.name)
        return try writing { database throws(CredentialError) in
            try insert(entry, database) ? find(entry.name, database) : nil
        }
    }

    /// Puts other settings in the place of a server's.
    ///
    /// - Parameters:
    ///   - name: The server.
    ///   - settings: The settings, whole.
    ///   - isEnabled: Whether it is used; `nil` leaves that as it is.
    /// - Returns: The server as it is kept; `nil` if there is none of that name.
    /// - Throws: `MCPError` of code `configuration`.
    public func update(
        _ name: String,
        settings: JSONObject,
        isEnabled: Bool? = nil
    ) throws(MCPError) -> MCPServerEntry? {
        try Self.check(settings, of: name)
        return try writing { database throws(CredentialError) in
            let statement = try database.prepare(
                "UPDATE servers SET settings = ?1, changed = ?2, enabled = coalesce(?3, enabled) WHERE name = ?4"
            )
            try statement.bind(JSONValue.object(settings).serializedString, at: 0)
            try statement.bind(now(), at: 1)
            try statement.bind(isEnabled.map { $0 ? 1 : 0 }, at: 2)
            try statement.bind(name, at: 3)
            try statement.run()
            return try find(name, database)
        }
    }

    /// Switches a server on or off: one of this list, or else one of the configuration.
    ///
    /// - Parameters:
    ///   - isEnabled: Whether it is used.
    ///   - name: The server.
    ///   - isConfigured: Whether the configuration's is meant, where both have one of the name.
    /// - Throws: `MCPError` of code `configuration`.
    public func setEnabled(_ isEnabled: Bool, for name: String, isConfigured: Bool = false) throws(MCPError) {
        try writing { database throws(CredentialError) in
            if isConfigured { return try Self.setDisabled(!isEnabled, name, database) }
            let statement = try database.prepare("UPDATE servers SET enabled = ?1, changed = ?2 WHERE name = ?3")
            try statement.bind(isEnabled ? 1 : 0, at: 0)
            try statement.bind(now(), at: 1)
            try statement.bind(name, at: 2)
            try statement.run()
            if database.changes == 0 { try Self.setDisabled(!isEnabled, name, database) }
        }
    }

    /// Takes a server out.
    ///
    /// - Parameter name: The server.
    /// - Returns: Whether there was one.
    /// - Throws: `MCPError` of code `configuration`.
    public func remove(_ name: String) throws(MCPError) -> Bool {
        try writing { database throws(CredentialError) in
            let statement = try database.prepare("DELETE FROM servers WHERE name = ?1")
            try statement.bind(name, at: 0)
            try statement.run()
            return database.changes > 0
        }
    }

    /// Adds the servers that a program begins with; each once in the life of the file, so that one that was taken out stays out.
    ///
    /// - Parameters:
    ///   - seeds: The servers.
    ///   - exists: Whether a program is there.
    /// - Returns: The names of those that were added, and of those none of whose programs is there, which are tried again the next time.
    /// - Throws: `MCPError` of code `configuration`.
    public func seed(
        _ seeds: [MCPServerSeed],
        exists: @Sendable (String) -> Bool
    ) throws(MCPError) -> (added: [String], missing: [String]) {
        for seed in seeds { try Self.check(seed.settings, of: seed.name) }
        let known = try reading([]) { database throws(CredentialError) in try Self.seeded(database) }
        var missing: [String] = []
        var new: [MCPServerEntry] = []
        for seed in seeds where !known.contains(seed.name) {
            var settings = seed.settings
            if !seed.commands.isEmpty {
                guard let command = seed.commands.first(where: { $0.first.map(exists) ?? false }) else {
                    missing.append(seed.name)
                    continue
                }
                settings["command"] = command.first.map { .string($0) }
                settings["args"] = .array(command.dropFirst().map { .string($0) })
            }
            new.append(MCPServerEntry(name: seed.name, settings: settings, origin: .seed))
        }
        guard !new.isEmpty else { return ([], missing) }
        let added = try writing { database throws(CredentialError) in
            // Another process may have been faster.
            let known = try Self.seeded(database)
            var added: [String] = []
            for entry in new where !known.contains(entry.name) {
                if try insert(entry, database) { added.append(entry.name) }
                let statement = try database.prepare("INSERT INTO seeds VALUES (?1, ?2)")
                try statement.bind(entry.name, at: 0)
                try statement.bind(now(), at: 1)
                try statement.run()
            }
            return added
        }
        return (added, missing)
    }
}

extension MCPServerStore {
    private static func check(_ settings: JSONObject, of name: String) throws(MCPError) {
        let literals = SecretReference.literals(in: settings)
        guard literals.isEmpty else {
            throw MCPError(
                .configuration,
                "\(literals.joined(separator: ", ")): here stands \(SecretReference.forms), never the text itself",
                server: name
            )
        }
    }

    private static func entries(_ database: Database) throws(CredentialError) -> [MCPServerEntry] {
        let statement = try database.prepare(
            "SELECT name, settings, enabled, origin, created, changed FROM servers ORDER BY name"
        )
        var entries: [MCPServerEntry] = []
        while try statement.step() {
            guard let settings = try? JSONValue(parsing: Array(statement.text(1).utf8)).object else { continue }
            entries.append(
                MCPServerEntry(
                    name: statement.text(0),
                    settings: settings,
                    isEnabled: statement.integer(2) != 0,
                    origin: MCPServerEntry.Origin(rawValue: statement.text(3)),
                    created: statement.integer(4),
                    changed: statement.integer(5)
                )
            )
        }
        return entries
    }

    private static func setDisabled(
        _ isDisabled: Bool,
        _ name: String,
        _ database: Database
    ) throws(CredentialError) {
        let sql = isDisabled ? "INSERT OR IGNORE INTO disabled VALUES (?1)" : "DELETE FROM disabled WHERE name = ?1"
        let statement = try database.prepare(sql)
        try statement.bind(name, at: 0)
        try statement.run()
    }

    private static func seeded(_ database: Database) throws(CredentialError) -> Set<String> {
        let statement = try database.prepare("SELECT name FROM seeds")
        var names: Set<String> = []
        while try statement.step() { names.insert(statement.text(0)) }
        return names
    }

    private func find(_ name: String, _ database: Database) throws(CredentialError) -> MCPServerEntry? {
        try Self.entries(database).first { $0.name == name }
    }

    private func insert(_ entry: MCPServerEntry, _ database: Database) throws(CredentialError) -> Bool {
        let statement = try database.prepare("INSERT OR IGNORE INTO servers VALUES (?1, ?2, ?3, ?4, ?5, ?5)")
        try statement.bind(entry.name, at: 0)
        try statement.bind(JSONValue.object(entry.settings).serializedString, at: 1)
        try statement.bind(entry.isEnabled ? 1 : 0, at: 2)
        try statement.bind(entry.origin.rawValue, at: 3)
        try statement.bind(now(), at: 4)
        try statement.run()
        return database.changes > 0
    }

    private func reading<Value>(
        _ nothing: Value,
        _ body: (Database) throws(CredentialError) -> Value
    ) throws(MCPError) -> Value {
        do throws(CredentialError) {
            guard connection != nil || PrivateFile.exists(path) else { return nothing }
            return try body(database())
        } catch {
            throw Self.failure(error)
        }
    }

    private func writing<Value>(_ body: (Database) throws(CredentialError) -> Value) throws(MCPError) -> Value {
        do throws(CredentialError) {
            let database = try database()
            return try database.transaction(isWriting: true) { () throws(CredentialError) in try body(database) }
        } catch {
            throw Self.failure(error)
        }
    }

    private func database() throws(CredentialError) -> Database {
        if let connection { return connection }
        let what = "the list of MCP servers"
        try PrivateFile.makeFolder(PrivateFile.folder(of: path))
        _ = try PrivateFile.create(path, purpose: what)
        let database = try Database(path: path, mode: .readWrite, busyTimeout: 5000, what: what)
        try MCPServerSchema.migrate(database)
        connection = database
        return database
    }

    private static func failure(_ error: CredentialError) -> MCPError { MCPError(.configuration, error.message) }
}
