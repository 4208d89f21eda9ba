public import TransportKit

extension MCPProxy {
    /// Answers a request: with the lists of all servers, or by handing it on to the one that it is for.
    public func answer(_ request: MCPServedRequest) async throws(JSONRPCFailure) -> JSONObject {
        if let kind = ListKind(method: request.method) { return try await list(kind, request) }
        switch request.method {
        case "tools/call": return try await callTool(request)
        case "prompts/get": return try await prompt(request)
        case "resources/read": return try await read(request)
        case "completion/complete": return try await complete(request)
        case "logging/setLevel":
            try setLevel(request.params.string("level") ?? "", of: request.client)
            return [:]
        case "tasks/list": return try await listTasks(request)
        case let method where method.hasPrefix("tasks/"): return try await task(request)
        default:
            // What is unknown here may be known to a server, if there is but one.
            let backends = backends
            guard backends.count == 1 else {
                throw JSONRPCFailure(.methodNotFound, "there is no method \(String(request.method.prefix(100)))")
            }
            return try await forward(request, request.params, to: backends[0])
        }
    }

    func forward(
        _ request: MCPServedRequest,
        _ params: JSONObject,
        to backend: Backend,
        headers: ParameterHeaders? = nil,
        needsTask: Bool = false,
        begun: (@Sendable (MCPTaskState) -> Void)? = nil
    ) async throws(JSONRPCFailure) -> JSONObject {
        do throws(MCPError) {
            return try await backend.forward(
                Backend.Outgoing(
                    method: request.method,
                    params: params,
                    client: request.client,
                    request: request,
                    logLevel: request.client.version.isStateless ? nil : level(of: request.client.id),
                    headers: headers,
                    needsTask: needsTask,
                    begun: begun
                )
            )
        } catch {
            let told = error.named(backend.name).told(to: request.client.caller)
            throw told.handedOn(to: request.client.version, backend.namespace)
        }
    }

    // MARK: Access

    func allows(_ entry: Catalogue.Entry, _ caller: MCPServedClient.Caller) -> Bool {
        state.withLock { $0.access.rules.isEmpty ? nil : $0.access }?.allows(entry.item, to: caller) ?? true
    }

    func allows(_ backend: Backend, _ uri: String, _ original: String, _ caller: MCPServedClient.Caller) -> Bool {
        // The label in small letters, whatever the client made of it.
        let item = MCPAccessPolicy.Item(
            server: backend.name,
            name: backend.namespace.outward(original),
            original: original
        )
        return state.withLock { $0.access }.allows(item, to: caller)
    }

    // MARK: Tools

    private func callTool(_ request: MCPServedRequest) async throws(JSONRPCFailure) -> JSONObject {
        guard let name = request.params.string("name") else {
            throw JSONRPCFailure(.invalidParams, "the call names no tool")
        }
        if options.listing != .full, let tool = LeanTool(rawValue: name) { return try await callLean(tool, request) }
        return try await callTool(name, request, request.params)
    }

    /// Calls a tool by the name that clients see.
    func callTool(_ name: String, _ request: MCPServedRequest, _ params: JSONObject) async throws(JSONRPCFailure)
        -> JSONObject
    {
        let entry = try await find(name, .tools, for: request.client.caller)
        var params = params
        params["name"] = .string(entry.original)
        var result: JSONObject
        do throws(JSONRPCFailure) {
            result = try await call(entry, request, params)
        } catch {
            guard Self.isOutdated(error, entry) else { throw error }
            // The tool is not as it was listed: which arguments stand in header fields, or that it wants a task, is known after listing.
            entry.backend.changed([.tools])
            _ = await entry.backend.list(.tools, within: entry.backend.patience)
            let known = try await find(name, .tools, for: request.client.caller)
            guard error.code == .internalError || known.needsTask != entry.needsTask else { throw error }
            result = try await call(known, request, params)
        }
        remember(tasksOf: result, request.client)
        return result
    }

    private func call(
        _ entry: Catalogue.Entry,
        _ request: MCPServedRequest,
        _ params: JSONObject
    ) async throws(JSONRPCFailure) -> JSONObject {
        if entry.needsTask, params["task"] == nil, request.client.takesTasks {
            return try await hold(entry, request, params)
        }
        return try await forward(
            request,
            params,
            to: entry.backend,
            headers: entry.headers,
            needsTask: entry.needsTask
        )
    }

    /// Whether a refusal says that the tool is no longer as it was listed.
    private static func isOutdated(_ error: JSONRPCFailure, _ entry: Catalogue.Entry) -> Bool {
        switch error.code {
        case .internalError:
            error.data?["modelplex/error"]?["failure"]?.int == JSONRPCFailure.Code.headerMismatch.rawValue
        case .methodNotFound: entry.backend.state.withLock { $0.agreement?.makesTasks ?? false }
        default: false
        }
    }

