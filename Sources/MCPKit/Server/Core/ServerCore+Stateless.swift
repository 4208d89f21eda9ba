internal import TransportKit

extension ServerCore {
    /// What the stateless era has no longer.
    private static let removed: Set = [
        "initialize", "ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe",
    ]
    /// The requests whose answer may be a question.
    private static let interactive: Set = ["tools/call", "prompts/get", "resources/read"]
    /// The requests whose results say how long they hold.
    private static let cacheable: Set = [
        "server/discover", "tools/list", "prompts/list", "resources/list", "resources/templates/list", "resources/read",
    ]

    /// A request that brings all that is to be known of its sender.
    mutating func statelessRequest(_ id: JSONRPCID, _ method: String, _ params: JSONObject) -> [Action] {
        let party: ServedParty
        do throws(JSONRPCFailure) {
            party = try ServedParty(stateless: params)
        } catch {
            return [.fail(id, error)]
        }
        guard !Self.removed.contains(method) else { return [.fail(id, .unknown(method))] }
        var request = Request(kind: .answer, method: method, party: party)
        request.progressToken = params["_meta"]?["progressToken"]
        request.logRank = LogSeverity.rank(params["_meta"]?[ServedParty.Envelope.logLevel]?.string)
        switch method {
        case "server/discover":
            request.kind = .discover
            requests[id] = request
            return [.introduce(id, party)]
        case "subscriptions/listen": return listen(id, params, request)
        default:
            requests[id] = request
            return [.answer(id, method: method, params: params, party)]
        }
    }

    /// A result with what its era wants in it.
    func complete(_ result: JSONObject, of request: Request) -> JSONObject {
        var result = result
        guard request.isStateless else {
            if result["resultType"] == "complete" { result["resultType"] = nil }
            return result
        }
        if result["resultType"]?.string == nil { result["resultType"] = "complete" }
        if result["resultType"] == "complete", Self.cacheable.contains(request.method) {
            if result["ttlMs"]?.int == nil { result["ttlMs"] = 0 }
            if result["cacheScope"]?.string == nil { result["cacheScope"] = "private" }
        }
        guard result["_meta"] == nil || result["_meta"]?.object != nil else { return result }
        var metadata = result["_meta"]?.object ?? [:]
        if metadata[ServedParty.Envelope.server]?.object == nil {
            metadata[ServedParty.Envelope.server] = .object(information)
        }
        result["_meta"] = .object(metadata)
        return result
    }

    /// Answers a request with questions; its sender comes back with the answers.
    ///
    /// - Parameters:
    ///   - id: The request.
    ///   - questions: The questions, by names that come back with their answers.
    ///   - state: What the sender shows when it comes back.
    /// - Returns: What to do.
    mutating func suspended(_ id: JSONRPCID, _ questions: JSONObject, state: String) -> [Action] {
        finished(
            id,
            .success([
                "resultType": "input_required", "inputRequests": .object(questions), "requestState": .string(state),
            ])
        )
    }

    /// Why a request cannot be answered with a question; `nil` if it can.
    static func refusal(toAsk question: String, _ params: JSONObject, within request: Request) -> JSONRPCFailure? {
        guard interactive.contains(request.method) else {
            return JSONRPCFailure(.internalError, "a client cannot be asked anything about \(request.method)")
        }
        guard ["sampling/createMessage", "elicitation/create", "roots/list"].contains(question) else {
            return JSONRPCFailure(.methodNotFound, "a client of this version cannot be asked \(question)")
        }
        return request.party.lacks(question, params).map { missing in
            JSONRPCFailure(
                .missingClientCapability,
                "the client does not offer what this request needs",
                data: ["requiredCapabilities": .object(missing)]
            )
        }
    }
}
