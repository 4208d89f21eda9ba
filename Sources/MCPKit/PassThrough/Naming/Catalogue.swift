internal import TransportKit

/// All that is known of what the servers have, with the names that clients know it by.
struct Catalogue: Sendable {
    /// A tool, prompt, resource or template.
    struct Entry: Sendable {
        let backend: Backend
        /// The server's own name or URI for it.
        let original: String
        /// The name or URI that clients see.
        let name: String
        /// The definition that clients see.
        var json: JSONObject = [:]
        /// Which arguments of a tool stand in header fields too.
        var headers: ParameterHeaders?
        /// Whether the server lets a tool be called by way of a task only.
        var needsTask = false

        var item: MCPAccessPolicy.Item {
            MCPAccessPolicy.Item(server: backend.name, name: name, original: original)
        }
    }

    let tools: ToolNames
    let prompts: ToolNames
    let collisions: [MCPProxyStatus.Collision]

    private let entries: [ListKind: [Entry]]
    private let toolsByName: [String: Entry]
    private let promptsByName: [String: Entry]

    init(_ backends: [Backend]) {
        let known = backends.map { backend in (backend, backend.state.withLock { $0.lists }) }
        var entries: [ListKind: [Entry]] = [:]
        func names(_ kind: ListKind) -> ToolNames {
            ToolNames(
                known.flatMap { backend, lists in
                    (lists[kind]?.items ?? []).compactMap { item in
                        item.string(kind.key).map { ToolNames.Origin(source: backend.name, tool: $0) }
                    }
                }
            )
        }
        let (tools, prompts) = (names(.tools), names(.prompts))
        for kind in ListKind.allCases {
            for (backend, lists) in known {
                guard let list = lists[kind] else { continue }
                let makesTasks = kind == .tools && backend.state.withLock { $0.agreement?.makesTasks ?? false }
                for item in list.items {
                    guard let original = item.string(kind.key) else { continue }
                    let origin = ToolNames.Origin(source: backend.name, tool: original)
                    let name: String? =
                        switch kind {
                        case .tools: tools.name(of: origin)
                        case .prompts: prompts.name(of: origin)
                        case .resources, .templates: backend.namespace.outward(original)
                        }
                    guard let name else { continue }
                    var json = backend.namespace.outward(item, kind, name: name)
                    var entry = Entry(backend: backend, original: original, name: name)
                    if makesTasks, var execution = json["execution"]?.object,
                        execution.string("taskSupport") == "required"
                    {
                        // Whoever calls it without a task has one followed for it.
                        entry.needsTask = true
                        execution["taskSupport"] = "optional"
                        json["execution"] = .object(execution)
                    }
                    entry.json = json
                    entry.headers = kind == .tools ? list.headers[original] : nil
                    entries[kind, default: []].append(entry)
                }
            }
        }
        self.entries = entries
        self.tools = tools
        self.prompts = prompts
        toolsByName = Dictionary(entries[.tools, default: []].map { ($0.name, $0) }) { first, _ in first }
        promptsByName = Dictionary(entries[.prompts, default: []].map { ($0.name, $0) }) { first, _ in first }
        collisions =
            Self.collisions("tool", entries[.tools, default: []])
            + Self.collisions("prompt", entries[.prompts, default: []])
    }

    subscript(_ kind: ListKind) -> [Entry] { entries[kind] ?? [] }

    /// The tool that a name leads to.
    func tool(_ name: String) -> Entry? { entry(name, tools, toolsByName) }

    /// The prompt that a name leads to.
    func prompt(_ name: String) -> Entry? { entry(name, prompts, promptsByName) }

    private func entry(_ name: String, _ names: ToolNames, _ table: [String: Entry]) -> Entry? {
        if let entry = table[name] { return entry }
        return names.origin(of: name).flatMap { names.name(of: $0) }.flatMap { table[$0] }
    }

    /// What would have the same name, if each had none of its own.
    private static func collisions(_ kind: String, _ entries: [Entry]) -> [MCPProxyStatus.Collision] {
        func wanted(_ entry: Entry) -> String {
            ToolNames.mapped(ToolNames.Origin(source: entry.backend.name, tool: entry.original))
        }
        return Dictionary(grouping: entries, by: wanted).filter { $0.value.count > 1 }.sorted { $0.key < $1.key }
            .map { name, entries in
                MCPProxyStatus.Collision(
                    kind: kind,
                    name: name,
                    items: entries.map {
                        MCPProxyStatus.Collision.Item(server: $0.backend.name, original: $0.original, name: $0.name)
                    }
                )
            }
    }
}
