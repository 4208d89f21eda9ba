import GatewayKit
import Modelplex
import ProviderKit
import TransportKit

/// What a changed configuration changes in a gateway that runs; a pure value.
struct ReloadPlan: Sendable, Hashable {
    /// The configuration in effect afterwards: what needs a restart is as it was.
    private(set) var configuration: PlexConfiguration
    /// How the configuration in effect is shown.
    private(set) var view: JSONValue
    /// The keys whose values change, such as `server.log_level`, or `providers.up` for one of several that have names.
    private(set) var changed: [String]
    /// The keys whose change waits for a restart.
    private(set) var waiting: [String] = []

    /// Compares two configurations.
    ///
    /// - Parameters:
    ///   - old: The configuration in effect, and how it is shown.
    ///   - new: The one that is asked for.
    init(from old: (PlexConfiguration, view: JSONValue), to new: (PlexConfiguration, view: JSONValue)) {
        configuration = new.0
        view = new.view
        changed = []
        keep(\.server.loops, "server", "loops", old)
        let listen = Self.withSystemd(of: old.0.server.listen, configuration.server.listen)
        if listen != configuration.server.listen {
            configuration.server.listen = listen
            wait(for: "server", "listen", .array(listen.map { .string($0.description) }))
        }
        keep(\.mcp.isLean, "mcp", "lean", old)
        keep(\.mcp.sessions, "mcp", "sessions", old)
        changed = Self.differences(old.view, view, [])
        addHidden(old.0, new.0)
    }

    private mutating func keep<Value: Equatable>(
        _ path: WritableKeyPath<PlexConfiguration, Value>,
        _ table: String,
        _ key: String,
        _ old: (PlexConfiguration, view: JSONValue)
    ) {
        guard configuration[keyPath: path] != old.0[keyPath: path] else { return }
        configuration[keyPath: path] = old.0[keyPath: path]
        wait(for: table, key, old.view[table]?[key])
    }

    private mutating func wait(for table: String, _ key: String, _ value: JSONValue?) {
        waiting.append("\(table).\(key)")
        view.setKey(table, key, value)
    }

    /// The addresses that are wanted, with the sockets of systemd that there are: it passes them at the start only.
    private static func withSystemd(of old: [ListenAddress], _ new: [ListenAddress]) -> [ListenAddress] {
        let theirs = old.filter(\.isSystemd)
        guard theirs.isEmpty != !new.contains(where: \.isSystemd) else { return new }
        let result = new.filter { !$0.isSystemd } + theirs
        return result.isEmpty ? old : result
    }

    /// Adds what is not shown, or not by its value: secrets.
    private mutating func addHidden(_ old: PlexConfiguration, _ new: PlexConfiguration) {
        if old.server.accessKeys != new.server.accessKeys { add("server.access_keys") }
        for provider in new.providers {
            let former = old.providers.first { $0.name == provider.name }
            if let former, former != provider { add("providers.\(provider.name)") }
        }
    }

    private mutating func add(_ key: String) {
        if !changed.contains(key) { changed.append(key) }
    }

    private static func differences(_ old: JSONValue?, _ new: JSONValue?, _ path: [String]) -> [String] {
        guard old != new else { return [] }
        let name = path.joined(separator: ".")
        // A key of a table, or one of several that have names, is told as a whole.
        if path.count > 1, path != ["mcp", "servers"] { return [name] }
        guard let old = parts(old), let new = parts(new) else { return [name] }
        var result: [String] = []
        for member in new.members {
            result += differences(old[member.name], member.value, path + [member.name])
        }
        for member in old.members where new[member.name] == nil {
            result += differences(member.value, nil, path + [member.name])
        }
        // Only their order is another.
        return result.isEmpty ? [name] : result
    }

    /// The parts of a table or of a list of tables with names; none, where there is nothing.
    private static func parts(_ value: JSONValue?) -> JSONObject? {
        guard let value else { return [:] }
        return value.namedParts
    }
}

extension ListenAddress {
    fileprivate var isSystemd: Bool {
        if case .systemd = self { true } else { false }
    }
}

extension JSONValue {
    /// The parts of a table, or of a list of tables that have names.
    fileprivate var namedParts: JSONObject? {
        switch self {
        case .object(let object): return object
        case .array(let elements):
            var object = JSONObject()
            for element in elements {
                let name = element["name"] ?? element["model"] ?? element["pattern"]
                guard let name = name?.string, object[name] == nil else { return nil }
                object[name] = element
            }
            return object
        default: return nil
        }
    }
}
