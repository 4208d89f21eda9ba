internal import GatewayKit
internal import MCPKit
internal import ProviderKit
internal import TransportKit

// Servers are listed, added, changed, taken out, and switched on and off.
extension ToolGateway {
    func listServers() async throws(ToolRefusal) -> GatewayResponse {
        let states = await states()
        let members = try await members().map { $0.json(state: states[$0.name]) }
        return Self.response(["servers": .array(members)])
    }

    func addServer(_ body: [UInt8]) async throws(ToolRefusal) -> GatewayResponse {
        var settings = try Self.object(body)
        guard let name = settings.removeValue(forName: "name")?.string, !name.isEmpty else {
            throw ToolRefusal(
                status: 400,
                code: "invalid_request",
                message: "\"name\" is missing; give the server a name and a command or a url"
            )
        }
        let isEnabled = try Self.enabled(&settings) ?? true
        let isNew = try await Self.changing { () async throws(PlexError) in
            try await directory.add(name, settings, isEnabled: isEnabled)
        }
        guard isNew else {
            if try await require(name).source == .configuration {
                throw ToolRefusal(
                    status: 409,
                    code: "configured_server",
                    message:
                        "there is an MCP server \"\(name)\" in the configuration; give this one another name, or change that one there and send SIGHUP"
                )
            }
            throw ToolRefusal(
                status: 409,
                code: "server_exists",
                message: "there is an MCP server \"\(name)\" already; change it with PUT /mcp/servers/\(name)"
            )
        }
        await refresh()
        return try await show(name, status: 201)
    }

    func changeServer(_ name: String, _ body: [UInt8]) async throws(ToolRefusal) -> GatewayResponse {
        var settings = try Self.object(body)
        if let given = settings.removeValue(forName: "name"), given.string != name {
            throw ToolRefusal(
                status: 400,
                code: "invalid_request",
                message: "\"name\" is not the server's; a server keeps its name: add another one and take this one out"
            )
        }
        try await requireListed(name)
        let isEnabled = try Self.enabled(&settings)
        _ = try await Self.changing { () async throws(PlexError) in
            try await directory.update(name, settings, isEnabled: isEnabled)
        }
        await refresh()
        return try await show(name)
    }

    func removeServer(_ name: String) async throws(ToolRefusal) -> GatewayResponse {
        try await requireListed(name)
        _ = try await Self.changing { () async throws(PlexError) in try await directory.remove(name) }
        await refresh()
        return GatewayResponse(status: 204)
    }

    func setEnabled(_ isEnabled: Bool, _ name: String) async throws(ToolRefusal) -> GatewayResponse {
        let member = try await require(name)
        if isEnabled, member.source == .configuration, member.settings?.isEnabled == false {
            throw ToolRefusal(
                status: 409,
                code: "disabled_by_configuration",
                message: "MCP server \"\(name)\" is switched off in the configuration; take enabled = false out there"
            )
        }
        try await Self.changing { () async throws(PlexError) in try await directory.setEnabled(isEnabled, for: name) }
        await refresh()
        return try await show(name)
    }

    func show(_ name: String, status: Int = 200) async throws(ToolRefusal) -> GatewayResponse {
        let member = try await require(name)
        return Self.response(.object(member.json(state: await states()[name]).object ?? [:]), status: status)
    }

    private func require(_ name: String) async throws(ToolRefusal) -> ToolDirectory.Member {
        let members = try await members()
        guard let member = members.first(where: { $0.name == name }) else {
            throw Self.unknown(name, among: members.map(\.name))
        }
        return member
    }

    private func requireListed(_ name: String) async throws(ToolRefusal) {
        guard try await require(name).source == .configuration else { return }
        throw ToolRefusal(
            status: 409,
            code: "configured_server",
            message: "MCP server \"\(name)\" stands in the configuration; change it there and send SIGHUP"
        )
    }

    private func members() async throws(ToolRefusal) -> [ToolDirectory.Member] {
        do {
            return try await directory.members()
        } catch {
            throw ToolRefusal(status: 500, code: "server_list", message: error.message)
        }
    }

    private static func changing<Value>(
        _ change: () async throws(PlexError) -> Value
    ) async throws(ToolRefusal) -> Value {
        do {
            return try await change()
        } catch {
            throw ToolRefusal(status: 400, code: "invalid_server", message: error.message)
        }
    }

    private static func enabled(_ settings: inout JSONObject) throws(ToolRefusal) -> Bool? {
        guard let value = settings.removeValue(forName: "enabled") else { return nil }
        guard case .bool(let isEnabled) = value else {
            throw ToolRefusal(status: 400, code: "invalid_request", message: "\"enabled\" is true or false")
        }
        return isEnabled
    }
}

extension ToolDirectory.Member {
    /// The server for programs: where its secrets are, and never what they are.
    func json(state: String?) -> JSONValue {
        var object: JSONObject = ["name": .string(name), "enabled": .bool(isEnabled)]
        switch source {
        case .configuration:
            object["source"] = "configuration"
            // Arguments and queries of the configuration may hold what a variable had.
            switch settings?.transport {
            case .command(let program, _, let environment):
                object["command"] = .string(program)
                object["env"] = Self.references(environment)
            case .url(let url, let headers):
                object["url"] = .string(String(url.prefix { $0 != "?" }))
                object["headers"] = Self.references(headers)
            default: break
            }
        case .list(let entry):
            object["source"] = .string(entry.origin.rawValue)
            for member in entry.settings.members { object[member.name] = member.value }
            object["created"] = .number(JSONNumber(Int(entry.created)))
            object["changed"] = .number(JSONNumber(Int(entry.changed)))
        }
        object["state"] = .string(isEnabled ? state ?? (problem == nil ? "idle" : "unusable") : "disabled")
        object["problem"] = problem.map { .string($0) }
        return .object(object)
    }

    private static func references(_ credentials: [String: PlexConfiguration.Credential]) -> JSONValue? {
        guard !credentials.isEmpty else { return nil }
        return .object(
            JSONObject(
                credentials.sorted { $0.key < $1.key }.map { name, credential in
                    let shown =
                        switch credential {
                        case .store(let entry), .stored(_, let entry), .login(_, let entry): "store:\(entry)"
                        case .file(_, let path): "file:\(path)"
                        default: "(set)"
                        }
                    return (name, .string(shown))
                }
            )
        )
    }
}
