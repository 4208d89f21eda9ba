public import TransportKit

/// An MCP server over HTTP, to be mounted wherever requests are received: Streamable HTTP in both eras.
///
/// It knows of no sockets: whoever listens hands over each request and sends what comes back. Who may ask, and from where, is for the listener to
/// check; a session belongs to the caller who began it.
public final class MCPHTTPEndpoint: Sendable {
    private let service: any MCPService
    private let limits: MCPServerLimits
    private let sessionLimits: MCPSessionLimits
    private let group: EventLoopGroup
    private let table: HTTPSessionTable
    private let suspended = SuspendedRuns()
    private let listeners = Locked(Listeners())

    private struct Listeners {
        var exchanges: [Int: LoopBound<HTTPExchange>] = [:]
        var lastNumber = 0
        /// Whether no stream is begun any more that waits for news.
        var isEnding = false
        var isClosed = false
    }

    /// Makes an endpoint.
    ///
    /// - Parameters:
    ///   - service: What answers.
    ///   - limits: The limits towards each client.
    ///   - sessions: The limits of sessions.
    ///   - group: Where sessions live that do not begin on a loop.
    public init(
        _ service: any MCPService,
        limits: MCPServerLimits = MCPServerLimits(),
        sessions: MCPSessionLimits = MCPSessionLimits(),
        group: EventLoopGroup = .shared
    ) {
        self.service = service
        self.limits = limits
        sessionLimits = sessions
        self.group = group
        table = HTTPSessionTable(limits: sessions)
    }

    /// How many sessions there are.
    public var sessionCount: Int { table.count }

    /// How many requests wait for their clients to come back with answers.
    public var suspendedCount: Int { suspended.count }

    /// Answers a request.
    ///
    /// - Parameter request: The request.
    /// - Returns: The answer. While the task is cancelled there is nobody to send it to: in the stateless era the request is then taken back.
    public func respond(to request: MCPHTTPRequest) async -> MCPHTTPResponse {
        let caller = request.caller
        let route = HTTPServerRules.route(
            request.method,
            request.fields,
            request.body,
            limit: limits.messageSize
        )
        switch route {
        case .refuse(let refusal): return refusal.response
        case .ignore: return MCPHTTPResponse(status: 202)
        case .single(let value, let id, let method, let params):
            return await single(value, id, method, params, request)
        case .begin(let value, let id): return await begin(value, id, caller)
        case .post(let value, let session, let requests):
            guard let session = table.session(session, of: caller) else { return HTTPRefusal.unknownSession.response }
            return await post(value, requests, to: session)
        case .stream(let session, let lastEvent):
            guard !listeners.withLock(\.isEnding) else { return HTTPRefusal.ending.response }
            guard let session = table.session(session, of: caller) else { return HTTPRefusal.unknownSession.response }
            return await stream(of: session, after: lastEvent)
        case .end(let session):
            guard let session = table.session(session, of: caller) else { return HTTPRefusal.unknownSession.response }
            _ = await session.loop.run { session.value.end() }
            return MCPHTTPResponse(status: 200)
        }
    }

    /// Ends the streams that wait for news and for no answer, and begins no more of them: for a listener that lets requests end before it stops.
    ///
    /// Sessions and requests go on.
    public func endStreams() async {
        let exchanges = listeners.withLock { listeners in
            listeners.isEnding = true
            return Array(listeners.exchanges.values)
        }
        for exchange in exchanges { await exchange.loop.run { exchange.value.endListening() } }
        for session in table.all { await session.loop.run { session.value.endStreams() } }
    }

    /// Ends all sessions and streams; returns when the service has been told.
    public func close() async {
        let exchanges = listeners.withLock { listeners in
            listeners.isClosed = true
            return Array(listeners.exchanges.values)
        }
        for exchange in exchanges { await exchange.loop.run { exchange.value.endListening() } }
        suspended.cancelAll()
        for session in table.close() {
            let farewell = await session.loop.run { session.value.end() }
            await farewell?.value
        }
    }

    private var loop: EventLoop { EventLoop.current ?? group.next() }
}

// MARK: - Sessions

extension MCPHTTPEndpoint {
    private func begin(_ value: JSONValue, _ id: JSONRPCID, _ caller: MCPServedClient.Caller) async -> MCPHTTPResponse {
        guard await table.makeRoom(for: caller) else { return HTTPRefusal.noRoom.response }
        let session = await makeSession(for: caller)
        let name = await session.loop.run { session.value.id }
        guard table.add(session, name, of: caller) else {
            _ = await session.loop.run { session.value.end() }
            return HTTPRefusal.noRoom.response
        }
        var response = await post(value, [id], to: session)
        let hasBegun = await session.loop.run { session.value.version != nil }
        // An answer that takes long comes as events; the client has to know its session by then.
        if case .events = response.body {
        } else if !hasBegun {
            _ = await session.loop.run { session.value.end() }
            return response
        }
        response.fields[MessageHeaders.session] = name
        return response
    }

    private func makeSession(for caller: MCPServedClient.Caller) async -> LoopBound<HTTPSession> {
        let loop = loop
        let (service, limits, suspended) = (service, limits, suspended)
        let (table, sessionLimits) = (table, sessionLimits)
        return await loop.run {
            let session = HTTPSession(limits: sessionLimits, on: loop) { session in
                ServerConnection(
                    to: service,
                    for: caller,
                    .handshake,
                    limits: limits,
                    suspended: suspended,
                    outlet: session,
                    on: loop
                )
            } ended: { id in
                table.remove(id)
            }
            return LoopBound(session, loop)
        }
    }

