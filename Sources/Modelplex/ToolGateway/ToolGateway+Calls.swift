internal import GatewayKit
internal import MCPKit
internal import ProviderKit
internal import TransportKit

// Tools for callers who speak plain HTTP.
extension ToolGateway {
    func listTools(_ caller: MCPServedClient.Caller) async -> GatewayResponse {
        let tools = await proxy.tools(for: caller)
        return Self.response([
            "tools": .array(tools.tools.map(\.json)),
            "failures": .array(
                tools.unavailable.map { error in
                    ["server": error.server.map { .string($0) } ?? .null, "error": Self.told(error, caller)]
                } + (caller.isGuest ? [] : unusable)
            ),
        ])
    }

    /// The servers that cannot even be tried as they are configured.
    private var unusable: [JSONValue] {
        let known = known
        return known.names.compactMap { name in
            known.problems[name].map { ["server": .string(name), "error": Self.misconfigured($0)] }
        }
    }

    private static func misconfigured(_ problem: String) -> JSONValue {
        ["code": "configuration", "message": .string(problem)]
    }

    func listToolsByServer(_ caller: MCPServedClient.Caller) async -> GatewayResponse {
        let tools = await proxy.tools(for: caller)
        let states = await states()
        let known = known
        let servers = known.names.compactMap { name -> JSONValue? in
            let own = tools.tools.filter { $0.server == name }
            let error = tools.unavailable.first { $0.server == name }
            // Guests are told of servers of which they get something, or would, and not of what else there is.
            guard !caller.isGuest || !own.isEmpty || error != nil else { return nil }
            var server: JSONObject = ["name": .string(name)]
            server["state"] = .string(states[name] ?? (known.disabled.contains(name) ? "disabled" : "unusable"))
            server["tools"] = .array(own.map(\.ownJSON))
            if !caller.isGuest, let problem = known.problems[name] {
                server["error"] = Self.misconfigured(problem)
            } else if let error {
                server["error"] = Self.told(error, caller)
            }
            return .object(server)
        }
        return Self.response(["servers": .array(servers)])
    }

