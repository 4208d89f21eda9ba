internal import TransportKit

extension ToolFigures {
    /// The most servers that are labels of metrics; the others are counted together.
    static let maximumLabels = 256

    /// What the operator's status says.
    var json: JSONValue {
        [
            "sessions": .number(JSONNumber(sessions)),
            "servers": .array(
                servers.map { server in
                    var object: JSONObject = [
                        "name": .string(server.name), "state": .string(server.state),
                        "restarts": .number(JSONNumber(server.restarts)),
                        "calls": .object(
                            JSONObject(server.calls.sorted { $0.key < $1.key }.map { ($0, .number(JSONNumber($1))) })
                        ),
                    ]
                    object["problem"] = server.problem.map { .string($0) }
                    return .object(object)
                }
            ),
        ]
    }
}

extension MetricsText {
    /// Writes what the tool service has done and holds.
    mutating func append(_ tools: ToolFigures) {
        single("modelplex_mcp_sessions", .gauge, "MCP clients that have a session.", String(tools.sessions))
        guard !tools.servers.isEmpty else { return }
        let calls = "modelplex_mcp_calls_total"
        family(calls, .counter, "Calls of tools, by server and what came of them.")
        for server in tools.labelled {
            for (outcome, count) in server.calls.sorted(by: { $0.key < $1.key }) {
                sample(calls, ["server": server.name, "outcome": outcome], String(count))
            }
        }
        let restarts = "modelplex_mcp_restarts_total"
        family(restarts, .counter, "Times that MCP servers were started or connected to again.")
        for server in tools.labelled { sample(restarts, ["server": server.name], String(server.restarts)) }
        let state = "modelplex_mcp_server_state"
        family(state, .gauge, "The state of each MCP server; 1 for the one it is in.")
        for server in tools.labelled { sample(state, ["server": server.name, "state": server.state], "1") }
    }
}

extension ToolFigures {
    fileprivate var labelled: [Server] {
        guard servers.count > Self.maximumLabels else { return servers }
        var other = Server(name: "other", state: "other")
        for server in servers[Self.maximumLabels...] {
            other.restarts += server.restarts
            other.calls.merge(server.calls) { $0 + $1 }
        }
        return servers[..<Self.maximumLabels] + [other]
    }
}
