internal import ProviderKit
internal import TransportKit

/// Answers clients out of what the program offers itself.
final class OwnService: MCPService {
    let information: JSONObject
    let contents = Locked(OwnContents())

    private let instructions: String?
    private let pageSize: Int

    init(information: JSONObject, instructions: String?, pageSize: Int) {
        self.information = information
        self.instructions = instructions
        self.pageSize = max(pageSize, 1)
    }

    func introduction(to client: MCPServedClient) async throws(JSONRPCFailure) -> MCPIntroduction {
        MCPIntroduction(
            capabilities: [
                "tools": ["listChanged": true], "prompts": ["listChanged": true],
                "resources": ["subscribe": true, "listChanged": true], "completions": [:], "logging": [:],
            ],
            instructions: instructions
        )
    }

    func answer(_ request: MCPServedRequest) async throws(JSONRPCFailure) -> JSONObject {
        switch request.method {
        case "tools/list":
            return try list(request, "tools", contents.withLock { $0.tools }) { $0.definition.json }
        case "prompts/list":
            return try list(request, "prompts", contents.withLock { $0.prompts }) { $0.definition.json }
        case "resources/list":
            return try list(request, "resources", contents.withLock { $0.resources }) { $0.definition }
        case "resources/templates/list":
            return try list(request, "resourceTemplates", contents.withLock { $0.templates }) { $0.definition }
        case "tools/call": return try await callTool(request)
        case "prompts/get": return try await makePrompt(request)
        case "resources/read": return try await readResource(request)
        case "completion/complete": return try await complete(request)
        case "logging/setLevel": return [:]
        default: throw .unknown(request.method)
        }
    }

    func inputSchema(of tool: String, for client: MCPServedClient) async -> JSONValue? {
        contents.withLock { $0.tools[tool] }?.definition.json["inputSchema"]
    }

    private func list<Element>(
        _ request: MCPServedRequest,
        _ member: String,
        _ list: OwnContents.List<Element>,
        _ json: (Element) -> JSONObject
    ) throws(JSONRPCFailure) -> JSONObject {
        guard let page = list.page(request.params["cursor"]?.string, size: pageSize) else {
            throw JSONRPCFailure(.invalidParams, "the cursor is none of this list; begin again without one")
        }
        var result: JSONObject = [member: .array(page.elements.map { .object(json($0)) })]
        result["nextCursor"] = page.next.map { .string($0) }
        return result
    }

    // MARK: Tools

    private func callTool(_ request: MCPServedRequest) async throws(JSONRPCFailure) -> JSONObject {
        guard let name = request.params["name"]?.string, let tool = contents.withLock({ $0.tools[name] }) else {
            throw JSONRPCFailure(.invalidParams, "there is no such tool")
        }
        let arguments: JSONObject
        switch request.params["arguments"] {
        case nil, .null?: arguments = [:]
        case .object(let object)?: arguments = object
        default: throw JSONRPCFailure(.invalidParams, "the arguments are no object")
        }
        if let misfit = Self.misfit(.object(arguments), tool.validator) {
            return try Self.refused("The arguments do not fit the tool: \(misfit).", request)
        }
        do {
            let result = try await tool.call(arguments, MCPCallContext(request))
            if let output = tool.output, !result.isError,
                let misfit = Self.misfit(result.structuredContent ?? .null, output)
            {
                throw JSONRPCFailure(.internalError, "the tool's result does not fit its own schema: \(misfit)")
            }
            return result.json
        } catch let failure as JSONRPCFailure {
            throw failure
        } catch let failure as DecodingFailure {
            return try Self.refused("The arguments do not fit the tool: \(failure.explanation).", request)
        } catch {
            return MCPToolResult(text: "The tool failed: \(Self.words(of: error))", isError: true).json
        }
    }

    private static func misfit(_ value: JSONValue, _ validator: SchemaValidator?) -> String? {
        guard let validator else { return nil }
        do throws(SchemaError) {
            return try validator.violation(in: value).map { "\($0)" }
        } catch {
            return "\(error)"
        }
    }

    /// Arguments that do not fit: since 2025-11-25 the model is told, and before that whoever called.
    private static func refused(_ text: String, _ request: MCPServedRequest) throws(JSONRPCFailure) -> JSONObject {
        guard request.client.version >= .v2025_11_25 else { throw JSONRPCFailure(.invalidParams, text) }
        return MCPToolResult(text: text, isError: true).json
    }

