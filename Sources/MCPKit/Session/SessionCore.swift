internal import TransportKit

/// The part of a session that only its loop touches.
final class SessionCore {
    /// The version that was agreed.
    var version: ProtocolVersion?

    private let transport: any MessageTransport
    private let traits: TransportTraits
    private let loop: EventLoop
    private let limits: SessionLimits
    private let handlers: SessionHandlers
    private let logger: Logger
    private var correlation: JSONRPCCorrelation<PendingRequest>
    private var inbound: [JSONRPCID: Task<Void, Never>] = [:]
    /// Requests that made tasks whose progress is still reported, by token.
    private var tasks: [Int: PendingRequest] = [:]
    private var replies = 0
    private var figures: SessionFigures
    private var timer: EventLoop.Timer?
    private var timerDeadline = LoopInstant(nanoseconds: .max)
    /// What is said to those who come after the end.
    private var ending: MCPError?

    init(
        _ transport: any MessageTransport,
        on loop: EventLoop,
        limits: SessionLimits,
        handlers: SessionHandlers,
        logger: Logger
    ) {
        self.transport = transport
        traits = transport.traits
        self.loop = loop
        self.limits = limits
        self.handlers = handlers
        self.logger = logger
        correlation = JSONRPCCorrelation(limit: limits.pending)
        figures = SessionFigures(now: LoopInstant(nanoseconds: 0))
    }

    var currentFigures: SessionFigures {
        var figures = figures
        figures.pending = correlation.count
        return figures
    }

    // MARK: Requests

    func begin(
        _ pending: PendingRequest,
        _ params: JSONValue?,
        _ context: MessageContext,
        _ continuation: AnswerContinuation
    ) {
        unsafe pending.wait(continuation)
        if pending.isCancelled { return fail(pending, Self.cancelled(pending)) }
        if var ending {
            ending.isUnsent = true
            return fail(pending, ending)
        }
        guard let id = correlation.begin(pending) else {
            return fail(pending, MCPError(.limit, "\(limits.pending) requests wait for the server already"))
        }
        pending.id = id
        figures.requests += 1
        if pending.method == "ping" { figures.pings += 1 }
        figures.lastActivity = loop.now
        setDeadlines(of: pending)
        pending.options.begun?(id)
        let message = JSONRPCMessage.request(
            id: .integer(id),
            method: pending.method,
            params: pending.options.wantsProgress ? Self.adding(progressToken: id, to: params) : params
        )
        do throws(MCPError) {
            if try !transport.sendNow(message, context) { sendLater(message, context, pending) }
        } catch {
            _ = correlation.abandon(id)
            fail(pending, error)
        }
    }

    func sendNow(_ message: JSONRPCMessage, _ context: MessageContext) throws(MCPError) -> Bool {
        if let ending { throw ending }
        figures.lastActivity = loop.now
        return try transport.sendNow(message, context)
    }

    private func sendLater(_ message: JSONRPCMessage, _ context: MessageContext, _ pending: PendingRequest) {
        let (transport, bound) = (transport, LoopBound((self, pending), loop))
        // Owned by the request, whose end cancels it.
        pending.sender = Task(executorPreference: loop) {
            do throws(MCPError) {
                try await transport.send(message, context)
            } catch {
                let (core, pending) = bound.value
                guard let id = pending.id, core.correlation.abandon(id) != nil else { return }
                core.fail(pending, error)
            }
        }
    }

    private static func adding(progressToken: Int, to params: JSONValue?) -> JSONValue {
        var object = params?.object ?? [:]
        var metadata = object["_meta"]?.object ?? [:]
        metadata["progressToken"] = .number(JSONNumber(progressToken))
        object["_meta"] = .object(metadata)
        return .object(object)
    }

    private func fail(_ pending: PendingRequest, _ error: MCPError) {
        figures.failures += 1
        pending.finish(.failure(error))
    }

    /// The caller no longer waits.
    func cancel(_ pending: PendingRequest) {
        pending.isCancelled = true
        guard let id = pending.id, let waiting = correlation[id], waiting === pending else { return }
        if pending.options.orphaned != nil { return fail(pending, Self.cancelled(pending)) }
        _ = correlation.abandon(id)
        fail(pending, Self.cancelled(pending))
        tellAbandoned(id, pending.method, reason: "the caller no longer waits")
    }

