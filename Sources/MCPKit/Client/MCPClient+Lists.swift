internal import TransportKit

extension MCPClient {
    /// The tools, all pages of them; none if the server offers no tools.
    ///
    /// - Throws: `MCPError`.
    public func tools() async throws(MCPError) -> [MCPTool] {
        try await withConnection { connection async throws(MCPError) in try await self.listTools(on: connection) }
    }

    /// Lists the tools, and remembers their schemas.
    func listTools(on connection: MCPConnection) async throws(MCPError) -> [MCPTool] {
        let tools = callable(try await all("tools", "tools/list", on: connection), on: connection)
        let known = Dictionary(tools.map { ($0.name, KnownTool($0)) }) { first, _ in first }
        connection.tools.withLock { $0 = known }
        return tools
    }

    /// The tools that can be called: over HTTP, what a schema wants in header fields must be able to stand there.
    private func callable(_ tools: [MCPTool], on connection: MCPConnection) -> [MCPTool] {
        guard connection.version.isStateless, connection.session.traits.name == "http" else { return tools }
        return tools.filter { tool in
            do throws(ParameterHeaders.Invalid) {
                _ = try ParameterHeaders(schema: tool.inputSchema)
                return true
            } catch {
                connector.logger.notice(
                    "MCP tool left out",
                    metadata: ["tool": .string(tool.name), "error": "\(error)"]
                )
                return false
            }
        }
    }

    /// The prompts, all pages of them; none if the server offers no prompts.
    ///
    /// - Throws: `MCPError`.
    public func prompts() async throws(MCPError) -> [MCPPrompt] {
        try await withConnection { connection async throws(MCPError) in
            try await self.all("prompts", "prompts/list", on: connection)
        }
    }

    /// The resources, all pages of them; none if the server offers no resources.
    ///
    /// - Throws: `MCPError`.
    public func resources() async throws(MCPError) -> [MCPResource] {
        try await withConnection { connection async throws(MCPError) in
            try await self.all("resources", "resources/list", on: connection)
        }
    }

    /// The templates of resources, all pages of them; none if the server offers no resources.
    ///
    /// - Throws: `MCPError`.
    public func resourceTemplates() async throws(MCPError) -> [MCPResourceTemplate] {
        try await withConnection { connection async throws(MCPError) in
            try await self.all("resources", "resources/templates/list", on: connection)
        }
    }

    /// The tools page by page, as they are read.
    public var toolPages: MCPPages<MCPTool> { MCPPages(client: self, capability: "tools", method: "tools/list") }
    /// The prompts page by page, as they are read.
    public var promptPages: MCPPages<MCPPrompt> {
        MCPPages(client: self, capability: "prompts", method: "prompts/list")
    }
    /// The resources page by page, as they are read.
    public var resourcePages: MCPPages<MCPResource> {
        MCPPages(client: self, capability: "resources", method: "resources/list")
    }

    private func all<Item: MCPObject>(
        _ capability: String,
        _ method: String,
        on connection: MCPConnection
    ) async throws(MCPError) -> [Item] {
        var cursor = PageCursor(method: method)
        var items: [Item] = []
        while let page: [Item] = try await page(capability, &cursor, on: connection) { items += page }
        return items
    }

    /// The next page; `nil` behind the last.
    func page<Item: MCPObject>(
        _ capability: String,
        _ cursor: inout PageCursor,
        on connection: MCPConnection
    ) async throws(MCPError) -> [Item]? {
        guard connection.offers(capability), let params = cursor.params else { return nil }
        do throws(MCPError) {
            let result = try await cached(cursor.method, params, MCPRequestOptions(), on: connection)
            try cursor.advance(result)
            let name =
                capability == "resources" && cursor.method.contains("templates") ? "resourceTemplates" : capability
            return result.objects(name)
        } catch {
            if error.failure?.code == .invalidParams, params["cursor"] != nil {
                let method = cursor.method
                await loop.run { [core] in core.value.cache.removeAll(of: method) }
            }
            throw error
        }
    }

    /// Answers a request from what is still valid, or asks.
    func cached(
        _ method: String,
        _ params: JSONObject,
        _ options: MCPRequestOptions,
        on connection: MCPConnection
    ) async throws(MCPError) -> JSONObject {
        guard connection.version.isStateless, ResponseCache.isCacheable(method), case .persistent = configuration.policy
        else {
            return try await exchange(method, params, options, on: connection)
        }
        let key = ResponseCache.Key(method: method, params: params)
        let (known, generation) = await loop.run { [core, loop] in
            (core.value.cache.result(for: key, at: loop.now), core.value.cache.generation)
        }
        if let known { return known }
        let first = try await connection.request(method, params, options: options)
        guard let type = first.string("resultType"), type != "complete" else {
            await loop.run { [core, loop] in
                core.value.cache.keep(first, for: key, at: loop.now, generation: generation)
            }
            return first
        }
        // What the server asks something about is not kept.
        return try await finish(method, params, first, options, on: connection)
    }
}

/// Where a list goes on; a cursor is handed back as it came.
struct PageCursor: Sendable {
    let method: String

    private static let maximumPages = 1000
    private var cursor: String?
    private var seen: Set<String> = []
    private var isOver = false

    init(method: String) {
        self.method = method
    }

    /// The parameters for the next page; `nil` behind the last.
    var params: JSONObject? {
        if isOver { return nil }
        return cursor.map { ["cursor": .string($0)] } ?? [:]
    }

    /// Takes a page's word on where the list goes on.
    ///
    /// An empty cursor is one.
    mutating func advance(_ page: JSONObject) throws(MCPError) {
        guard let next = page.string("nextCursor") else {
            isOver = true
            return
        }
        guard seen.insert(next).inserted, seen.count < Self.maximumPages else {
            throw MCPError(.limit, "the list of \(method) does not end: a cursor came twice, or too many pages")
        }
        cursor = next
    }
}

/// A list of a server, read page by page.
public struct MCPPages<Item: MCPObject>: AsyncSequence, Sendable {
    /// A page.
    public typealias Element = [Item]
    /// Why it may break off.
    public typealias Failure = MCPError

    let client: MCPClient
    let capability: String
    let method: String

    /// Begins at the first page.
    public func makeAsyncIterator() -> Iterator {
        Iterator(client: client, capability: capability, cursor: PageCursor(method: method))
    }

    /// Reads the pages one by one.
    public struct Iterator: AsyncIteratorProtocol {
        let client: MCPClient
        let capability: String
        var cursor: PageCursor

        /// Asks for the next page.
        ///
        /// - Returns: The page; `nil` behind the last.
        /// - Throws: `MCPError`.
        public mutating func next() async throws(MCPError) -> [Item]? {
            let (client, capability, start) = (client, capability, cursor)
            let (page, next) = try await client.withConnection { connection async throws(MCPError) in
                var cursor = start
                let page: [Item]? = try await client.page(capability, &cursor, on: connection)
                return (page, cursor)
            }
            cursor = next
            return page
        }
    }
}
