internal import TransportKit

/// A task at a server: a call of a tool that goes on by itself, to be come back to.
///
/// The server knows it by its ``id``, which may be kept: ``MCPClient/task(_:of:)`` makes a task of it again. A server that is a program
/// mostly forgets its tasks when its process ends, so give it a connection that stays (`.persistent(idleClose: nil)`).
public struct MCPTask: Sendable {
    /// What the server calls the task.
    public let id: String
    /// The tool that it is a call of, if that is known.
    public let tool: String?

    let client: MCPClient
    var first: MCPTaskState?
    var progress: ProgressToken?

    /// Asks how the task stands.
    ///
    /// - Returns: How it stands.
    /// - Throws: `MCPError`; code `request` if the server does not know the task, or no longer.
    public func state() async throws(MCPError) -> MCPTaskState {
        let json = try await client.request("tasks/get", ["taskId": .string(id)])
        guard let state = MCPTaskState(json: json), state.id == id else {
            throw MCPError(
                .protocolViolation,
                "the answer to tasks/get tells of another task, or of none",
                server: client.name
            )
        }
        return state
    }

    /// Waits for the task's end, and answers the server's questions on the way.
    ///
    /// The task goes on at the server when the time is over or the caller is cancelled; it may be come back to, or ended with ``cancel()``.
    ///
    /// - Parameter options: The time limit of each request, and the longest time in all.
    /// - Returns: What came back, which may be that the tool failed.
    /// - Throws: `MCPError`; code `timeout` if the task was not over in the longest time.
    public func result(options: MCPRequestOptions = MCPRequestOptions()) async throws(MCPError) -> MCPToolResult {
        let state: MCPTaskState
        if let first { state = first } else { state = try await self.state() }
        return try await client.withConnection { connection async throws(MCPError) in
            let result = try await client.follow(state, progress, options, on: connection)
            return try await client.checked(result, of: tool, on: connection)
        }
    }

    /// Asks the server to give the task up; whether and when it does is the server's affair.
    ///
    /// - Throws: `MCPError`; code `unsupported` if the server takes nothing back.
    public func cancel() async throws(MCPError) {
        try await client.withConnection { connection async throws(MCPError) in
            guard connection.cancelsTasks else {
                throw MCPError(.unsupported, "the server does not offer to cancel tasks")
            }
            _ = try await connection.request("tasks/cancel", ["taskId": .string(id)], options: MCPRequestOptions())
        }
    }
}

/// What a tool that was started has come to.
@nonexhaustive
public enum MCPToolStart: Sendable {
    /// It is over.
    case finished(MCPToolResult)
    /// It goes on at the server.
    case running(MCPTask)
}

/// Where reports of a task's progress go: they carry the token of the request that began it.
struct ProgressToken: Sendable {
    let session: MCPSession
    let token: Int

    func end() {
        session.endProgress(token)
    }
}