    private func post(
        _ value: JSONValue,
        _ requests: [JSONRPCID],
        to session: LoopBound<HTTPSession>
    ) async -> MCPHTTPResponse {
        let posted: Result<LoopBound<ServedStream>?, JSONRPCFailure> = await session.loop.run {
            do throws(JSONRPCFailure) {
                let stream = try session.value.post(value, requests: requests)
                return .success(stream.map { LoopBound($0, session.loop) })
            } catch {
                return .failure(error)
            }
        }
        switch posted {
        case .failure(let failure): return HTTPRefusal(400, failure).response
        case .success(nil): return MCPHTTPResponse(status: 202)
        case .success(let stream?):
            let isPrimed = await session.loop.run { session.value.version.map { $0 >= .v2025_11_25 } ?? false }
            switch await stream.beginning(patience: sessionLimits.patience, primed: isPrimed) {
            case .answer(let message): return MCPHTTPResponse(message)
            case .events: return MCPHTTPResponse(await session.loop.run { session.value.reader(of: stream.value) })
            case .nothing:
                await session.loop.run { session.value.drop(stream.value) }
                return MCPHTTPResponse(status: 202)
            }
        }
    }

    private func stream(of session: LoopBound<HTTPSession>, after event: String?) async -> MCPHTTPResponse {
        let place = event.flatMap(EventLog.place)
        let reader: Result<ServedStreamReader, HTTPRefusal> = await session.loop.run {
            if event != nil {
                guard let place, let stream = session.value.stream(place.stream) else { return .failure(.lostEvents) }
                return .success(session.value.reader(of: stream, after: place.number))
            }
            guard let stream = session.value.openStream() else { return .failure(.tooManyStreams) }
            return .success(session.value.reader(of: stream))
        }
        switch reader {
        case .success(let reader): return MCPHTTPResponse(reader)
        case .failure(let refusal): return refusal.response
        }
    }
}

extension HTTPRefusal: Error {}

// MARK: - The stateless era

extension MCPHTTPEndpoint {
    private func single(
        _ value: JSONValue,
        _ id: JSONRPCID,
        _ method: String,
        _ params: JSONObject,
        _ request: MCPHTTPRequest
    ) async -> MCPHTTPResponse {
        if let refusal = await headerRefusal(id, method, params, request) { return refusal.response }
        // What waits for an answer goes on where it began.
        let loop = params["requestState"]?.string.flatMap(suspended.loop(of:)) ?? loop
        let listens = method == "subscriptions/listen"
        let (number, isClosed) = listeners.withLock { listeners in
            listeners.lastNumber += 1
            return (listeners.lastNumber, listeners.isClosed || listens && listeners.isEnding)
        }
        guard !isClosed else { return HTTPRefusal.ending.response }
        let exchange = await makeExchange(
            value,
            id,
            number,
            listens: listens,
            request,
            on: loop
        )
        let stream = await loop.run { LoopBound(exchange.value.stream, loop) }
        let beginning = await stream.beginning(patience: sessionLimits.patience, primed: false)
        switch beginning {
        case .answer(let message):
            await loop.run { exchange.value.end() }
            if case .failure(_, let failure) = message {
                return MCPHTTPResponse(message, status: HTTPServerRules.status(of: failure))
            }
            return MCPHTTPResponse(message)
        case .events: return MCPHTTPResponse(await loop.run { exchange.value.reader })
        case .nothing:
            await loop.run { exchange.value.end() }
            return MCPHTTPResponse(status: 202)
        }
    }

    private func makeExchange(
        _ value: JSONValue,
        _ id: JSONRPCID,
        _ number: Int,
        listens: Bool,
        _ request: MCPHTTPRequest,
        on loop: EventLoop
    ) async -> LoopBound<HTTPExchange> {
        let (service, limits, suspended, caller) = (service, limits, suspended, request.caller)
        return await loop.run { [self] in
            let exchange = HTTPExchange(id, on: loop)
            let connection = ServerConnection(
                to: service,
                for: caller,
                .stateless,
                limits: limits,
                suspended: suspended,
                outlet: exchange,
                on: loop
            )
            let bound = LoopBound(exchange, loop)
            if listens { listeners.withLock { $0.exchanges[number] = bound } }
            exchange.begin(value, on: connection) { [self] in
                if listens { listeners.withLock { $0.exchanges[number] = nil } }
            }
            return bound
        }
    }

    /// What is wrong with the header fields that repeat arguments.
    private func headerRefusal(
        _ id: JSONRPCID,
        _ method: String,
        _ params: JSONObject,
        _ request: MCPHTTPRequest
    ) async -> HTTPRefusal? {
        guard method == "tools/call", let tool = params["name"]?.string,
            let party = try? ServedParty(stateless: params)
        else { return nil }
        let client = MCPServedClient(
            id: RandomID.make(),
            caller: request.caller,
            version: party.version,
            capabilities: party.capabilities,
            information: party.information,
            channel: SilentChannel()
        )
        guard let schema = await service.inputSchema(of: tool, for: client),
            let headers = try? ParameterHeaders(schema: schema),
            let field = headers.mismatch(request.fields, params["arguments"] ?? [:])
        else { return nil }
        let failure = JSONRPCFailure(
            .headerMismatch,
            "the header field \(field) and the argument that it repeats differ"
        )
        return HTTPRefusal(400, failure, id: id)
    }
}

/// The way to a client who is only asked about.
struct SilentChannel: MCPClientChannel {
    func notify(_ method: String, _ params: JSONObject) async {}

    func ask(_ method: String, _ params: JSONObject) async throws(JSONRPCFailure) -> JSONObject {
        throw JSONRPCFailure(.methodNotFound, "the client cannot be asked anything yet")
    }
}
