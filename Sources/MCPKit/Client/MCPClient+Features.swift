public import TransportKit

extension MCPClient {
    /// Calls a tool.
    ///
    /// - Parameters:
    ///   - name: The tool's name.
    ///   - arguments: Its arguments.
    /// - Returns: What came back, which may be that the tool failed.
    /// - Throws: `MCPError`; code `cancelled` at once when the calling task is cancelled.
    public func callTool(_ name: String, arguments: JSONObject = [:]) async throws(MCPError) -> MCPToolResult {
        try await callTool(name, arguments: arguments, options: MCPRequestOptions())
    }

    /// Calls a tool, with time limits and progress of one's own.
    ///
    /// Where the server makes a task of the call, it is waited for up to the longest time allowed, and given up when nobody waits any more.
    ///
    /// - Parameters:
    ///   - name: The tool's name.
    ///   - arguments: Its arguments.
    ///   - options: Time limits and progress.
    /// - Returns: What came back, which may be that the tool failed.
    /// - Throws: `MCPError`; code `invalidResult` if it does not fit the tool's own schema.
    public func callTool(
        _ name: String,
        arguments: JSONObject = [:],
        options: MCPRequestOptions
    ) async throws(MCPError) -> MCPToolResult {
        try await withConnection { connection async throws(MCPError) in
            let call = ToolCall(name: name, arguments: arguments, options: options)
            let result: JSONObject
            switch try await self.send(call, on: connection) {
            case .result(let answer): result = answer
            case .task(let state, let progress):
                result = try await self.wait(for: state, progress, options, on: connection)
            }
            return try await self.checked(result, of: name, on: connection)
        }
    }

    /// A result that fits the tool's schema, which is asked for if no tools were listed yet and there is something to check.
    func checked(
        _ result: JSONObject,
        of tool: String?,
        on connection: MCPConnection
    ) async throws(MCPError) -> MCPToolResult {
        let answer = MCPToolResult(json: result)
        guard let tool else { return answer }
        if answer.structuredContent != nil, !answer.isError, connection.tools.withLock(\.isEmpty) {
            // Who cannot list tools can still have called one.
            _ = try? await listTools(on: connection)
        }
        try check(answer, of: connection.tools.withLock { $0[tool] })
        return answer
    }

    private func check(_ result: MCPToolResult, of known: KnownTool?) throws(MCPError) {
        guard let known, let validator = known.output, !result.isError else { return }
        guard let content = result.structuredContent else {
            throw MCPError(
                .invalidResult,
                "\(known.tool.name) has an output schema, and its result no structured content"
            )
        }
        // A schema that cannot be followed to its end says nothing about the result.
        guard let violation = try? validator.violation(in: content) else { return }
        throw MCPError(.invalidResult, "the result of \(known.tool.name) does not fit its schema: \(violation)")
    }

