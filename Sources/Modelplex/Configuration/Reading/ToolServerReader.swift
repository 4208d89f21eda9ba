internal import ProviderKit
internal import TransportKit

/// Reads a server that stands in no configuration file, by the same rules.
struct ToolServerReader {
    /// The variables that references name.
    let environment: [String: String]
    /// The folder that paths begin from.
    let folder: String

    /// Reads a server.
    ///
    /// - Parameters:
    ///   - name: Its name.
    ///   - settings: What is said of it, in the configuration's keys.
    /// - Returns: The server.
    /// - Throws: `PlexError` of code `configuration` with all that is wrong.
    func read(_ name: String, _ settings: JSONObject) throws(PlexError) -> PlexConfiguration.MCPServer {
        var server = settings
        server["name"] = .string(name)
        let document: JSONValue = ["mcp": ["servers": [.object(server)]]]
        var checker = ConfigurationChecker(file: "MCP server \"\(name)\"")
        let root: ConfigValue
        do {
            root = try ConfigValue(parsing: document.serialized, format: .json).withoutPositions
                .substituted(from: environment, into: &checker)
        } catch {
            throw ConfigurationError([.init(file: "MCP server \"\(name)\"", message: error.message)]).plexError
        }
        if let table = root.table { checker.check(table, of: root, keys: ConfigurationKey.all) }
        checker.checkRelations(root)
        var builder = ConfigurationBuilder(
            environment: environment,
            readKeyFile: { path throws(InvalidText) in try ConfigurationFile.readKey(path, relativeTo: folder) },
            resolvePath: { ConfigurationFile.absolute($0, from: folder) },
            checker: checker
        )
        let servers = builder.makeTools(root["mcp"]).servers
        guard builder.checker.problems.isEmpty, let server = servers.first else {
            throw ConfigurationError(builder.checker.problems.map(\.ofServer)).plexError
        }
        return server
    }
}

extension ConfigurationError.Problem {
    /// The problem with its place in the server alone.
    fileprivate var ofServer: Self {
        var problem = self
        let whole = "mcp.servers[0]"
        if keyPath.hasPrefix(whole) { problem.keyPath = String(keyPath.dropFirst(whole.count).drop { $0 == "." }) }
        return problem
    }
}

extension ConfigValue {
    // It stands in no file, so that lines and columns would say nothing.
    fileprivate var withoutPositions: ConfigValue {
        switch content {
        case .array(let elements): ConfigValue(.array(elements.map(\.withoutPositions)))
        case .table(let table):
            ConfigValue(
                .table(
                    table.entries.reduce(into: ConfigTable()) { result, entry in
                        result[entry.key] = entry.value.withoutPositions
                    }
                )
            )
        default: ConfigValue(content)
        }
    }
}