    private static func cancelled(_ pending: PendingRequest) -> MCPError {
        MCPError(.cancelled, "\(pending.method) was cancelled")
    }

    private func tellAbandoned(_ id: Int, _ method: String, reason: String) {
        transport.abandon(.integer(id))
        // A handshake and the question that replaces it cannot be taken back.
        guard method != "initialize", method != "server/discover", ending == nil else { return }
        if traits.cancelsByClosing, version?.isStateless ?? false { return }
        let params: JSONValue = ["requestId": .number(JSONNumber(id)), "reason": .string(reason)]
        reply(.notification(method: "notifications/cancelled", params: params))
    }

    // MARK: Time

    private func setDeadlines(of pending: PendingRequest) {
        let now = loop.now
        let timeLimit = pending.options.timeLimit ?? limits.timeLimit
        pending.latestDeadline = now.advanced(by: max(pending.options.maximumTime ?? limits.maximumTime, .zero))
        pending.deadline = min(now.advanced(by: timeLimit), pending.latestDeadline)
        armTimer(at: pending.deadline)
    }

    /// One timer for all: it fires at the earliest deadline there was, and looks who is really due.
    private func armTimer(at deadline: LoopInstant) {
        if let timer {
            guard deadline < timerDeadline else { return }
            loop.cancel(timer)
        }
        timerDeadline = deadline
        timer = loop.schedule(at: deadline) { [weak self] in self?.timeIsUp() }
    }

    private func timeIsUp() {
        timer = nil
        let now = loop.now
        var next: LoopInstant?
        var due: [PendingRequest] = []
        correlation.forEach { pending in
            if pending.deadline <= now {
                due.append(pending)
            } else {
                next = min(next ?? pending.deadline, pending.deadline)
            }
        }
        if let next { armTimer(at: next) }
        for pending in due {
            guard let id = pending.id else { continue }
            if pending.options.orphaned != nil, !pending.isCancelled {
                // The task that it makes is still to be taken back.
                pending.isCancelled = true
                pending.deadline = now.advanced(by: limits.maximumTime)
                armTimer(at: pending.deadline)
            } else {
                guard correlation.abandon(id) != nil, !pending.isCancelled else { continue }
            }
            let limit = pending.options.timeLimit ?? limits.timeLimit
            let isMaximum = pending.deadline == pending.latestDeadline && pending.lastProgress != nil
            let text = isMaximum ? "the longest time allowed" : "\(limit)"
            fail(pending, MCPError(.timeout, "\(pending.method) was not answered within \(text)"))
            if pending.options.orphaned == nil { tellAbandoned(id, pending.method, reason: "no answer in time") }
        }
    }

    // MARK: What comes

    func receive(_ event: TransportEvent) {
        guard ending == nil else { return }
        figures.lastActivity = loop.now
        switch event {
        case .message(let message): receive(message)
        case .garbage(let error):
            figures.garbage += 1
            logger.debug("MCP server sent what is no message", metadata: ["error": .string(error.message)])
        case .lost(.integer(let id), let error):
            guard let pending = correlation.abandon(id) else { return }
            fail(pending, error)
        case .lost: figures.garbage += 1
        case .sessionExpired: end(MCPError(.closed, "the server no longer knows the session"))
        case .closed(let error): end(error ?? MCPError(.closed, "the connection is closed"))
        }
    }

    private func receive(_ message: JSONRPCMessage) {
        switch message {
        case .response(let id, let result): settle(id, .success(result))
        case .failure(let id?, let failure):
            settle(id, .failure(MCPError(.request, "the server answered: \(failure)", failure: failure)))
        case .failure(nil, let failure):
            figures.garbage += 1
            logger.debug("MCP server could not read a message", metadata: ["code": "\(failure.code.rawValue)"])
        case .notification(let method, let params): notified(method, params)
        case .request(let id, let method, let params): asked(id, method, params)
        }
    }

