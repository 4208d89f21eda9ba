internal import TransportKit

/// What a client does that only hands on what others say: it declares what they can, and leaves to them what the server asks and tells.
struct MCPRelay: Sendable {
    /// What is declared to the server, at a version.
    var capabilities: @Sendable (ProtocolVersion) -> JSONObject
    /// Answers a request of the server.
    var request: @Sendable (_ method: String, _ params: JSONValue?) async -> Result<JSONValue, JSONRPCFailure>
    /// Hears of every notification but progress, on the session's event loop.
    var notification: @Sendable (_ method: String, _ params: JSONValue?) -> Void
    /// Hears of a new connection, on the loop.
    var connected: @Sendable (Agreement) -> Void
    /// Hears that none could be made, on the loop.
    var failed: @Sendable (MCPError) -> Void
    /// Hears that the connection ended, without an error if that was asked for; on the loop.
    var ended: @Sendable (MCPError?) -> Void
    /// When the server may be started again.
    var throttle: SharedRestartThrottle
}

extension MCPClient {
    /// Takes the server for one of the handshake era, without asking it first.
    package func expectHandshake() {
        loop.perform { [core] in core.value.remember(.handshake) }
    }

    /// Sends a request whole, and hands back what comes whole: a question of the server is not answered here, and nothing is kept.
    ///
    /// - Parameters:
    ///   - method: The method.
    ///   - options: Time limits and progress.
    ///   - params: Makes the parameters, which depend on the version and the way.
    /// - Returns: The result, and what was agreed with the server.
    /// - Throws: `MCPError`.
    func relay(
        _ method: String,
        options: MCPRequestOptions,
        _ params: @Sendable (MCPConnection) -> RelayedParams
    ) async throws(MCPError) -> RelayedResult {
        try await withConnection { connection async throws(MCPError) in
            let params = params(connection)
            let result = try await connection.request(
                method,
                params.json,
                options: options,
                parameterFields: params.fields
            )
            return RelayedResult(json: result, agreement: connection.agreement)
        }
    }
}

/// What is sent on.
struct RelayedParams: Sendable {
    var json: JSONObject
    /// What stands in header fields too.
    var fields: [(name: String, value: String)] = []
}

/// What came back.
struct RelayedResult: Sendable {
    var json: JSONObject
    var agreement: Agreement
}
