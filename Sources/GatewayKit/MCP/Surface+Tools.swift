extension Surface {
    /// The paths of tools.
    static var tools: [GatewayRoute] { passThrough + plainTools + administration }

    private static let protocolFailures = [404, 405, 406, 409, 415, 500, 502, 504]
    private static let callFailures = [404, 409, 415, 500, 502, 504]
    private static let administrationFailures = [404, 409, 415, 500]

    private static var passThrough: [GatewayRoute] {
        let endpoint = ToolEndpoint { _ in .endpoint }
        return [
            GatewayRoute(method: "POST", path: "/mcp", endpoint: endpoint) {
                [
                    described(
                        "Takes messages of the Model Context Protocol",
                        [
                            answer(200, "The answers", .json("RPCAnswer"), .events),
                            answer(202, "There is nothing to answer"),
                        ],
                        taking: [.json("RPCMessages")]
                    )
                ]
            },
            GatewayRoute(method: "GET", path: "/mcp", endpoint: endpoint) {
                [
                    described(
                        "Opens a session's stream of what its servers say of themselves",
                        [answer(200, "The stream", .events)]
                    )
                ]
            },
            GatewayRoute(method: "DELETE", path: "/mcp", endpoint: endpoint) {
                [described("Ends a session of the Model Context Protocol", [answer(200, "It has ended")])]
            },
        ]
    }

    private static func answer(
        _ status: Int,
        _ text: String,
        _ contents: OperationDescription.Content...
    ) -> OperationDescription.Answer {
        OperationDescription.Answer(status: status, text: text, contents: contents)
    }

    /// An operation of the protocol itself, whose errors are those of JSON-RPC.
    private static func described(
        _ summary: String,
        _ answers: [OperationDescription.Answer],
        taking request: [OperationDescription.Content] = []
    ) -> OperationDescription {
        // Which types are accepted no parameter may say (OpenAPI 3.1, Parameter Object).
        let fields = [
            ("mcp-session-id", "The session, where there is one"),
            ("mcp-protocol-version", "The protocol's version, once it is agreed upon"),
        ]
        let parameters = fields.map { name, text in
            OperationDescription.Parameter(name: name, place: .header, text: text)
        }
        return OperationDescription(
            tag: .tools,
            summary: summary,
            parameters: parameters,
            request: request,
            answers: answers,
            failures: protocolFailures,
            failure: "RPCError"
        )
    }

    private static var plainTools: [GatewayRoute] {
        [
            GatewayRoute(method: "GET", path: "/mcp/v1/tools", endpoint: ToolEndpoint { _ in .tools }) {
                [.reading(.tools, "Lists all tools by the names to call", failures: [404], .json("ToolList"))]
            },
            GatewayRoute(
                method: "POST",
                path: "/mcp/v1/tools/{tool}/call",
                endpoint: ToolEndpoint(path: Self.called)
            ) {
                [call("Calls a tool", .json("ToolCall"))]
            },
            GatewayRoute(method: "GET", path: "/mcp/tools", endpoint: ToolEndpoint { _ in .servedTools }) {
                [.reading(.tools, "Lists the tools by server", failures: [404], .json("ToolsByServer"))]
            },
            GatewayRoute(
                method: "POST",
                path: "/mcp/tools/{server}/{tool}",
                endpoint: ToolEndpoint(path: Self.calledAt)
            ) {
                [call("Calls a server's tool by its own name", .json("ToolArguments"))]
            },
        ]
    }

    private static func call(_ summary: String, _ request: OperationDescription.Content) -> OperationDescription {
        OperationDescription(
            tag: .tools,
            summary: summary,
            request: [request],
            needsBody: false,
            answers: [answer(200, "What the tool gave, which may be an error of its own", .json("ToolResult"))],
            failures: callFailures
        )
    }

    private static var administration: [GatewayRoute] {
        let servers = ToolEndpoint(path: { _ in .servers }, administers: true)
        let server = ToolEndpoint(path: Self.administered, administers: true)
        return [
            GatewayRoute(method: "GET", path: "/mcp/servers", audience: .hosts, endpoint: servers) {
                [administers("Lists the servers", answer(200, "The servers", .json("ToolServers")))]
            },
            GatewayRoute(method: "POST", path: "/mcp/servers", audience: .hosts, endpoint: servers) {
                [
                    administers(
                        "Adds a server",
                        answer(201, "The new server", .json("ToolServer")),
                        taking: [.json("NewToolServer")]
                    )
                ]
            },
            GatewayRoute(method: "GET", path: "/mcp/servers/{server}", audience: .hosts, endpoint: server) {
                [administers("Shows a server", answer(200, "The server", .json("ToolServer")))]
            },
            GatewayRoute(method: "PUT", path: "/mcp/servers/{server}", audience: .hosts, endpoint: server) {
                [
                    administers(
                        "Changes a server that was added",
                        answer(200, "The server", .json("ToolServer")),
                        taking: [.json("ToolServerSettings")]
                    )
                ]
            },
            GatewayRoute(method: "DELETE", path: "/mcp/servers/{server}", audience: .hosts, endpoint: server) {
                [administers("Takes a server out that was added", answer(204, "It is taken out"))]
            },
            GatewayRoute(
                method: "POST",
                path: "/mcp/servers/{server}",
                audience: .hosts,
                endpoint: ToolEndpoint(path: Self.switched, administers: true)
            ) {
                ["enable", "disable"].map { word in
                    let summary = "Switches a server \(word == "enable" ? "on" : "off")"
                    var operation = administers(summary, answer(200, "The server", .json("ToolServer")))
                    operation.ending = "/\(word)"
                    return operation
                }
            },
        ]
    }

    private static func administers(
        _ summary: String,
        _ answer: OperationDescription.Answer,
        taking request: [OperationDescription.Content] = []
    ) -> OperationDescription {
        OperationDescription(
            tag: .tools,
            summary: summary,
            request: request,
            answers: [answer],
            failures: administrationFailures
        )
    }

    // MARK: Parameters

    private static func called(_ parameter: String) -> ToolRequest.Path? {
        guard parameter.hasSuffix("/call") else { return nil }
        let tool = parameter.dropLast("/call".count)
        return tool.isEmpty ? nil : .call(tool: String(tool))
    }

    private static func calledAt(_ parameter: String) -> ToolRequest.Path? {
        // A tool's own name may hold slashes, a server's does not.
        let parts = parameter.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
        return .callAt(server: String(parts[0]), tool: String(parts[1]))
    }

    private static func administered(_ parameter: String) -> ToolRequest.Path? {
        parameter.contains("/") ? nil : .server(parameter)
    }

    private static func switched(_ parameter: String) -> ToolRequest.Path? {
        let parts = parameter.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, ["enable", "disable"].contains(parts[1]) else { return nil }
        return .setEnabled(String(parts[0]), parts[1] == "enable")
    }
}