    /// The tool or prompt of a name, if the caller may use it.
    func find(
        _ name: String,
        _ kind: ListKind,
        for caller: MCPServedClient.Caller
    ) async throws(JSONRPCFailure) -> Catalogue.Entry {
        do throws(MCPError) {
            return try await locate(name, kind, for: caller)
        } catch {
            guard error.server != nil else { throw JSONRPCFailure(.invalidParams, error.message) }
            throw error.handedOn(to: .v2025_11_25)
        }
    }

    /// The tool or prompt of a name, if the caller may use it.
    ///
    /// - Throws: `MCPError` as the caller may be told it: that of the server which it would be of, or `notFound`, which then names no server.
    func locate(
        _ name: String,
        _ kind: ListKind,
        for caller: MCPServedClient.Caller
    ) async throws(MCPError) -> Catalogue.Entry {
        if let entry = known(name, kind, for: caller) { return entry }
        // Clients may know names from before.
        let likely = backends.filter { name.hasPrefix(ToolNames.mapped(.init(source: $0.name, tool: ""))) }
        let missing = await load(kind, of: likely, isPatient: true)
        if let entry = known(name, kind, for: caller) { return entry }
        // A name that was shortened need not begin with its server's.
        if missing.isEmpty {
            _ = await load(kind)
            if let entry = known(name, kind, for: caller) { return entry }
        }
        // A server that cannot be asked is not the same as one that has no such tool.
        for (backend, error) in missing {
            let item = MCPAccessPolicy.Item(server: backend.name, name: name, original: name)
            guard state.withLock({ $0.access }).allows(item, to: caller) else { continue }
            throw error.named(backend.name).toldInList(to: caller)
        }
        let text = "there is no \(kind == .tools ? "tool" : "prompt") of that name: \(String(name.prefix(128)))"
        throw MCPError(.notFound, text)
    }

    /// The schema of a tool's arguments, as far as it is known without asking the tool's server.
    public func inputSchema(of tool: String, for client: MCPServedClient) async -> JSONValue? {
        known(tool, .tools, for: client.caller)?.json["inputSchema"]
    }

    private func known(_ name: String, _ kind: ListKind, for caller: MCPServedClient.Caller) -> Catalogue.Entry? {
        let catalogue = catalogue
        guard let entry = kind == .tools ? catalogue.tool(name) : catalogue.prompt(name) else { return nil }
        return allows(entry, caller) ? entry : nil
    }

    // MARK: Prompts, resources, completions

    private func prompt(_ request: MCPServedRequest) async throws(JSONRPCFailure) -> JSONObject {
        guard let name = request.params.string("name") else {
            throw JSONRPCFailure(.invalidParams, "the request names no prompt")
        }
        let entry = try await find(name, .prompts, for: request.client.caller)
        var params = request.params
        params["name"] = .string(entry.original)
        return try await forward(request, params, to: entry.backend)
    }

    private func read(_ request: MCPServedRequest) async throws(JSONRPCFailure) -> JSONObject {
        let uri = request.params.string("uri") ?? ""
        let (backend, original) = try resource(uri, request.client)
        var params = request.params
        params["uri"] = .string(original)
        return try await forward(request, params, to: backend)
    }

    private func resource(_ uri: String, _ client: MCPServedClient) throws(JSONRPCFailure) -> (Backend, String) {
        guard let (backend, original) = backend(of: uri), allows(backend, uri, original, client.caller) else {
            throw JSONRPCFailure(
                client.version.isStateless ? .invalidParams : .resourceNotFound,
                "there is no such resource; use a URI as it is listed",
                data: ["uri": .string(uri)]
            )
        }
        return (backend, original)
    }

    private func complete(_ request: MCPServedRequest) async throws(JSONRPCFailure) -> JSONObject {
        var params = request.params
        guard var reference = params["ref"]?.object else {
            throw JSONRPCFailure(.invalidParams, "the request says not of what an argument is to be completed")
        }
        let target: Backend
        switch reference.string("type") {
        case "ref/prompt":
            let entry = try await find(reference.string("name") ?? "", .prompts, for: request.client.caller)
            reference["name"] = .string(entry.original)
            target = entry.backend
        case "ref/resource":
            let (backend, original) = try resource(reference.string("uri") ?? "", request.client)
            reference["uri"] = .string(original)
            target = backend
        default:
            throw JSONRPCFailure(.invalidParams, "arguments of prompts and resources can be completed, nothing else")
        }
        params["ref"] = .object(reference)
        return try await forward(request, params, to: target)
    }
}

extension MCPError {
    func named(_ server: String) -> MCPError {
        var error = self
        error.server = error.server ?? server
        return error
    }
}
