internal import TransportKit

extension Backend {
    /// Whether a call has to be made a task here, since its tool requires one and the client has not asked for it.
    func needsTask(_ outgoing: Outgoing, on connection: MCPConnection) -> Bool {
        outgoing.needsTask && connection.makesTasks && outgoing.params["task"] == nil
    }

    /// Follows a task to its end for somebody who knows nothing of it, and hands back the result of the call.
    ///
    /// The server is asked as often as it wants to be, up to the longest time that is allowed. The task is cancelled when nobody waits for it
    /// any more.
    func follow(
        _ answer: MCPClient.ToolAnswer,
        _ outgoing: Outgoing,
        on session: BackendSession,
        _ connection: MCPConnection
    ) async throws(MCPError) -> JSONObject {
        let (state, progress): (MCPTaskState, ProgressToken?)
        switch answer {
        case .result(let result): return result
        case .task(let first, let token): (state, progress) = (first, token)
        }
        session.traffic.follow(state.id, true)
        defer { session.traffic.follow(state.id, false) }
        outgoing.begun?(state)
        let result = try await session.client.wait(for: state, progress, outgoing.options, on: connection) {
            [weak self, name] questions async throws(MCPError) in
            guard let self, let request = outgoing.request else {
                throw MCPError(.unsupported, "the server asks something, and there is nobody to answer", server: name)
            }
            return try await answers(to: questions, of: request)
        }
        return Envelope.withoutTask(result)
    }
}