    /// Fills a prompt in.
    ///
    /// - Parameters:
    ///   - name: The prompt's name.
    ///   - arguments: What is filled in.
    ///   - options: Time limits and progress.
    /// - Returns: The messages.
    /// - Throws: `MCPError`.
    public func prompt(
        _ name: String,
        arguments: [String: String] = [:],
        options: MCPRequestOptions = MCPRequestOptions()
    ) async throws(MCPError) -> MCPPromptResult {
        try await withConnection { connection async throws(MCPError) in
            try self.require("prompts", of: connection)
            let values = JSONObject(arguments.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })
            let params: JSONObject = ["name": .string(name), "arguments": .object(values)]
            return MCPPromptResult(json: try await self.exchange("prompts/get", params, options, on: connection))
        }
    }

    /// Reads a resource.
    ///
    /// - Parameters:
    ///   - uri: Its URI.
    ///   - options: Time limits and progress.
    /// - Returns: Its contents, which may be several.
    /// - Throws: `MCPError`; code `notFound` if there is none.
    public func readResource(
        _ uri: String,
        options: MCPRequestOptions = MCPRequestOptions()
    ) async throws(MCPError) -> [MCPResourceContents] {
        try await withConnection { connection async throws(MCPError) in
            try self.require("resources", of: connection)
            do throws(MCPError) {
                let result = try await self.cached("resources/read", ["uri": .string(uri)], options, on: connection)
                return result.objects("contents")
            } catch {
                guard error.failure?.code == .resourceNotFound else { throw error }
                throw MCPError(.notFound, "there is no such resource", failure: error.failure)
            }
        }
    }

    /// Asks how an argument may go on.
    ///
    /// - Parameters:
    ///   - argument: The argument's name.
    ///   - value: What there is of it.
    ///   - reference: What it belongs to.
    ///   - context: The arguments that are filled in already.
    /// - Returns: At most 100 values.
    /// - Throws: `MCPError`.
    public func complete(
        _ argument: String,
        _ value: String,
        of reference: MCPCompletionReference,
        context: [String: String] = [:]
    ) async throws(MCPError) -> MCPCompletion {
        try await withConnection { connection async throws(MCPError) in
            try self.require("completions", of: connection, from: .v2025_03_26)
            var params: JSONObject = [
                "ref": .object(reference.json), "argument": ["name": .string(argument), "value": .string(value)],
            ]
            if !context.isEmpty, connection.version >= .v2025_06_18 {
                let values = JSONObject(context.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })
                params["context"] = ["arguments": .object(values)]
            }
            let result = try await self.exchange("completion/complete", params, MCPRequestOptions(), on: connection)
            return MCPCompletion(json: result["completion"]?.object ?? [:])
        }
    }

    /// Says from which level on the server is to log; servers of the stateless era are told with each request.
    ///
    /// - Parameter level: `debug`, `info`, `notice`, `warning`, `error`, `critical`, `alert` or `emergency`.
    /// - Throws: `MCPError`.
    public func setLogLevel(_ level: String) async throws(MCPError) {
        try await withConnection { connection async throws(MCPError) in
            guard !connection.version.isStateless else { return }
            try self.require("logging", of: connection)
            _ = try await connection.request(
                "logging/setLevel",
                ["level": .string(level)],
                options: MCPRequestOptions()
            )
        }
    }

    /// Asks whether the server is there: a ping, or in the stateless era its description.
    ///
    /// - Parameter timeLimit: How long to wait.
    /// - Throws: `MCPError`.
    public func ping(timeLimit: Duration? = nil) async throws(MCPError) {
        try await withConnection { connection async throws(MCPError) in
            let method = connection.version.isStateless ? "server/discover" : "ping"
            _ = try await connection.request(method, [:], options: MCPRequestOptions(timeLimit: timeLimit))
        }
    }

    /// Tells the server that the roots are others now; servers of the stateless era ask when they need them.
    ///
    /// - Throws: `MCPError`.
    public func rootsChanged() async throws(MCPError) {
        try await withConnection { connection async throws(MCPError) in
            guard !connection.version.isStateless, self.handlers.roots != nil else { return }
            try await connection.notify("notifications/roots/list_changed", [:])
        }
    }

    /// Refuses what the server does not offer.
    func require(
        _ capability: String,
        of connection: MCPConnection,
        from version: ProtocolVersion = .v2024_11_05
    ) throws(MCPError) {
        // Completions had no capability at first.
        guard !connection.offers(capability), connection.version >= version else { return }
        throw MCPError(.unsupported, "the server does not offer \(capability)")
    }
}

/// What an argument belongs to whose value is to be completed.
@nonexhaustive
public enum MCPCompletionReference: Sendable, Hashable {
    /// A prompt, by its name.
    case prompt(String)
    /// A resource template, by its text.
    case resource(String)

    var json: JSONObject {
        switch self {
        case .prompt(let name): ["type": "ref/prompt", "name": .string(name)]
        case .resource(let template): ["type": "ref/resource", "uri": .string(template)]
        }
    }
}

/// How an argument may go on.
public struct MCPCompletion: MCPObject {
    /// The completion as the wire has it.
    public let json: JSONObject

    /// Reads a completion.
    public init(json: JSONObject) {
        self.json = json
    }

    /// The values, the best first; at most 100.
    public var values: [String] { Array((json["values"]?.array?.compactMap(\.string) ?? []).prefix(100)) }
    /// How many there are in all, if the server knows.
    public var total: Int? { json["total"]?.int }
    /// Whether there are more.
    public var hasMore: Bool { json["hasMore"]?.bool ?? false }
}
