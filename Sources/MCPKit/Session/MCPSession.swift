package import TransportKit

/// One conversation with a server over one connection: requests and answers both ways, on one event loop.
package final class MCPSession: Sendable {
    /// Where it lives.
    package let loop: EventLoop
    /// What the session knows of the way.
    package let traits: TransportTraits

    private let core: LoopBound<SessionCore>
    let transport: any MessageTransport

    /// Makes a session that is not connected yet.
    ///
    /// - Parameters:
    ///   - transport: The way to the server, for this session alone.
    ///   - loop: Where the session lives.
    ///   - limits: Its limits.
    ///   - handlers: Who hears what the server says unasked.
    ///   - logger: Where what goes wrong on the way is told.
    package init(
        _ transport: any MessageTransport,
        on loop: EventLoop,
        limits: SessionLimits = SessionLimits(),
        handlers: SessionHandlers = SessionHandlers(),
        logger: Logger = .disabled
    ) {
        self.loop = loop
        self.transport = transport
        traits = transport.traits
        core = LoopBound(
            SessionCore(transport, on: loop, limits: limits, handlers: handlers, logger: logger),
            loop
        )
    }

    /// Makes the connection.
    ///
    /// - Throws: `MCPError` with code `launch`, `connection`, `configuration` or `cancelled`.
    package func open() async throws(MCPError) {
        try await transport.open(on: loop) { [core] event in core.value.receive(event) }
    }

    /// Sends a request and waits for its answer.
    ///
    /// - Parameters:
    ///   - method: The method.
    ///   - params: The parameters, whole.
    ///   - options: Time limits and progress.
    ///   - context: What stands beside the message.
    /// - Returns: The result.
    /// - Throws: `MCPError`; with code `request` if the server answered with an error, `cancelled` at once when the calling task is
    ///   cancelled.
    package func request(
        _ method: String,
        _ params: JSONValue?,
        options: MCPRequestOptions = MCPRequestOptions(),
        context: MessageContext = MessageContext()
    ) async throws(MCPError) -> JSONValue {
        let pending = LoopBound(PendingRequest(method, options), loop)
        let result = await withTaskCancellationHandler {
            await unsafe withUnsafeContinuation { (continuation: AnswerContinuation) in
                if loop.isCurrent {
                    unsafe core.value.begin(pending.value, params, context, continuation)
                } else {
                    loop.execute { [core] in
                        unsafe core.value.begin(pending.value, params, context, continuation)
                    }
                }
            }
        } onCancel: {
            loop.execute { [core] in core.value.cancel(pending.value) }
        }
        return try result.get()
    }

    /// Sends a notification.
    ///
    /// - Parameters:
    ///   - method: The method.
    ///   - params: The parameters, whole.
    ///   - context: What stands beside the message.
    /// - Throws: `MCPError` if it could not be sent.
    package func notify(
        _ method: String,
        _ params: JSONValue?,
        context: MessageContext = MessageContext()
    ) async throws(MCPError) {
        let message = JSONRPCMessage.notification(method: method, params: params)
        let outcome: Result<Bool, MCPError> = await loop.run { [core] in
            do throws(MCPError) {
                return .success(try core.value.sendNow(message, context))
            } catch {
                return .failure(error)
            }
        }
        if try !outcome.get() { try await transport.send(message, context) }
    }

    /// No more progress comes for a request that made a task.
    func endProgress(_ token: Int) {
        loop.execute { [core] in core.value.endProgress(token) }
    }

    /// From now on, the rules of a version hold.
    package func agree(on version: ProtocolVersion) async {
        await loop.run { [core] in core.value.version = version }
    }

    /// What the session has done; on the loop only.
    var currentFigures: SessionFigures { core.value.currentFigures }

    /// What the session has done.
    package func figures() async -> SessionFigures {
        await loop.run { [core] in core.value.currentFigures }
    }

    /// Ends the connection; returns when nothing of it is left.
    ///
    /// Who still waits is told that it is closed.
    package func close() async {
        await loop.run { [core] in core.value.end(nil) }
        await transport.close()
    }
}