    func call(_ tool: String, _ request: ToolRequest) async throws(ToolRefusal) -> GatewayResponse {
        let body = try Self.object(request.request.body)
        guard body.names.allSatisfy({ $0 == "arguments" || $0 == "_meta" || $0 == "name" }) else {
            throw ToolRefusal(
                status: 400,
                code: "invalid_request",
                message: #"expected {"arguments": {…}} as the body, with what the tool is given"#
            )
        }
        guard let arguments = (body["arguments"] ?? [:]).object else {
            throw ToolRefusal(status: 400, code: "invalid_request", message: #""arguments" has to be an object"#)
        }
        do throws(MCPError) {
            let result = try await proxy.call(named: tool, arguments: arguments, for: request.caller)
            return Self.response(.object(result.json))
        } catch {
            throw refusal(error, request.caller)
        }
    }

    func call(_ tool: String, of server: String, _ request: ToolRequest) async throws(ToolRefusal) -> GatewayResponse {
        let known = known
        guard known.names.contains(server) else { throw await unknown(server, for: request.caller) }
        if !request.caller.isGuest {
            if known.disabled.contains(server) {
                throw ToolRefusal(
                    status: 409,
                    code: "server_disabled",
                    message:
                        "MCP server \"\(server)\" is switched off; POST /mcp/servers/\(server)/enable switches it on"
                )
            }
            if let problem = known.problems[server] {
                throw ToolRefusal(status: 502, code: "server_unavailable", message: problem)
            }
        }
        let arguments = try Self.object(request.request.body)
        do throws(MCPError) {
            let result = try await proxy.call(tool, of: server, arguments: arguments, for: request.caller)
            return Self.response(.object(result.json))
        } catch {
            // Which of the servers that a guest may not use there are is no guest's business.
            let isUnknown = error.code == .notFound && request.caller.isGuest
            if isUnknown, await !visible(to: request.caller).contains(server) {
                throw await unknown(server, for: request.caller)
            }
            throw refusal(error, request.caller)
        }
    }

    /// The servers that a caller gets something of, or would if they answered.
    private func visible(to caller: MCPServedClient.Caller) async -> [String] {
        guard caller.isGuest else { return known.names }
        let tools = await proxy.tools(for: caller)
        return Set(tools.tools.map(\.server) + tools.unavailable.compactMap(\.server)).sorted()
    }

    private func unknown(_ server: String, for caller: MCPServedClient.Caller) async -> ToolRefusal {
        Self.unknown(server, among: await visible(to: caller))
    }

    // MARK: Errors

    private func refusal(_ error: MCPError, _ caller: MCPServedClient.Caller) -> ToolRefusal {
        let (status, code): (Int, String) =
            switch error.code {
            case .notFound: (404, "tool_not_found")
            case .timeout: (504, "timeout")
            case .cancelled: (503, "cancelled")
            case .invalidArguments: (400, "invalid_arguments")
            case .tooLarge: (413, "too_large")
            case .limit: (503, "server_unavailable")
            case .authorization: (502, "server_authorization")
            case .request where error.failure?.code == .invalidParams: (400, "invalid_arguments")
            case .request where error.failure?.code == .methodNotFound: (404, "tool_not_found")
            case .request: (502, "tool_failed")
            case .launch, .connection, .closed, .configuration: (502, "server_unavailable")
            default: (502, "server_error")
            }
        var refusal = ToolRefusal(status: status, code: code, message: Self.message(error, caller))
        refusal.retryAfter = error.retryAfter ?? (error.code == .limit ? .seconds(1) : nil)
        if !caller.isGuest, error.code == .request, let failure = error.failure {
            refusal.details = ["mcp_error": Self.written(failure)]
        }
        return refusal
    }

    /// A server's error as it came; data that is larger than any program needs is left out.
    private static func written(_ failure: JSONRPCFailure) -> JSONValue {
        var written: JSONObject = ["code": .number(JSONNumber(failure.code.rawValue))]
        if let data = failure.data, data.serialized.count <= 65_536 { written["data"] = data }
        return .object(written)
    }

    /// An error in the form of the gateway's errors.
    private static func told(_ error: MCPError, _ caller: MCPServedClient.Caller) -> JSONValue {
        ["code": .string(error.code.rawValue), "message": .string(message(error.toldInList(to: caller), caller))]
    }

    private static func message(_ error: MCPError, _ caller: MCPServedClient.Caller) -> String {
        if error.code == .request, let failure = error.failure { return "the server says: \(failure.message)" }
        return error.told(to: caller).description
    }

    static func unknown(_ server: String, among names: [String]) -> ToolRefusal {
        let there = names.isEmpty ? "there is none" : "there are \(names.joined(separator: ", "))"
        return ToolRefusal(
            status: 404,
            code: "server_not_found",
            message: "there is no MCP server \"\(server)\"; \(there)"
        )
    }

    // MARK: Bodies

    static func object(_ body: [UInt8]) throws(ToolRefusal) -> JSONObject {
        guard !body.isEmpty else { return [:] }
        do {
            if let object = try JSONValue(parsing: body).object { return object }
        } catch {
            throw ToolRefusal(status: 400, code: "invalid_json", message: "the body is not JSON: \(error)")
        }
        throw ToolRefusal(status: 400, code: "invalid_json", message: "the body has to be a JSON object")
    }

    static func response(_ json: JSONValue, status: Int = 200) -> GatewayResponse {
        GatewayResponse(status: status, fields: ["content-type": "application/json"], body: .bytes(json.serialized))
    }
}

extension MCPProxy.Tools.Entry {
    /// The tool under the name by which it is called here.
    fileprivate var json: JSONValue {
        var json = tool.json
        json["name"] = .string(name)
        json["server"] = .string(server)
        json["tool"] = .string(tool.name)
        return .object(json)
    }

    /// The tool under its server's own name.
    fileprivate var ownJSON: JSONValue {
        var json = tool.json
        json["qualified_name"] = .string(name)
        return .object(json)
    }
}
