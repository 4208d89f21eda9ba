public import TransportKit

extension MCPProxy {
    /// The tools that a caller may use, and the servers whose tools are missing.
    public struct Tools: Sendable {
        /// A tool of a server.
        public struct Entry: Sendable {
            /// The name that clients know it by.
            public var name: String
            /// The server's name.
            public var server: String
            /// What the server says of it, with the server's own name for it.
            public var tool: MCPTool
        }

        /// The tools, in the order of the servers.
        public var tools: [Entry]
        /// Why servers' tools are missing; each names its server.
        public var unavailable: [MCPError]
    }

    /// The tools that a caller may use, of all servers.
    ///
    /// - Parameter caller: Who asks.
    /// - Returns: The tools, and the errors of servers that have not answered in time.
    public func tools(for caller: MCPServedClient.Caller) async -> Tools {
        let failures = await load(.tools)
        let entries = visible(.tools, for: caller, without: failures)
        return Tools(
            tools: entries.compactMap { entry in
                var json = entry.json
                json["name"] = .string(entry.original)
                return MCPTool(json: json).map { Tools.Entry(name: entry.name, server: entry.backend.name, tool: $0) }
            },
            unavailable: failures.compactMap { failure in
                guard reveals(failure.backend, to: caller) else { return nil }
                return failure.error.named(failure.backend.name)
            }
        )
    }

    /// Calls a tool by the name that clients know it by; the server can ask nobody anything.
    ///
    /// - Parameters:
    ///   - name: The name, `server__tool`.
    ///   - arguments: The arguments.
    ///   - caller: Who calls.
    ///   - options: Time limits and progress.
    /// - Returns: What came back, which may be that the tool failed.
    /// - Throws: `MCPError`; code `notFound` if there is no such tool for the caller.
    public func call(
        named name: String,
        arguments: JSONObject,
        for caller: MCPServedClient.Caller,
        options: MCPRequestOptions = MCPRequestOptions()
    ) async throws(MCPError) -> MCPToolResult {
        try await call(locate(name, .tools, for: caller), arguments, options)
    }

    /// Calls a tool of a server; the server can ask nobody anything.
    ///
    /// - Parameters:
    ///   - tool: The server's own name for the tool.
    ///   - server: The server's name.
    ///   - arguments: The arguments.
    ///   - caller: Who calls.
    ///   - options: Time limits and progress.
    /// - Returns: What came back, which may be that the tool failed.
    /// - Throws: `MCPError`; code `notFound` if there is no such server, or no such tool for the caller.
    public func call(
        _ tool: String,
        of server: String,
        arguments: JSONObject,
        for caller: MCPServedClient.Caller,
        options: MCPRequestOptions = MCPRequestOptions()
    ) async throws(MCPError) -> MCPToolResult {
        guard let backend = state.withLock({ $0.backends[server] }), reveals(backend, to: caller) else {
            throw MCPError(.notFound, "there is no server of that name, or it is disabled", server: server)
        }
        if let error = await backend.list(.tools, within: backend.patience).error { throw error.named(server) }
        let entry = catalogue[.tools].first { $0.backend === backend && $0.original == tool }
        guard let entry, allows(entry, caller) else {
            throw MCPError(.notFound, "the server has no tool \(String(tool.prefix(128)))", server: server)
        }
        return try await call(entry, arguments, options)
    }

    private func call(
        _ entry: Catalogue.Entry,
        _ arguments: JSONObject,
        _ options: MCPRequestOptions
    ) async throws(MCPError) -> MCPToolResult {
        do throws(MCPError) {
            let result = try await entry.backend.forward(
                Backend.Outgoing(
                    method: "tools/call",
                    params: ["name": .string(entry.original), "arguments": .object(arguments)],
                    headers: entry.headers,
                    needsTask: entry.needsTask,
                    options: options
                )
            )
            return MCPToolResult(json: result)
        } catch {
            throw error.named(entry.backend.name)
        }
    }
}
