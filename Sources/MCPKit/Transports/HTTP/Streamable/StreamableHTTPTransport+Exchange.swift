internal import TransportKit

extension StreamableHTTPTransport {
    /// A request on its way.
    struct Post: Sendable {
        let id: JSONRPCID
        let method: String
        let message: JSONRPCMessage
        let body: [UInt8]
        let context: MessageContext

        var isInitialize: Bool { method == "initialize" }
    }

    /// A limit on nothing but the way to the server: how long an answer may take is the session's to say.
    private var patient: Timeouts {
        Timeouts(connect: limits.connect, firstByte: nil, idle: nil, total: nil)
    }

    private var short: Timeouts {
        Timeouts(connect: limits.connect, firstByte: limits.taking, idle: limits.taking, total: limits.taking)
    }

    // MARK: Messages that want no answer

    /// Posts a message that wants no answer, and waits until the server has taken it, so that order is kept.
    func post(_ message: JSONRPCMessage, _ body: [UInt8], _ context: MessageContext) async throws(MCPError) {
        let (isOpen, session) = state.withLock { ($0.phase == .open, $0.session) }
        guard isOpen else { throw MCPError(.closed, "the connection is closed") }
        let fields = MessageHeaders.fields(for: message, context, session: session)
        do throws(MCPError) {
            let response = try await sender.send("POST", fields: fields, body: body, timeouts: short)
            switch PostedAnswer(
                status: response.status,
                fields: response.fields,
                isRequest: false,
                hadSession: fields[MessageHeaders.session] != nil
            ) {
            case .taken: response.body.release()
            case .sessionExpired:
                response.body.release()
                expire(session)
            default: throw await refusal(response)
            }
        } catch {
            if error.code == .cancelled { throw error }
            emit(.garbage(error))
        }
        if message.method == "notifications/initialized" { listen(context.version) }
    }

    // MARK: Requests

    /// The whole exchange of a request.
    func exchange(_ post: Post, _ number: Int) async {
        let session = state.withLock { state in
            // What was agreed before does not hold for the handshake.
            state.version = post.context.version
            if post.isInitialize { state.session = nil }
            return state.session
        }
        do throws(MCPError) {
            if try await run(post, session: session) { return _ = end(post.id, number) }
            // The answer is to come on the listening stream: the exchange stays until it is abandoned.
        } catch {
            if end(post.id, number) { emit(.lost(request: post.id, error)) }
        }
    }

    /// Posts a request and reads its answer; false if the answer is to come elsewhere.
    private func run(_ post: Post, session: String?) async throws(MCPError) -> Bool {
        let fields = MessageHeaders.fields(for: post.message, post.context, session: session)
        let response = try await sender.send("POST", fields: fields, body: post.body, timeouts: patient)
        let hadSession = fields[MessageHeaders.session] != nil
        if post.isInitialize, (200...299).contains(response.status) {
            try take(response.fields[MessageHeaders.session])
        }
        switch PostedAnswer(
            status: response.status,
            fields: response.fields,
            isRequest: true,
            hadSession: hadSession
        ) {
        case .message:
            let bytes = try await collect(response)
            guard emit(JSONRPCDecoder.findings(in: bytes), for: post.id) else {
                throw MCPError(.protocolViolation, "the server answered with something else than the answer")
            }
        case .events: try await follow(response, post)
        case .sessionExpired:
            response.body.release()
            expire(session)
            throw MCPError(.closed, "the server no longer knows the session", status: response.status)
        case .elsewhere, .taken:
            response.body.release()
            // Some servers answer on the listening stream instead, against the rules.
            guard state.withLock({ $0.listener != nil }) else {
                throw MCPError(.protocolViolation, "the server took a request without answering it")
            }
            return false
        case .unreadable:
            response.body.cancel()
            throw MCPError(.protocolViolation, "the server answered in a form that the protocol does not know")
        case .unauthorized, .refused: try await refused(response, post)
        }
        return true
    }

    private func take(_ session: String?) throws(MCPError) {
        if let session, !MessageHeaders.isSessionID(session) {
            throw MCPError(.protocolViolation, "the server named the session with characters that are not allowed")
        }
        state.withLock { $0.session = session }
    }

    private func collect(_ response: HTTPResponse) async throws(MCPError) -> [UInt8] {
        do {
            return try await response.body.collect(upTo: limits.messageSize)
        } catch {
            throw MCPError(error)
        }
    }

    // MARK: Refusals

    /// A request was refused: in the words of JSON-RPC, by a server of 2024-11-05, or else.
    private func refused(_ response: HTTPResponse, _ post: Post) async throws(MCPError) {
        let error = await refusal(response)
        if let failure = error.failure { return emit(.message(.failure(id: post.id, failure))) }
        guard post.isInitialize, HTTPFallback.allowsEventStream(afterStatus: response.status) else { throw error }
        try await fallBack(error)
        guard let older = state.withLock({ $0.older }) else { throw error }
        try await older.send(post.message, post.context)
    }

    /// Why a message was refused.
    private func refusal(_ response: HTTPResponse) async -> MCPError {
        var error = MCPError(.request, "the server answered with status \(response.status)", status: response.status)
        if response.status == 401 || response.status == 403 {
            error.code = .authorization
            error.message =
                "the server wants an authorization that is missing or not enough (status \(response.status))"
        }
        guard let bytes = try? await response.body.collect(upTo: 256 * 1024),
            MediaType.name(response.fields["content-type"]) == "application/json",
            // Other services have errors in JSON too, of which nothing is known but the status.
            let json = try? JSONValue(parsing: bytes), json["jsonrpc"] == "2.0", error.code != .authorization,
            case .message(.failure(_, let failure))? = JSONRPCDecoder.findings(in: bytes).first
        else {
            response.body.cancel()
            return error
        }
        error.failure = failure
        return error
    }

    /// Asks for the event stream of 2024-11-05.
    private func fallBack(_ error: MCPError) async throws(MCPError) {
        let (loop, deliver) = state.withLock { ($0.loop, $0.deliver) }
        guard let loop, let deliver else { throw error }
        let older = EventStreamTransport(sender, limits: limits)
        do throws(MCPError) {
            try await older.open(on: loop, deliver: deliver)
        } catch {
            throw MCPError(
                error.code,
                "the server refused initialize, and offers no event stream either: \(error.message)",
                status: error.status
            )
        }
        let isOpen = state.withLock { state in
            guard state.phase == .open else { return false }
            state.older = older
            return true
        }
        guard !isOpen else { return }
        await older.close()
        throw MCPError(.closed, "the connection is closed")
    }
}
