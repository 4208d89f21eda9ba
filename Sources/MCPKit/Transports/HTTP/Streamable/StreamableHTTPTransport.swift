package import TransportKit

/// Messages over Streamable HTTP, in every revision: each is posted on its own, and answers come as JSON or as events.
///
/// A server that refuses `initialize` in the way of one that only knows the event stream of 2024-11-05 is asked for that
/// stream; the session does not see the difference.
package final class StreamableHTTPTransport: MessageTransport {
    /// The limits of a connection.
    package struct Limits: Sendable {
        /// The most bytes of one message.
        package var messageSize = 16 * 1024 * 1024
        /// The most requests whose answers are waited for.
        package var exchanges = 1024
        /// Until a connection stands.
        package var connect = Duration.seconds(10)
        /// Until the server has taken a message that wants no answer, or begun an event stream of 2024-11-05.
        package var taking = Duration.seconds(30)
        /// For the goodbye.
        package var closing = Duration.seconds(2)

        package init() {}
    }

    struct State: Sendable {
        enum Phase: Sendable { case new, open, closed }

        var phase = Phase.new
        var loop: EventLoop?
        var deliver: (@Sendable (TransportEvent) -> Void)?
        /// What the server calls the session.
        var session: String?
        /// What was last said of the version, for requests that are the transport's own.
        var version: ProtocolVersion?
        var exchanges: [JSONRPCID: Exchange] = [:]
        var nextExchange = 0
        var listener: Task<Void, Never>?
        /// Takes over where the server is one of 2024-11-05.
        var older: EventStreamTransport?
    }

    /// A request that waits for its answer.
    struct Exchange: Sendable {
        /// Told apart from another of the same id.
        var number: Int
        var task: Task<Void, Never>
    }

    package let traits = TransportTraits(name: "http", cancelsByClosing: true, survivesDisconnect: true)
    let sender: HTTPSender
    let limits: Limits
    let state = Locked(State())

    /// Makes a transport; nothing is opened before the first message.
    ///
    /// - Parameters:
    ///   - sender: Who sends.
    ///   - limits: The limits of the connection.
    package init(_ sender: HTTPSender, limits: Limits = Limits()) {
        self.sender = sender
        self.limits = limits
    }

    package func open(
        on loop: EventLoop,
        deliver: @escaping @Sendable (TransportEvent) -> Void
    ) async throws(MCPError) {
        let isFirst = state.withLock { state in
            guard state.phase == .new else { return false }
            state.phase = .open
            state.loop = loop
            state.deliver = deliver
            return true
        }
        guard isFirst else {
            throw MCPError(.connection, "a connection over HTTP is opened once; make another for each session")
        }
    }

    package func send(_ message: JSONRPCMessage, _ context: MessageContext) async throws(MCPError) {
        if let older = state.withLock({ $0.older }) { return try await older.send(message, context) }
        let body = message.encoded
        guard body.count <= limits.messageSize else {
            throw MCPError(.tooLarge, "the message has \(body.count) bytes; \(limits.messageSize) are allowed")
        }
        guard case .request(let id, let method, _) = message else {
            return try await post(message, body, context)
        }
        try begin(id) { [self] number in
            await exchange(Post(id: id, method: method, message: message, body: body, context: context), number)
        }
    }

    package func abandon(_ request: JSONRPCID) {
        let (exchange, older) = state.withLock { ($0.exchanges.removeValue(forKey: request), $0.older) }
        exchange?.task.cancel()
        older?.abandon(request)
    }

    package func close() async {
        let (loop, tasks) = state.withLock { state -> (EventLoop?, [Task<Void, Never>]) in
            guard state.phase == .open else { return (nil, []) }
            state.phase = .closed
            var tasks = state.exchanges.values.map(\.task)
            if let listener = state.listener { tasks.append(listener) }
            state.exchanges = [:]
            state.listener = nil
            return (state.loop, tasks)
        }
        guard let loop else { return }
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
        // In a task of its own, for the caller may be cancelled already and the server is to be told all the same.
        await Task(executorPreference: loop) { [self] in await sayGoodbye() }.value
        emit(.closed(nil))
        state.withLock { $0.deliver = nil }
    }

    // MARK: What the parts share

    /// Hands an event to the session, on its loop.
    func emit(_ event: TransportEvent) {
        let (loop, deliver) = state.withLock { ($0.loop, $0.deliver) }
        guard let loop, let deliver else { return }
        loop.perform { deliver(event) }
    }

    /// Hands what was found to the session; an answer to another request than the stream's settles that one.
    ///
    /// - Parameters:
    ///   - findings: What was found.
    ///   - request: The request that the stream belongs to, if it belongs to one.
    /// - Returns: Whether that request is answered.
    func emit(_ findings: [JSONRPCDecoder.Finding], for request: JSONRPCID? = nil) -> Bool {
        var isAnswered = false
        for finding in findings {
            switch finding {
            case .message(.failure(id: nil, let failure)) where request != nil:
                // The server could not read the id, but the stream says whose it was.
                emit(.message(.failure(id: request, failure)))
                isAnswered = true
            case .message(let message):
                emit(.message(message))
                switch message {
                case .response(let id, _), .failure(let id?, _):
                    if id == request {
                        isAnswered = true
                    } else {
                        state.withLock { $0.exchanges[id] = nil }
                    }
                default: break
                }
            case .garbage(_, let reason):
                emit(.garbage(MCPError(.protocolViolation, "the server sent something that is no message: \(reason)")))
            }
        }
        return isAnswered
    }

    /// The server has forgotten a session; said once, however many requests hear of it.
    func expire(_ session: String?) {
        let isKnown = state.withLock { state in
            guard state.session == session, session != nil else { return false }
            state.session = nil
            state.listener?.cancel()
            state.listener = nil
            return true
        }
        if isKnown { emit(.sessionExpired) }
    }

    /// Begins the exchange of a request.
    private func begin(
        _ id: JSONRPCID,
        _ body: @escaping @Sendable (_ number: Int) async -> Void
    ) throws(MCPError) {
        try state.withLock { state throws(MCPError) in
            guard state.phase == .open, let loop = state.loop else {
                throw MCPError(.closed, "the connection is closed")
            }
            guard state.exchanges.count < self.limits.exchanges else {
                throw MCPError(.limit, "\(self.limits.exchanges) requests wait for their answers already")
            }
            state.nextExchange += 1
            let number = state.nextExchange
            let task = Task(executorPreference: loop) { await body(number) }
            state.exchanges.updateValue(Exchange(number: number, task: task), forKey: id)?.task.cancel()
        }
    }

    /// Forgets the exchange of a request; tells whether anybody still waited.
    func end(_ id: JSONRPCID, _ number: Int) -> Bool {
        state.withLock { state in
            guard state.exchanges[id]?.number == number else { return false }
            state.exchanges[id] = nil
            return true
        }
    }
}