    private func settle(_ id: JSONRPCID, _ result: Result<JSONValue, MCPError>) {
        switch correlation.settle(id) {
        case .answered(let pending):
            if case .failure = result { figures.failures += 1 }
            if let orphaned = pending.options.orphaned {
                if pending.isCancelled, case .success(let value) = result { orphaned(value) }
                keepProgress(of: pending)
            }
            pending.finish(result)
        case .late: figures.late += 1
        case .unknown:
            figures.garbage += 1
            logger.debug("MCP server answered what was not asked")
        }
    }

    private func notified(_ method: String, _ params: JSONValue?) {
        figures.notifications += 1
        switch method {
        case "notifications/progress": progressed(params)
        case "notifications/cancelled":
            if let id = params?["requestId"].flatMap(JSONRPCID.init) { inbound[id]?.cancel() }
        default: handlers.notification(method, params)
        }
    }

    private func progressed(_ params: JSONValue?) {
        guard let token = params?["progressToken"]?.int, let value = params?["progress"]?.double,
            let pending = correlation[token] ?? tasks[token], pending.lastProgress.map({ value > $0 }) ?? true
        else { return }
        pending.lastProgress = value
        if pending.options.extendsOnProgress {
            let deadline = loop.now.advanced(by: pending.options.timeLimit ?? limits.timeLimit)
            pending.deadline = min(deadline, pending.latestDeadline)
        }
        if let whole = pending.options.progressParams { return whole(params?.object ?? [:]) }
        let progress = MCPProgress(
            progress: value,
            total: params?["total"]?.double,
            message: params?["message"]?.string
        )
        pending.options.progress?(progress)
    }

    private func keepProgress(of pending: PendingRequest) {
        guard let id = pending.id, pending.options.wantsProgress, !pending.isCancelled, tasks.count < limits.pending
        else { return }
        tasks[id] = pending
    }

    /// A task is over, or nobody follows it any more.
    func endProgress(_ token: Int) {
        tasks[token] = nil
    }

    // MARK: Requests of the server

    private func asked(_ id: JSONRPCID, _ method: String, _ params: JSONValue?) {
        figures.inbound += 1
        if version?.isStateless ?? false {
            // There are no such requests in this era, and no answers to them.
            figures.garbage += 1
            return
        }
        if method == "ping" { return reply(.response(id: id, result: [:])) }
        guard inbound.count < limits.inbound, inbound[id] == nil else {
            return reply(.failure(id: id, JSONRPCFailure(.internalError, "the client is busy; ask again later")))
        }
        let (request, bound) = (handlers.request, LoopBound(self, loop))
        // Owned by the table, which cancels it.
        inbound[id] = Task(executorPreference: loop) {
            let result = await request(method, params)
            bound.value.answered(id, result, isWanted: !Task.isCancelled)
        }
    }

    private func answered(_ id: JSONRPCID, _ result: Result<JSONValue, JSONRPCFailure>, isWanted: Bool) {
        inbound[id] = nil
        guard isWanted else { return }
        switch result {
        case .success(let result): reply(.response(id: id, result: result))
        case .failure(let failure): reply(.failure(id: id, failure))
        }
    }

    /// Sends what nobody waits for.
    ///
    /// If the server does not read, only so much of it is kept.
    private func reply(_ message: JSONRPCMessage) {
        guard ending == nil else { return }
        let context = MessageContext(version: version)
        guard let isSent = try? transport.sendNow(message, context), !isSent, replies < limits.inbound else { return }
        replies += 1
        let (transport, bound) = (transport, LoopBound(self, loop))
        // Ends with the transport, which is closed with the session.
        Task(executorPreference: loop) {
            try? await transport.send(message, context)
            bound.value.replies -= 1
        }
    }

    // MARK: End

    /// Ends the session; with an error if it was not asked for.
    func end(_ error: MCPError?) {
        guard ending == nil else { return }
        ending = error ?? MCPError(.closed, "the session is closed")
        if let timer { loop.cancel(timer) }
        timer = nil
        for task in inbound.values { task.cancel() }
        inbound = [:]
        tasks = [:]
        // First, so that whoever hears that a call failed finds no connection that has ended.
        handlers.ended(error)
        for pending in correlation.abandonAll() {
            fail(pending, error ?? MCPError(.closed, "the session was closed before \(pending.method) was answered"))
        }
    }
}
