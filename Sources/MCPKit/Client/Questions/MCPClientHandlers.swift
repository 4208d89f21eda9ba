public import TransportKit

/// What a client does for a server that asks it; what is `nil` is not offered to servers.
public struct MCPClientHandlers: Sendable {
    /// The folders that the server may work in.
    public var roots: (@Sendable () async -> [MCPRoot])?
    /// Asks a model for the server.
    public var sampling: (@Sendable (MCPSamplingRequest) async throws -> MCPSamplingResult)?
    /// Whether ``sampling`` takes tools.
    public var samplesWithTools: Bool
    /// Asks the user something for the server.
    public var elicitation: (@Sendable (MCPElicitation) async -> MCPElicitation.Answer)?
    /// Whether ``elicitation`` can also lead the user to a URL.
    public var elicitsByURL: Bool
    /// Hears what the server logs, on the session's event loop; must not block.
    public var log: (@Sendable (MCPLogEntry) -> Void)?
    /// Hears of every other notification, on the session's event loop; must not block.
    public var notification: (@Sendable (_ method: String, _ params: JSONValue?) -> Void)?
    /// Takes the place of all others for a client that only hands on what others say.
    var relay: MCPRelay?

    /// Makes handlers.
    public init(
        roots: (@Sendable () async -> [MCPRoot])? = nil,
        sampling: (@Sendable (MCPSamplingRequest) async throws -> MCPSamplingResult)? = nil,
        samplesWithTools: Bool = false,
        elicitation: (@Sendable (MCPElicitation) async -> MCPElicitation.Answer)? = nil,
        elicitsByURL: Bool = false,
        log: (@Sendable (MCPLogEntry) -> Void)? = nil,
        notification: (@Sendable (_ method: String, _ params: JSONValue?) -> Void)? = nil
    ) {
        self.roots = roots
        self.sampling = sampling
        self.samplesWithTools = samplesWithTools
        self.elicitation = elicitation
        self.elicitsByURL = elicitsByURL
        self.log = log
        self.notification = notification
    }
}

extension MCPClientHandlers {
    /// What the client can, as a version of the protocol says it.
    func capabilities(at version: ProtocolVersion) -> JSONObject {
        if let relay { return relay.capabilities(version) }
        var capabilities: JSONObject = [:]
        if roots != nil {
            capabilities["roots"] = version.isStateless ? [:] : ["listChanged": true]
        }
        if sampling != nil {
            capabilities["sampling"] = samplesWithTools && version >= .v2025_11_25 ? ["tools": [:]] : [:]
        }
        if elicitation != nil, version >= .v2025_06_18 {
            var modes: JSONObject = [:]
            if version >= .v2025_11_25 {
                modes["form"] = [:]
                if elicitsByURL { modes["url"] = [:] }
            }
            capabilities["elicitation"] = .object(modes)
        }
        // Before, what a client declares of tasks is about those of its own.
        if version.isStateless { capabilities["extensions"] = ["io.modelcontextprotocol/tasks": [:]] }
        return capabilities
    }

    /// Answers a request of the server.
    func answer(_ method: String, _ params: JSONValue?, server: String) async -> Result<JSONValue, JSONRPCFailure> {
        if let relay { return await relay.request(method, params) }
        let result = await answerOnly(method, params, server: server)
        // What belongs to a task says so, in both directions.
        guard let task = params?["_meta"]?[Self.relatedTask], case .success(.object(var object)) = result else {
            return result
        }
        var metadata = object["_meta"]?.object ?? [:]
        metadata[Self.relatedTask] = task
        object["_meta"] = .object(metadata)
        return .success(.object(object))
    }

    private static let relatedTask = "io.modelcontextprotocol/related-task"

    private func answerOnly(
        _ method: String,
        _ params: JSONValue?,
        server: String
    ) async -> Result<JSONValue, JSONRPCFailure> {
        switch method {
        case "roots/list":
            guard let roots else { break }
            return .success(["roots": .array(await roots().map { .object($0.json) })])
        case "sampling/createMessage":
            guard let sampling else { break }
            return await sample(MCPSamplingRequest(server: server, json: params?.object ?? [:]), sampling)
        case "elicitation/create":
            guard let elicitation else { break }
            let request = MCPElicitation(server: server, json: params?.object ?? [:])
            guard request.isOffered(byURL: elicitsByURL) else {
                return .failure(JSONRPCFailure(.invalidParams, "the client does not offer this mode of elicitation"))
            }
            return request.checked(await elicitation(request))
        default: break
        }
        return .failure(JSONRPCFailure(.methodNotFound, "the client does not offer \(method)"))
    }

    private func sample(
        _ request: MCPSamplingRequest,
        _ sampling: @Sendable (MCPSamplingRequest) async throws -> MCPSamplingResult
    ) async -> Result<JSONValue, JSONRPCFailure> {
        if let fault = request.fault { return .failure(JSONRPCFailure(.invalidParams, fault)) }
        if request.json["tools"] != nil, !samplesWithTools {
            return .failure(JSONRPCFailure(.invalidParams, "the client does not offer sampling with tools"))
        }
        do {
            return .success(.object(try await sampling(request).json))
        } catch let failure as JSONRPCFailure {
            return .failure(failure)
        } catch is CancellationError {
            return .failure(JSONRPCFailure(.internalError, "sampling was cancelled"))
        } catch {
            // What went wrong may name what the server need not know.
            return .failure(JSONRPCFailure(.internalError, "sampling failed"))
        }
    }
}
