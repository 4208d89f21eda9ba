import Modelplex
import ProviderKit

/// `plexctl __complete`, which completion scripts call: names one a line, and silence where there are none.
enum CompleteCommand {
    static func run(_ arguments: Arguments, _ context: Context) async throws(Failure) {
        context.beginCancellable()
        let kind = arguments.positionals.first
        let found = await withTaskGroup(of: [String].self) { group in
            group.addTask { await names(of: kind, arguments, context) }
            group.addTask {
                // Nobody waits longer for a key press; cancelled as soon as there are names.
                try? await Task.sleep(for: .seconds(2))
                return []
            }
            defer { group.cancelAll() }
            return await group.next() ?? []
        }
        try context.console.print(found.filter(isPlain).map { $0 + "\n" }.joined())
    }

    /// The names, or none where something fails: a person in the middle of a line cannot be told.
    private static func names(of kind: String?, _ arguments: Arguments, _ context: Context) async -> [String] {
        if kind == "keys" { return ConfigurationPath.all }
        if kind == "servers" {
            return (try? PlexSession(arguments, context).configuration().mcp.servers.map(\.name)) ?? []
        }
        guard let plex = try? PlexSession(arguments, context).plex() else { return [] }
        return kind == "providers" ? await providers(of: plex) : await models(of: plex)
    }

    private static func providers(of plex: Plex) async -> [String] {
        guard let providers = try? await plex.providers() else { return [] }
        return providers.map(\.id.rawValue)
    }

    private static func models(of plex: Plex) async -> [String] {
        guard let listing = try? await plex.models() else { return [] }
        return listing.models.map { "\($0.provider)/\($0.id)" }
    }

    /// Whether a name can stand on a command line as it is, whatever shell reads it.
    static func isPlain(_ name: String) -> Bool {
        !name.isEmpty && !name.hasPrefix("-")
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default:
                    "-_./:@+".utf8.contains(byte)
                }
            }
    }
}
