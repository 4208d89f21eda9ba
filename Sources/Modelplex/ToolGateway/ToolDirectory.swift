package import MCPKit
package import ProviderKit
package import TransportKit

/// All servers behind the gateway: those of the configuration, and those that were added while a program ran.
///
/// Its work may block, and is done away from the event loops.
package actor ToolDirectory {
    /// A server, and what is known of it before it is spoken to.
    package struct Member: Sendable {
        /// Where a server comes from.
        package enum Source: Sendable, Hashable {
            /// The configuration; only its file changes it.
            case configuration
            /// The list that is kept beside it.
            case list(MCPServerEntry)
        }

        /// Its name.
        package var name: String
        /// Where it comes from.
        package var source: Source
        /// Whether it is used.
        package var isEnabled: Bool
        /// What is said of it; `nil` if that cannot be understood.
        package var settings: PlexConfiguration.MCPServer?
        /// How to reach it, with what its references mean.
        package var configuration: MCPServerConfiguration?
        /// Why it cannot be used.
        package var problem: String?
    }

    private let environment: [String: String]
    private var credentials: ToolServerCredentials
    private let store: MCPServerStore?
    private let reader: ToolServerReader
    private var settings: PlexConfiguration.MCP

    /// Makes a directory; nothing is opened.
    ///
    /// - Parameters:
    ///   - settings: What the configuration says.
    ///   - logins: What it says of logins.
    ///   - environment: The variables that references name, and that say where the lists of servers and credentials are.
    ///   - askPassphrase: Asks the user for the credential store's passphrase; `nil` where nobody can be asked.
    package init(
        _ settings: PlexConfiguration.MCP,
        logins: [PlexConfiguration.Login],
        environment: [String: String],
        askPassphrase: (@Sendable () throws(CredentialError) -> Secret)? = nil
    ) {
        self.settings = settings
        self.environment = environment
        credentials = ToolServerCredentials(environment: environment, logins: logins, askPassphrase: askPassphrase)
        let path = MCPServerStore.path(in: environment)
        store = path.map { MCPServerStore(path: $0) }
        reader = ToolServerReader(environment: environment, folder: path.map(ConfigurationFile.folder) ?? ".")
    }

    /// Another configuration is in effect.
    package func replace(_ settings: PlexConfiguration.MCP, logins: [PlexConfiguration.Login]) {
        self.settings = settings
        credentials.logins = logins
    }

    /// Adds the servers that a configuration begins with.
    ///
    /// - Returns: What to tell the operator.
    package func seed() async -> (notes: [String], warnings: [String]) {
        guard !settings.seeds.isEmpty else { return ([], []) }
        guard let store else { return ([], [Self.noHome]) }
        do throws(MCPError) {
            let folders = (environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":")
            let outcome = try await store.seed(settings.seeds) { program in
                let places = program.contains("/") ? [program] : folders.map { "\($0)/\(program)" }
                return places.contains(where: ConfigurationFile.isProgram)
            }
            return (
                outcome.added.map { "MCP server \($0): added to begin with" },
                outcome.missing.map {
                    "MCP server \($0): none of its programs is installed; it is tried again at the next start"
                }
            )
        } catch {
            return ([], [error.description])
        }
    }

    /// All servers, those of the configuration first.
    ///
    /// - Returns: The servers; one that cannot be used says why.
    /// - Throws: `MCPError`, if the list cannot be read.
    package func members() async throws(MCPError) -> [Member] {
        let entries = try await store?.entries() ?? []
        let disabled = try await store?.disabledNames() ?? []
        var members: [Member] = []
        for server in settings.servers {
            let isEnabled = server.isEnabled && !disabled.contains(server.name)
            var member = Member(name: server.name, source: .configuration, isEnabled: isEnabled, settings: server)
            await resolve(&member)
            members.append(member)
        }
        let configured = Set(settings.servers.map(\.name))
        for entry in entries where !configured.contains(entry.name) {
            var member = Member(name: entry.name, source: .list(entry), isEnabled: entry.isEnabled)
            do throws(PlexError) {
                member.settings = try reader.read(entry.name, entry.settings)
                await resolve(&member)
            } catch {
                member.problem = error.message
            }
            members.append(member)
        }
        return members
    }

    /// One server.
    package func member(named name: String) async throws(MCPError) -> Member? {
        try await members().first { $0.name == name }
    }

    /// Adds a server to the list.
    ///
    /// - Returns: Whether it was added; `false` if there is one of its name.
    /// - Throws: `PlexError` with all that is wrong with it.
    package func add(_ name: String, _ settings: JSONObject, isEnabled: Bool) async throws(PlexError) -> Bool {
        _ = try reader.read(name, settings)
        guard !self.settings.servers.contains(where: { $0.name == name }) else { return false }
        let entry = MCPServerEntry(name: name, settings: settings, isEnabled: isEnabled)
        return try await changing { store throws(MCPError) in try await store.add(entry) != nil }
    }

    /// Puts other settings in the place of a listed server's.
    ///
    /// - Returns: Whether there is such a server.
    /// - Throws: `PlexError` with all that is wrong with it.
    package func update(_ name: String, _ settings: JSONObject, isEnabled: Bool?) async throws(PlexError) -> Bool {
        _ = try reader.read(name, settings)
        return try await changing { store throws(MCPError) in
            try await store.update(name, settings: settings, isEnabled: isEnabled) != nil
        }
    }

    /// Takes a server out of the list.
    package func remove(_ name: String) async throws(PlexError) -> Bool {
        try await changing { store throws(MCPError) in try await store.remove(name) }
    }

    /// Switches a server on or off.
    package func setEnabled(_ isEnabled: Bool, for name: String) async throws(PlexError) {
        let isConfigured = settings.servers.contains { $0.name == name }
        try await changing { store throws(MCPError) in
            try await store.setEnabled(isEnabled, for: name, isConfigured: isConfigured)
        }
    }

    private func changing<Value: Sendable>(
        _ change: (MCPServerStore) async throws(MCPError) -> Value
    ) async throws(PlexError) -> Value {
        guard let store else { throw PlexError(.configuration, Self.noHome) }
        do throws(MCPError) {
            return try await change(store)
        } catch {
            throw PlexError(error)
        }
    }

    private func resolve(_ member: inout Member) async {
        guard let settings = member.settings, member.isEnabled else { return }
        do throws(PlexError) {
            member.configuration = try await credentials.resolve(settings).configuration
        } catch {
            member.problem = error.message
        }
    }

    private static let noHome =
        "there is no place for the list of MCP servers: HOME is not set; set PLEX_MCP_STORE to a path"
}
