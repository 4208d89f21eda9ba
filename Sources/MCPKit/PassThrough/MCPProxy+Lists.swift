internal import TransportKit

extension MCPProxy {
    /// One of the lists of all servers, a page of it.
    func list(_ kind: ListKind, _ request: MCPServedRequest) async throws(JSONRPCFailure) -> JSONObject {
        let start = try Self.offset(request.params["cursor"])
        let failures = await load(kind)
        var result: JSONObject = [:]
        var entries = visible(kind, for: request.client.caller, without: failures).map { JSONValue.object($0.json) }
        if kind == .tools, isLean(entries.count) { entries = LeanTool.allCases.map { .object($0.definition) } }
        let page = entries.dropFirst(start).prefix(options.pageSize)
        result[kind.member] = .array(Array(page))
        if start + page.count < entries.count { result["nextCursor"] = .string("\(start + page.count)") }
        let caller = request.client.caller
        let told = failures.filter { reveals($0.backend, to: caller) }
        if !told.isEmpty {
            result["_meta"] = [
                "modelplex/unavailable": .array(
                    told.map { $0.error.named($0.backend.name).toldInList(to: caller).unavailable }
                )
            ]
        }
        return result
    }

    private static func offset(_ cursor: JSONValue?) throws(JSONRPCFailure) -> Int {
        guard let cursor, !cursor.isNull else { return 0 }
        guard let offset = cursor.string.flatMap({ Int($0) }), offset >= 0 else {
            throw JSONRPCFailure(.invalidParams, "the cursor is none of this server; begin at the first page")
        }
        return offset
    }

    /// Whether a caller may learn that there is a server.
    func reveals(_ backend: Backend, to caller: MCPServedClient.Caller) -> Bool {
        let start = ToolNames.mapped(.init(source: backend.name, tool: ""))
        return state.withLock { $0.access.reveals(backend.name, beginning: start, to: caller) }
    }

    /// What a caller may see of a list.
    func visible(
        _ kind: ListKind,
        for caller: MCPServedClient.Caller,
        without failures: [(backend: Backend, error: MCPError)]
    ) -> [Catalogue.Entry] {
        let missing = Set(failures.map { ObjectIdentifier($0.backend) })
        return catalogue[kind].filter { !missing.contains(ObjectIdentifier($0.backend)) && allows($0, caller) }
    }

    /// Sees to it that servers' lists are known, those that have to be asked at once and each for a limited time.
    ///
    /// - Parameters:
    ///   - kind: Which list.
    ///   - some: Of which servers; left out, all.
    ///   - isPatient: Whether to wait for a server until it has started, since something is wanted of it and not of all.
    /// - Returns: The servers whose list is not to be had, and why.
    func load(
        _ kind: ListKind,
        of some: [Backend]? = nil,
        isPatient: Bool = false
    ) async -> [(backend: Backend, error: MCPError)] {
        let stale = (some ?? backends).filter { $0.freshList(kind) == nil }
        guard !stale.isEmpty else { return [] }
        let outcomes = await withTaskGroup(of: (Int, ListOutcome).self) { group in
            for (index, backend) in stale.enumerated() {
                group.addTask { await Self.ask(index, backend, kind, isPatient) }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        return outcomes.sorted { $0.0 < $1.0 }.compactMap { index, outcome in
            outcome.error.map { (stale[index], $0) }
        }
    }

    private static func ask(_ index: Int, _ backend: Backend, _ kind: ListKind, _ isPatient: Bool) async -> (
        Int, ListOutcome
    ) {
        (index, await backend.list(kind, within: isPatient ? backend.patience : nil))
    }
}

extension MCPError {
    /// The error as it stands in the metadata of a list.
    var unavailable: JSONValue {
        var json: JSONObject = ["error": .string(message), "code": .string(code.rawValue)]
        json["server"] = server.map { .string($0) }
        return .object(json)
    }
}
