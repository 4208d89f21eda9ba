internal import TransportKit

extension ServerCore {
    /// A client wants to begin.
    mutating func initialize(_ id: JSONRPCID, _ params: JSONObject, isInBatch: Bool) -> [Action] {
        guard case .none = handshake, !isInBatch else {
            return [.fail(id, JSONRPCFailure(.invalidRequest, "the connection is initialized already"))]
        }
        guard let requested = params["protocolVersion"]?.string else {
            return [.fail(id, JSONRPCFailure(.invalidParams, "initialize names no protocolVersion"))]
        }
        let version = ProtocolVersion(rawValue: requested)
        let party = ServedParty(
            version: ProtocolVersion.handshakeEra.contains(version) ? version : ProtocolVersion.handshakeEra[0],
            capabilities: params["capabilities"]?.object ?? [:],
            information: params["clientInfo"]?.object ?? [:]
        )
        handshake = .begun([])
        requests[id] = Request(kind: .initialize, method: "initialize", party: party)
        return [.introduce(id, party)]
    }

    /// The service has said what it offers, or why it does not.
    mutating func introduced(_ id: JSONRPCID, _ result: Result<MCPIntroduction, JSONRPCFailure>) -> [Action] {
        guard let request = requests[id] else { return [] }
        let result = result.map { $0.result(for: request, information) }
        guard request.kind == .initialize else { return finished(id, result) }
        var held: [JSONRPCMessage] = []
        if case .begun(let messages) = handshake { held = messages }
        if case .success = result {
            handshake = .done(request.party, isConfirmed: false)
        } else {
            handshake = .none
        }
        var actions = finished(id, result)
        for message in held { actions += receive(message) }
        return actions
    }

    /// The client has taken note of what it was told; from now on it may be told more.
    mutating func confirmed() -> [Action] {
        guard case .done(let party, isConfirmed: false) = handshake else { return [] }
        handshake = .done(party, isConfirmed: true)
        let number = subscriptions.add(.lists)
        return [
            .subscribe(number, MCPChangeFilter(), party), .receive(method: "notifications/initialized", params: nil),
        ]
    }

    /// A request of a client with a handshake.
    mutating func sessionRequest(_ id: JSONRPCID, _ method: String, _ params: JSONObject) -> [Action] {
        if method == "ping" { return [.send(.response(id: id, result: [:]), about: id)] }
        guard let party else {
            // Whoever asks for this means the other era, and has forgotten what belongs to it.
            if method == "server/discover" || method == "subscriptions/listen" {
                return statelessRequest(id, method, params)
            }
            return [.fail(id, JSONRPCFailure(.invalidRequest, "\(method) came before initialize"))]
        }
        var request = Request(kind: .answer, method: method, party: party)
        request.progressToken = params["_meta"]?["progressToken"]
        switch method {
        case "server/discover", "subscriptions/listen": return [.fail(id, .unknown(method))]
        case "resources/subscribe": return subscribe(id, params, request)
        case "resources/unsubscribe": return unsubscribe(id, params)
        case "logging/setLevel":
            guard let rank = LogSeverity.rank(params["level"]?.string) else {
                return [.fail(id, JSONRPCFailure(.invalidParams, "there is no such level of logging"))]
            }
            logRank = rank
        default: break
        }
        requests[id] = request
        return [.answer(id, method: method, params: params, party)]
    }
}

extension MCPIntroduction {
    fileprivate func result(for request: ServerCore.Request, _ serverInformation: JSONObject) -> JSONObject {
        var result: JSONObject = [:]
        if request.kind == .initialize {
            result["protocolVersion"] = .string(request.party.version.rawValue)
        } else {
            result["supportedVersions"] = .array(ProtocolVersion.statelessEra.map { .string($0.rawValue) })
        }
        result["capabilities"] = .object(capabilities)
        if request.kind == .initialize { result["serverInfo"] = .object(serverInformation) }
        result["instructions"] = instructions.map { .string($0) }
        return result
    }
}

extension JSONRPCFailure {
    static func unknown(_ method: String) -> JSONRPCFailure {
        JSONRPCFailure(.methodNotFound, "there is no method \(method.prefix(100))")
    }
}
