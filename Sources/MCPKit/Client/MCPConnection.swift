internal import TransportKit

/// A connection whose client and server have agreed on a version.
final class MCPConnection: Sendable {
    let session: MCPSession
    let agreement: Agreement
    let memory: EraDetection.Memory
    /// What every request carries in the stateless era.
    let metadata: JSONObject
    /// The tools as they were last listed, by name: their schemas check calls and results.
    let tools = Locked<[String: KnownTool]>([:])
    /// Whether calls of tools can be made tasks by the client, as 2025-11-25 has it.
    let makesTasks: Bool

    init(_ session: MCPSession, _ agreement: Agreement, memory: EraDetection.Memory, metadata: JSONObject) {
        self.session = session
        self.agreement = agreement
        self.memory = memory
        self.metadata = metadata
        makesTasks = agreement.makesTasks
    }

    var version: ProtocolVersion { agreement.version }

    /// Whether tasks can be taken back.
    var cancelsTasks: Bool { version.isStateless || agreement.capabilities["tasks"]?["cancel"]?.object != nil }

    /// Whether the server offers something, by the name of its capability.
    func offers(_ capability: String) -> Bool { agreement.capabilities[capability] != nil }

    /// Sends a request with what the version wants beside the parameters.
    func request(
        _ method: String,
        _ params: JSONObject,
        options: MCPRequestOptions,
        parameterFields: [(name: String, value: String)] = []
    ) async throws(MCPError) -> JSONObject {
        let result = try await session.request(
            method,
            whole(params),
            options: options,
            context: MessageContext(version: version, parameterFields: parameterFields)
        )
        guard case .object(let object) = result else {
            throw MCPError(
                .protocolViolation,
                "the result of \(method) is \(result.kindDescription) instead of an object"
            )
        }
        return object
    }

    func notify(_ method: String, _ params: JSONObject) async throws(MCPError) {
        try await session.notify(
            method,
            params.isEmpty ? nil : .object(params),
            context: MessageContext(version: version)
        )
    }

    private func whole(_ params: JSONObject) -> JSONValue? {
        guard version.isStateless else { return params.isEmpty ? nil : .object(params) }
        var params = params
        guard let own = params["_meta"]?.object else {
            params["_meta"] = .object(metadata)
            return .object(params)
        }
        var merged = metadata
        for member in own.members { merged[member.name] = member.value }
        params["_meta"] = .object(merged)
        return .object(params)
    }
}

/// A tool with its schemas made ready.
struct KnownTool: Sendable {
    var tool: MCPTool
    /// Checks results; `nil` if there is no schema or it cannot be used.
    var output: SchemaValidator?
    /// Which arguments stand in header fields too.
    var headers: ParameterHeaders?

    init(_ tool: MCPTool) {
        self.tool = tool
        output = tool.outputSchema.flatMap { try? SchemaValidator($0) }
        headers = try? ParameterHeaders(schema: tool.inputSchema)
    }
}
