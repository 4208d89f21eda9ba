internal import TransportKit

extension StreamableHTTPTransport {
    /// How reading a stream ended.
    private enum End {
        /// The answer came.
        case answered
        /// The stream ended, in order or not.
        case ended(EventReader)
    }

    private var streaming: Timeouts {
        Timeouts(connect: limits.connect, firstByte: nil, idle: nil, total: nil)
    }

    // MARK: The answer to one request

    /// Reads events until the answer to a request came, and asks for the rest of a stream that ended before.
    func follow(_ response: HTTPResponse, _ post: Post) async throws(MCPError) {
        let isStateless = post.context.version?.isStateless == true
        var resumption = StreamResumption(.answer, isResumable: !isStateless)
        guard case .ended(let reader) = try await read(response, for: post.id) else { return }
        var action = resumption.ended(reader)
        while true {
            switch action {
            case .leave(let reason): throw MCPError(.closed, reason)
            case .reconnect(let delay, let lastEventID):
                try await pause(for: delay)
                switch try await reopen(lastEventID, &resumption, for: post.id) {
                case nil: return
                case let next?: action = next
                }
            }
        }
    }

    /// Asks for the rest of a stream and reads it; `nil` if the answer came.
    private func reopen(
        _ lastEventID: String?,
        _ resumption: inout StreamResumption,
        for request: JSONRPCID?
    ) async throws(MCPError) -> StreamResumption.Action? {
        let (session, version) = state.withLock { ($0.session, $0.version) }
        var fields: HTTPFields = ["Accept": "text/event-stream"]
        if let version { fields.append(MessageHeaders.version, version.rawValue) }
        if let session { fields.append(MessageHeaders.session, session) }
        if let lastEventID { fields.append(MessageHeaders.lastEvent, lastEventID) }
        let response: HTTPResponse
        do throws(MCPError) {
            response = try await sender.send("GET", fields: fields, timeouts: streaming)
        } catch {
            switch error.code {
            case .connection, .closed, .timeout: return resumption.failed()
            default: throw error
            }
        }
        guard response.status == 200, MediaType.name(response.fields["content-type"]) == "text/event-stream" else {
            response.body.cancel()
            if response.status == 404, session != nil {
                expire(session)
                throw MCPError(.closed, "the server no longer knows the session", status: 404)
            }
            return resumption.refused(status: response.status)
        }
        switch try await read(response, for: request) {
        case .answered: return nil
        case .ended(let reader): return resumption.ended(reader)
        }
    }

    private func read(_ response: HTTPResponse, for request: JSONRPCID?) async throws(MCPError) -> End {
        var reader = EventReader(maximumMessageSize: limits.messageSize)
        do {
            for try await piece in response.body {
                reader.append(piece)
                while let item = try reader.next() {
                    guard case .findings(let findings) = item, emit(findings, for: request) else { continue }
                    // The stream ends by itself now; its connection serves the next request.
                    response.body.release()
                    return .answered
                }
            }
        } catch let error as MCPError {
            response.body.cancel()
            throw error
        } catch let error as TransportError where error.code == .cancelled {
            throw MCPError(error)
        } catch {
            // A stream that broke is one that ended: it may be resumed.
        }
        return .ended(reader)
    }

    private func pause(for delay: Duration) async throws(MCPError) {
        let loop = state.withLock { $0.loop }
        guard let loop, await loop.pause(for: delay) else {
            throw MCPError(.cancelled, "nobody waits for the answer any more")
        }
    }

    // MARK: What the server says unasked

    /// Listens for what the server says unasked, for as long as the session lasts.
    ///
    /// A server that gave the session no id keeps nothing between requests, and has nothing to say unasked.
    func listen(_ version: ProtocolVersion?) {
        state.withLock { state in
            guard state.phase == .open, state.session != nil, state.listener == nil, let loop = state.loop,
                version?.isStateless != true
            else { return }
            state.listener = Task(executorPreference: loop) { [self] in await keepListening() }
        }
    }

    private func keepListening() async {
        var resumption = StreamResumption(.listening)
        var lastEventID: String?
        while !Task.isCancelled {
            do throws(MCPError) {
                switch try await reopen(lastEventID, &resumption, for: nil) {
                case .reconnect(let delay, let last)?:
                    lastEventID = last
                    try await pause(for: delay)
                case .leave?, nil: return stopListening()
                }
            } catch {
                // Not offered (405), or the session has ended: requests go on and tell the session what is wrong.
                return stopListening()
            }
        }
    }

    private func stopListening() {
        // A listener that was cancelled may have a successor already.
        guard !Task.isCancelled else { return }
        state.withLock { $0.listener = nil }
    }

    // MARK: The end

    /// Tells the server that the session is over; it may refuse to hear of it.
    func sayGoodbye() async {
        let (session, version, older) = state.withLock { ($0.session, $0.version, $0.older) }
        if let older { await older.leave() }
        guard let session else { return }
        var fields: HTTPFields = [MessageHeaders.session: session]
        if let version { fields.append(MessageHeaders.version, version.rawValue) }
        let limit = limits.closing
        let timeouts = Timeouts(connect: limit, firstByte: limit, idle: limit, total: limit)
        let response = try? await sender.send("DELETE", fields: fields, timeouts: timeouts)
        response?.body.release()
    }
}

extension StreamResumption {
    fileprivate mutating func ended(_ reader: EventReader) -> Action {
        ended(hadEvents: reader.hadEvents, lastEventID: reader.lastEventID, retry: reader.retry)
    }
}