    private static func words(of error: any Error) -> String {
        String(String(describing: error).prefix(2048))
    }

    // MARK: Prompts and resources

    private func makePrompt(_ request: MCPServedRequest) async throws(JSONRPCFailure) -> JSONObject {
        guard let name = request.params["name"]?.string, let prompt = contents.withLock({ $0.prompts[name] }) else {
            throw JSONRPCFailure(.invalidParams, "there is no such prompt")
        }
        let arguments = request.params["arguments"].strings
        let missing = prompt.definition.arguments.filter { $0.isRequired && arguments[$0.name] == nil }
        guard missing.isEmpty else {
            let names = missing.map(\.name).joined(separator: ", ")
            throw JSONRPCFailure(.invalidParams, "the prompt cannot be made without: \(names)")
        }
        return try await Self.attempt("the prompt") { try await prompt.make(arguments, MCPCallContext(request)).json }
    }

    private func readResource(_ request: MCPServedRequest) async throws(JSONRPCFailure) -> JSONObject {
        guard let uri = request.params["uri"]?.string else {
            throw JSONRPCFailure(.invalidParams, "the parameters name no uri")
        }
        guard let (resource, variables) = contents.withLock({ $0.resource(uri) }) else {
            throw JSONRPCFailure(.resourceNotFound, "there is no such resource", data: ["uri": .string(uri)])
        }
        return try await Self.attempt("the resource") {
            resource.result(of: try await resource.read(variables, uri, MCPCallContext(request)), uri)
        }
    }

    private func complete(_ request: MCPServedRequest) async throws(JSONRPCFailure) -> JSONObject {
        let reference = request.params["ref"]
        guard let argument = request.params["argument"]?["name"]?.string,
            let completions = completions(of: reference)
        else {
            throw JSONRPCFailure(.invalidParams, "there is no such prompt or template, or no argument is named")
        }
        let value = request.params["argument"]?["value"]?.string ?? ""
        let others = request.params["context"]?["arguments"].strings ?? [:]
        guard let completer = completions[argument] else { return ["completion": ["values": [], "hasMore": false]] }
        return try await Self.attempt("the completion") {
            let values = try await completer(value, others)
            return [
                "completion": [
                    "values": .array(values.prefix(100).map { .string($0) }),
                    "total": .number(JSONNumber(values.count)), "hasMore": .bool(values.count > 100),
                ]
            ]
        }
    }

    private func completions(of reference: JSONValue?) -> [String: MCPCompleter]? {
        switch reference?["type"]?.string {
        case "ref/prompt":
            reference?["name"]?.string.flatMap { name in contents.withLock { $0.prompts[name]?.completions } }
        case "ref/resource":
            reference?["uri"]?.string.flatMap { uri in
                contents.withLock { $0.templates[uri]?.completions ?? $0.resources[uri]?.completions }
            }
        default: nil
        }
    }

    private static func attempt(
        _ what: String,
        _ body: () async throws -> JSONObject
    ) async throws(JSONRPCFailure) -> JSONObject {
        do {
            return try await body()
        } catch let failure as JSONRPCFailure {
            throw failure
        } catch {
            throw JSONRPCFailure(.internalError, "\(what) failed: \(words(of: error))")
        }
    }

    // MARK: Changes

    func subscribe(
        to filter: MCPChangeFilter,
        for client: MCPServedClient,
        _ deliver: @escaping @Sendable (MCPChange) -> Void
    ) async throws(JSONRPCFailure) -> MCPSubscription {
        let number = contents.withLock { $0.subscribe(OwnContents.Subscriber(filter: filter, deliver: deliver)) }
        return MCPSubscription(filter: filter) { [self] in contents.withLock { $0.unsubscribe(number) } }
    }

    /// Changes what is offered, and tells whom it concerns.
    func change(_ body: @Sendable (inout OwnContents) -> MCPChange?) {
        let (change, listeners) = contents.withLock { contents -> (MCPChange?, [@Sendable (MCPChange) -> Void]) in
            let change = body(&contents)
            return (change, change.map { contents.listeners(to: $0) } ?? [])
        }
        guard let change else { return }
        for deliver in listeners { deliver(change) }
    }
}

extension JSONValue? {
    /// The members that are text.
    fileprivate var strings: [String: String] {
        var strings: [String: String] = [:]
        for member in self?.object?.members ?? [] { strings[member.name] = member.value.string }
        return strings
    }
}
