internal import TransportKit

extension MCPClient {
    /// What the client holds and has done.
    public func statistics() async -> MCPStatistics {
        var statistics = await loop.run { [core] in
            MCPStatistics(
                age: core.value.age,
                starts: core.value.starts,
                failuresInARow: core.value.failures
            )
        }
        guard let connection = await loop.run({ [core] in core.value.connection }) else { return statistics }
        let figures = await connection.session.figures()
        statistics.transport = connection.session.traits.name
        statistics.version = connection.version
        statistics.idle = await loop.run { [loop] in figures.lastActivity.duration(to: loop.now) }
        statistics.requests = figures.requests
        statistics.active = figures.pending
        statistics.failures = figures.failures
        statistics.lateAnswers = figures.late
        statistics.garbage = figures.garbage
        statistics.processID = await connection.session.processID()
        return statistics
    }

    /// What the server's process last wrote to standard error, for people who look for a fault; it may hold anything.
    public func lastErrorOutput() async -> String {
        guard let connection = await loop.run({ [core] in core.value.connection }) else { return "" }
        return await connection.session.lastErrorOutput()
    }
}

/// What a client holds and has done.
public struct MCPStatistics: Sendable, Hashable {
    /// How long the connection has stood; `nil` if there is none.
    public var age: Duration?
    /// For how long nothing has happened on it.
    public var idle: Duration?
    /// The way to the server: `stdio`, `http`, `sse` or `memory`.
    public var transport: String?
    /// The version of the protocol that was agreed on.
    public var version: ProtocolVersion?
    /// The number of the server's process, if it has one here.
    public var processID: Int32?
    /// How often a connection was made or tried.
    public var starts = 0
    /// How often it ended or failed in a row.
    public var failuresInARow = 0
    /// Requests on this connection.
    public var requests = 0
    /// Requests that wait for their answers.
    public var active = 0
    /// Requests on this connection that failed, in whatever way.
    public var failures = 0
    /// Answers that came when nobody waited any more.
    public var lateAnswers = 0
    /// What came that is no message, or answers nothing.
    public var garbage = 0

    init(age: Duration?, starts: Int, failuresInARow: Int) {
        self.age = age
        self.starts = starts
        self.failuresInARow = failuresInARow
    }
}

extension MCPSession {
    func processID() async -> Int32? {
        await (transport as? StdioTransport)?.processID()
    }

    func lastErrorOutput() async -> String {
        await (transport as? StdioTransport)?.lastErrorOutput() ?? ""
    }
}
