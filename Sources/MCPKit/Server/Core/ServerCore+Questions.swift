internal import TransportKit

extension ServerCore {
    /// The service asks the client something, in the way of the handshake era.
    ///
    /// - Parameters:
    ///   - method: The question.
    ///   - params: Its parameters.
    ///   - id: The request that it belongs to; `nil` if to none.
    /// - Returns: The question's number, and what to do.
    /// - Throws: `JSONRPCFailure`, if the client cannot be asked.
    mutating func ask(
        _ method: String,
        _ params: JSONObject,
        about id: JSONRPCID?
    ) throws(JSONRPCFailure) -> (number: Int, actions: [Action]) {
        guard !hasEnded else { throw JSONRPCFailure(.internalError, "the client has left") }
        guard case .done(let party, let isConfirmed) = handshake, isConfirmed || id != nil else {
            throw JSONRPCFailure(.methodNotFound, "the client cannot be asked anything outside of its requests")
        }
        if let id, requests[id] == nil {
            throw JSONRPCFailure(.internalError, "the request is over, so nothing can be asked about it")
        }
        guard party.lacks(method, params) == nil else {
            throw JSONRPCFailure(.methodNotFound, "the client does not offer \(method)")
        }
        guard let number = questions.begin(id) else {
            throw JSONRPCFailure(.internalError, "\(limits.questions) questions wait for the client already")
        }
        let message = JSONRPCMessage.request(
            id: .integer(number),
            method: method,
            params: params.isEmpty ? nil : .object(params)
        )
        return (number, [.send(message, about: id)])
    }

    /// The service no longer wants an answer.
    mutating func giveUp(_ number: Int, reason: String) -> [Action] {
        guard let id = questions.abandon(number), !hasEnded else { return [] }
        let params: JSONValue = ["requestId": .number(JSONNumber(number)), "reason": .string(reason)]
        return [.send(.notification(method: "notifications/cancelled", params: params), about: id)]
    }

    mutating func settle(_ id: JSONRPCID, _ result: Result<JSONObject, JSONRPCFailure>) -> [Action] {
        guard case .integer(let number) = id, case .answered = questions.settle(id) else { return [] }
        return [.settle(question: number, result)]
    }
}

extension JSONRPCCorrelation {
    /// Gives all requests up; their numbers, the oldest first.
    mutating func endAll() -> [Int] {
        defer { _ = abandonAll() }
        return numbers.sorted()
    }
}
