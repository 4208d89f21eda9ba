internal import TransportKit

/// The way to a client beside its requests.
struct ConnectionChannel: MCPClientChannel {
    let connection: LoopBound<ServerConnection>
    let isStateless: Bool

    func notify(_ method: String, _ params: JSONObject) async {
        guard !isStateless else { return }
        let hasRoom = await connection.loop.run { connection.value.notify(method, params, about: nil) }
        if !hasRoom { await connection.waitForRoom(about: nil) }
    }

    func ask(_ method: String, _ params: JSONObject) async throws(JSONRPCFailure) -> JSONObject {
        guard !isStateless else {
            throw JSONRPCFailure(
                .methodNotFound,
                "a client of this version can be asked within its requests only"
            )
        }
        return try await connection.ask(method, params, about: nil)
    }
}

/// The way to a client within one of its requests.
struct RequestChannel: MCPClientChannel {
    let run: LoopBound<ServedRun>

    func notify(_ method: String, _ params: JSONObject) async {
        guard let (connection, id) = await run.loop.run({ run.value.notify(method, params) }) else { return }
        await connection.waitForRoom(about: id)
    }

    func ask(_ method: String, _ params: JSONObject) async throws(JSONRPCFailure) -> JSONObject {
        guard let place = await run.loop.run({ run.value.sessionPlace }) else {
            return try await run.ask(method, params)
        }
        return try await place.connection.ask(method, params, about: place.id)
    }
}

extension LoopBound<ServerConnection> {
    /// Asks the client in the way of the handshake era.
    func ask(_ method: String, _ params: JSONObject, about id: JSONRPCID?) async throws(JSONRPCFailure) -> JSONObject {
        let limit = await loop.run { value.limits.questionTime }
        return try await OpenQuestion.wait(on: loop, within: limit) { question throws(JSONRPCFailure) in
            try value.ask(method, params, about: id, question)
        }
    }
}

extension ServerConnection {
    fileprivate func ask(
        _ method: String,
        _ params: JSONObject,
        about id: JSONRPCID?,
        _ question: OpenQuestion
    ) throws(JSONRPCFailure) {
        let (number, actions) = try core.ask(method, params, about: id)
        questions[number] = question
        question.giveUp = { [weak self] reason in
            guard let self else { return }
            questions[number] = nil
            perform(core.giveUp(number, reason: reason))
        }
        perform(actions)
    }
}
