internal import TransportKit

/// Makes connections: opens the way, and finds the version that both speak.
struct Connector: Sendable {
    let name: String
    let loop: EventLoop
    let factory: TransportFactory
    let timeouts: MCPServerConfiguration.Timeouts
    let information: MCPClientInformation
    let handlers: MCPClientHandlers
    let logger: Logger

    /// What a try has come to; a session that leads nowhere is still to be closed.
    struct Outcome: Sendable {
        var result: Result<MCPConnection, MCPError>
        var session: MCPSession?
    }

    /// Tries to connect.
    ///
    /// - Parameters:
    ///   - memory: What is known of the server.
    ///   - sessionHandlers: Who hears what a session says unasked.
    /// - Returns: What came of it.
    func connect(
        _ memory: EraDetection.Memory,
        sessionHandlers: @Sendable () -> SessionHandlers
    ) async -> Outcome {
        var detection = EraDetection(memory: memory)
        var session: MCPSession?
        do throws(MCPError) {
            var current = try await open(sessionHandlers(), &session)
            var step = detection.start()
            while true {
                switch step {
                case .discover(let version):
                    step = detection.discovered(await discover(version, on: current))
                case .initialize(let version):
                    step = detection.initialized(await initialize(version, on: current))
                case .reconnect:
                    await current.close()
                    session = nil
                    current = try await open(sessionHandlers(), &session)
                    step = detection.reconnected()
                case .agreed(let agreement):
                    await current.agree(on: agreement.version)
                    let connection = MCPConnection(
                        current,
                        agreement,
                        memory: detection.memory(of: agreement),
                        metadata: metadata(at: agreement.version)
                    )
                    if !agreement.version.isStateless { try await connection.notify("notifications/initialized", [:]) }
                    return Outcome(result: .success(connection), session: current)
                case .failed(let reason): throw reason.error
                }
                if Task.isCancelled { throw MCPError(.cancelled, "connecting was cancelled") }
            }
        } catch {
            return Outcome(result: .failure(error), session: session)
        }
    }

    private func open(
        _ sessionHandlers: SessionHandlers,
        _ opened: inout MCPSession?
    ) async throws(MCPError) -> MCPSession {
        var limits = SessionLimits()
        limits.timeLimit = timeouts.request
        limits.maximumTime = timeouts.maximum
        let session = MCPSession(
            try factory.make(),
            on: loop,
            limits: limits,
            handlers: sessionHandlers,
            logger: logger
        )
        try await session.open()
        opened = session
        return session
    }

    private func discover(_ version: ProtocolVersion, on session: MCPSession) async -> Result<JSONValue, MCPError> {
        await ask("server/discover", ["_meta": .object(metadata(at: version))], version, timeouts.probe, session)
    }

    private func initialize(_ version: ProtocolVersion, on session: MCPSession) async -> Result<JSONValue, MCPError> {
        let params: JSONObject = [
            "protocolVersion": .string(version.rawValue), "capabilities": .object(handlers.capabilities(at: version)),
            "clientInfo": .object(information.json),
        ]
        return await ask("initialize", params, nil, timeouts.connect, session)
    }

    private func ask(
        _ method: String,
        _ params: JSONObject,
        _ version: ProtocolVersion?,
        _ timeLimit: Duration,
        _ session: MCPSession
    ) async -> Result<JSONValue, MCPError> {
        do throws(MCPError) {
            let options = MCPRequestOptions(timeLimit: timeLimit, maximumTime: timeLimit)
            let context = MessageContext(version: version)
            return .success(try await session.request(method, .object(params), options: options, context: context))
        } catch {
            return .failure(error)
        }
    }

    private func metadata(at version: ProtocolVersion) -> JSONObject {
        guard version.isStateless else { return [:] }
        var metadata: JSONObject = [
            "io.modelcontextprotocol/protocolVersion": .string(version.rawValue),
            "io.modelcontextprotocol/clientInfo": .object(information.json),
            "io.modelcontextprotocol/clientCapabilities": .object(handlers.capabilities(at: version)),
        ]
        if handlers.log != nil { metadata["io.modelcontextprotocol/logLevel"] = "info" }
        return metadata
    }
}
