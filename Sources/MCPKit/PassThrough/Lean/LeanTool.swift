internal import TransportKit

/// The tools that stand for all others where there are too many to define each to a model.
enum LeanTool: String, CaseIterable, Sendable {
    case search = "search_tools"
    case describe = "describe_tool"
    case call = "call_tool"

    /// What clients are told of it.
    var definition: JSONObject {
        let name: JSONValue = ["type": "string", "description": "A name as search_tools gives it"]
        switch self {
        case .search:
            let text = "Finds tools by what they do. Answers with names, arguments and what each does, the best first."
            return define(
                "\(text) Search before you say that something cannot be done.",
                [
                    "query": ["type": "string", "description": "Words for what is to be done"],
                    "limit": ["type": "integer", "minimum": 1, "maximum": 50, "default": 10],
                ],
                required: "query"
            )
        case .describe:
            return define(
                "Gives a tool's whole definition, with the schema of its arguments.",
                ["name": name],
                required: "name"
            )
        case .call:
            return define(
                "Calls a tool that search_tools has found.",
                [
                    "name": name,
                    "arguments": ["type": "object", "description": "The tool's arguments, by its schema"],
                ],
                required: "name"
            )
        }
    }

    private func define(_ description: String, _ properties: JSONObject, required: String) -> JSONObject {
        var definition: JSONObject = [
            "name": .string(rawValue), "description": .string(description),
            "inputSchema": [
                "type": "object", "properties": .object(properties), "required": [.string(required)],
            ],
        ]
        if self != .call { definition["annotations"] = ["readOnlyHint": true, "openWorldHint": false] }
        return definition
    }
}

extension MCPProxy {
    /// Whether a client with so many tools is shown three of them instead.
    func isLean(_ count: Int) -> Bool {
        switch options.listing {
        case .full: false
        case .lean: true
        case .automatic(let most): count > most
        }
    }

    func callLean(_ tool: LeanTool, _ request: MCPServedRequest) async throws(JSONRPCFailure) -> JSONObject {
        let arguments = request.params["arguments"]?.object ?? [:]
        switch tool {
        case .search:
            guard let query = arguments.string("query") else {
                return Self.text("Give words to search for as \"query\".", isError: true)
            }
            return await search(query, min(50, max(1, arguments["limit"]?.int ?? 10)), for: request.client.caller)
        case .describe:
            let entry = try await find(arguments.string("name") ?? "", .tools, for: request.client.caller)
            var bytes: [UInt8] = []
            bytes.append(json: .object(entry.json))
            return Self.text(String(decoding: bytes, as: UTF8.self))
        case .call:
            var params = request.params
            guard let given = Self.object(arguments["arguments"]) else {
                return Self.text("Give the tool's arguments as \"arguments\", a JSON object.", isError: true)
            }
            params["arguments"] = .object(given)
            return try await callTool(arguments.string("name") ?? "", request, params)
        }
    }

    /// The arguments that a model wrote: an object, or the text of one, which models often take for the same.
    private static func object(_ arguments: JSONValue?) -> JSONObject? {
        switch arguments {
        case nil, .null?: [:]
        case .string(let text)?: (try? JSONValue(parsing: text))?.object
        case let value?: value.object
        }
    }

    private func search(_ query: String, _ limit: Int, for caller: MCPServedClient.Caller) async -> JSONObject {
        let failures = await load(.tools)
        let entries = visible(.tools, for: caller, without: failures)
        let found = ToolSearch(entries.map(\.json)).best(query, limit: limit)
        var lines = found.map { Self.line(entries[$0].json) }
        if lines.isEmpty { lines = ["None of \(entries.count) tools fits. Try other words."] }
        for (backend, _) in failures { lines.append("(The tools of \(backend.name) are not available now.)") }
        return Self.text(lines.joined(separator: "\n"))
    }

    /// A tool in one line: its name, its arguments, and the first sentence about it.
    private static func line(_ tool: JSONObject) -> String {
        let required = Set(tool["inputSchema"]?["required"]?.array?.compactMap(\.string) ?? [])
        let arguments = (tool["inputSchema"]?["properties"]?.object?.members ?? []).map { member in
            let type = member.value["type"]?.string.map { ": \($0)" } ?? ""
            return "\(member.name)\(required.contains(member.name) ? "" : "?")\(type)"
        }
        let words = (tool.string("description") ?? tool.string("title") ?? "").split(whereSeparator: \.isWhitespace)
        let end = words.firstIndex { $0.hasSuffix(".") } ?? words.endIndex - 1
        let sentence = words.prefix(end + 1).joined(separator: " ")
        return "\(tool.string("name") ?? "")(\(arguments.joined(separator: ", "))): \(sentence.prefix(200))"
    }

    private static func text(_ text: String, isError: Bool = false) -> JSONObject {
        var result: JSONObject = ["content": [["type": "text", "text": .string(text)]]]
        if isError { result["isError"] = true }
        return result
    }
}
