internal import TransportKit

/// What has to be changed in a request or a result that goes from one session to another, and nothing else; pure.
///
/// The members of `_meta` that belong to a session are exchanged for those of the other: version, capabilities and name of the sender, log
/// level. Progress tokens are the sessions' own business.
struct Envelope: Sendable {
    static let version = "io.modelcontextprotocol/protocolVersion"
    static let capabilities = "io.modelcontextprotocol/clientCapabilities"
    static let information = "io.modelcontextprotocol/clientInfo"
    static let logLevel = "io.modelcontextprotocol/logLevel"
    /// Begins the state of a question whose state could be taken for one of this program's own.
    private static let relayed = "relayed:"
    static let serverInformation = "io.modelcontextprotocol/serverInfo"

    /// Who asks.
    struct Sender: Sendable {
        var version: ProtocolVersion
        var capabilities: JSONObject
        var information: JSONObject
        /// From which level on it wants to hear what servers log, if it said so.
        var logLevel: String?

        init(_ client: MCPServedClient, logLevel: String?) {
            version = client.version
            capabilities = client.capabilities
            information = client.information
            self.logLevel = logLevel
        }

        init(
            version: ProtocolVersion,
            capabilities: JSONObject = [:],
            information: JSONObject = [:],
            logLevel: String? = nil
        ) {
            self.version = version
            self.capabilities = capabilities
            self.information = information
            self.logLevel = logLevel
        }
    }

    /// Parameters as a server of a version is to get them.
    ///
    /// - Parameters:
    ///   - params: The parameters as the client sent them, with names of the server's own.
    ///   - sender: The client; `nil` for this program itself.
    ///   - version: What the server speaks.
    ///   - namespace: The server's names.
    /// - Returns: The parameters.
    static func params(
        _ params: JSONObject,
        from sender: Sender?,
        to version: ProtocolVersion,
        _ namespace: Namespace
    ) -> JSONObject {
        var params = params
        if !version.isStateless {
            // Answers to questions that this program asked in place of the server.
            if params["inputResponses"] != nil { params["inputResponses"] = nil }
            if params["requestState"] != nil { params["requestState"] = nil }
        }
        if sender?.version.isStateless == true, let state = params.string("requestState"), state.hasPrefix(relayed) {
            params["requestState"] = .string(String(state.dropFirst(relayed.count)))
        }
        let before = params["_meta"]?.object
        var metadata = before ?? [:]
        metadata[Self.version] = nil
        if !version.isStateless {
            for name in [capabilities, information, logLevel] { metadata[name] = nil }
        } else if let sender, !sender.version.isStateless {
            metadata[capabilities] = .object(declared(sender.capabilities, at: version))
            if !sender.information.isEmpty { metadata[information] = .object(sender.information) }
            metadata[logLevel] = sender.logLevel.map { .string($0) }
        }
        if var related = metadata[Namespace.relatedTask]?.object,
            let task = related["taskId"]?.string.flatMap(namespace.inward)
        {
            related["taskId"] = .string(task)
            metadata[Namespace.relatedTask] = .object(related)
        }
        // What was empty before stays so, and what has become empty goes.
        if before != nil || !metadata.isEmpty {
            params["_meta"] = metadata.isEmpty && before?.isEmpty == false ? nil : .object(metadata)
        }
        return params
    }

    /// What a client can, as it is declared to a server of a version.
    static func declared(_ capabilities: JSONObject, at version: ProtocolVersion) -> JSONObject {
        var declared = capabilities
        if version.isStateless {
            // Nobody is told of other roots in this era, and its tasks are an extension.
            if declared["roots"] != nil { declared["roots"] = [:] }
            declared["tasks"] = nil
        } else {
            if version < .v2025_06_18 { declared["elicitation"] = nil }
            declared["extensions"] = nil
        }
        return declared
    }

    /// What marks the tasks of the stateless era among a party's capabilities.
    static let tasks = "io.modelcontextprotocol/tasks"

    /// Parameters of a call that says that it may become a task of the stateless era.
    static func takingTasks(_ params: JSONObject) -> JSONObject {
        var params = params
        var metadata = params["_meta"]?.object ?? [:]
        var declared = metadata[capabilities]?.object ?? [:]
        var extensions = declared["extensions"]?.object ?? [:]
        extensions[tasks] = extensions[tasks] ?? [:]
        declared["extensions"] = .object(extensions)
        metadata[capabilities] = .object(declared)
        params["_meta"] = .object(metadata)
        return params
    }

    /// A result without the mark of a task that the client does not know.
    static func withoutTask(_ result: JSONObject) -> JSONObject {
        guard var metadata = result["_meta"]?.object, metadata[Namespace.relatedTask] != nil else { return result }
        var result = result
        metadata[Namespace.relatedTask] = nil
        result["_meta"] = metadata.isEmpty ? nil : .object(metadata)
        return result
    }

    /// A result as a client of a version is to get it.
    static func result(_ result: JSONObject, to version: ProtocolVersion?) -> JSONObject {
        if version?.isStateless == true, let state = result.string("requestState"),
            SuspendedRuns.made(state) || state.hasPrefix(relayed)
        {
            var result = result
            result["requestState"] = .string(relayed + state)
            return result
        }
        guard version?.isStateless != true, result["resultType"] != nil || result["_meta"]?[serverInformation] != nil
        else {
            return result
        }
        var result = result
        result["resultType"] = nil
        if var metadata = result["_meta"]?.object, metadata[serverInformation] != nil {
            metadata[serverInformation] = nil
            result["_meta"] = metadata.isEmpty ? nil : .object(metadata)
        }
        return result
    }
}

extension MCPServedClient {
    /// What servers can ask a client for.
    static let questions = ["sampling", "elicitation", "roots"]

    /// Whether the client takes tasks of the stateless era in place of results.
    var takesTasks: Bool { version.isStateless && capabilities["extensions"]?[Envelope.tasks]?.object != nil }

    /// Whether a server may ask the client something.
    var canBeAsked: Bool { Self.questions.contains(where: offers) }
}
