package import TransportKit

/// Messages over the event stream of 2024-11-05: one stream brings everything, and says where messages are posted to.
package final class EventStreamTransport: MessageTransport {
    private struct State: Sendable {
        enum Phase: Sendable { case new, opening, open, closed }

        var phase = Phase.new
        var loop: EventLoop?
        var deliver: (@Sendable (TransportEvent) -> Void)?
        var endpoint: HTTPServerLocation?
        var reader: Task<Void, Never>?
        /// Who waits for the place to post to.
        var opener: CheckedContinuation<Result<Void, MCPError>, Never>?
    }

    package let traits = TransportTraits(name: "sse", cancelsByClosing: false, survivesDisconnect: false)
    private let sender: HTTPSender
    private let limits: StreamableHTTPTransport.Limits
    private let state = Locked(State())
    private static let cancelled = MCPError(.cancelled, "nobody waits for the event stream any more")

    /// Makes a transport.
    ///
    /// - Parameters:
    ///   - sender: Who sends; its location is the stream's.
    ///   - limits: The limits of the connection.
    package init(_ sender: HTTPSender, limits: StreamableHTTPTransport.Limits = .init()) {
        self.sender = sender
        self.limits = limits
    }

    package func open(
        on loop: EventLoop,
        deliver: @escaping @Sendable (TransportEvent) -> Void
    ) async throws(MCPError) {
        let isFirst = state.withLock { state in
            guard state.phase == .new else { return false }
            state.phase = .opening
            state.loop = loop
            state.deliver = deliver
            return true
        }
        guard isFirst else {
            throw MCPError(.connection, "an event stream is opened once; make another transport for each session")
        }
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                state.withLock { state in
                    state.opener = continuation
                    state.reader = Task(executorPreference: loop) { [self] in await readStream(on: loop) }
                }
                // The cancellation may have come before there was anybody to tell.
                if Task.isCancelled { opened(.failure(Self.cancelled)) }
            }
        } onCancel: {
            opened(.failure(Self.cancelled))
        }
        do throws(MCPError) {
            try result.get()
        } catch {
            await leave()
            throw error
        }
    }

    package func send(_ message: JSONRPCMessage, _ context: MessageContext) async throws(MCPError) {
        let body = message.encoded
        guard body.count <= limits.messageSize else {
            throw MCPError(.tooLarge, "the message has \(body.count) bytes; \(limits.messageSize) are allowed")
        }
        let endpoint = state.withLock { $0.phase == .open ? $0.endpoint : nil }
        guard let endpoint else { throw MCPError(.closed, "the event stream is closed") }
        do throws(MCPError) {
            let limit = limits.taking
            let response = try await sender.send(
                "POST",
                to: endpoint,
                fields: ["Content-Type": "application/json"],
                body: body,
                timeouts: Timeouts(connect: limits.connect, firstByte: limit, idle: limit, total: limit)
            )
            response.body.release()
            guard (200...299).contains(response.status) else {
                throw MCPError(
                    response.status == 401 || response.status == 403 ? .authorization : .request,
                    "the server refused a message with status \(response.status)",
                    status: response.status
                )
            }
        } catch {
            guard error.code != .cancelled else { throw error }
            if case .request(let id, _, _) = message { emit(.lost(request: id, error)) } else { emit(.garbage(error)) }
        }
    }

    package func abandon(_ request: JSONRPCID) {}

    package func close() async {
        guard await leave() else { return }
        emit(.closed(nil))
        state.withLock { $0.deliver = nil }
    }

    /// Ends the stream without saying so; tells whether it was open.
    @discardableResult
    func leave() async -> Bool {
        let (wasOpen, reader) = state.withLock { state in
            defer {
                state.phase = .closed
                state.reader = nil
            }
            return (state.phase == .open || state.phase == .opening, state.reader)
        }
        reader?.cancel()
        await reader?.value
        return wasOpen
    }

    // MARK: The stream

    private func readStream(on loop: EventLoop) async {
        let timer = loop.schedule(after: limits.taking) { [self] in
            opened(.failure(MCPError(.timeout, "the event stream did not say where to post within \(limits.taking)")))
        }
        let error = await read()
        loop.cancel(timer)
        opened(.failure(error))
        let wasOpen = state.withLock { state in
            defer { if state.phase == .open { state.phase = .closed } }
            return state.phase == .open
        }
        if wasOpen {
            emit(.closed(error))
            state.withLock { $0.deliver = nil }
        }
    }

    /// Reads the stream to its end.
    private func read() async -> MCPError {
        do {
            let timeouts = Timeouts(connect: limits.connect, firstByte: nil, idle: nil, total: nil)
            let response = try await sender.send("GET", fields: ["Accept": "text/event-stream"], timeouts: timeouts)
            guard response.status == 200, MediaType.name(response.fields["content-type"]) == "text/event-stream" else {
                response.body.cancel()
                return MCPError(
                    response.status == 401 || response.status == 403 ? .authorization : .connection,
                    "the server gives no event stream (status \(response.status))",
                    status: response.status
                )
            }
            var reader = EventReader(maximumMessageSize: limits.messageSize)
            for try await piece in response.body {
                reader.append(piece)
                while let item = try reader.next() { try take(item) }
            }
            return MCPError(.closed, "the server ended the event stream")
        } catch let error as MCPError {
            return error
        } catch let error as TransportError {
            return MCPError(error)
        } catch {
            return MCPError(.closed, "the event stream broke")
        }
    }

    private func take(_ item: EventReader.Item) throws(MCPError) {
        switch item {
        case .endpoint(let reference):
            guard let place = sender.location.resolving(reference) else {
                throw MCPError(.protocolViolation, "the event stream names a place to post to on another origin")
            }
            let isFirst = state.withLock { state in
                guard state.phase == .opening else { return false }
                state.phase = .open
                state.endpoint = place
                return true
            }
            if isFirst { opened(.success(())) }
        case .findings(let findings):
            for finding in findings {
                switch finding {
                case .message(let message): emit(.message(message))
                case .garbage(_, let reason):
                    emit(
                        .garbage(
                            MCPError(.protocolViolation, "the server sent something that is no message: \(reason)")
                        )
                    )
                }
            }
        }
    }

    /// Answers whoever waits for the stream; only the first answer counts.
    private func opened(_ result: Result<Void, MCPError>) {
        let opener = state.withLock { state in
            defer { state.opener = nil }
            return state.opener
        }
        opener?.resume(returning: result)
    }

    private func emit(_ event: TransportEvent) {
        let (loop, deliver) = state.withLock { ($0.loop, $0.deliver) }
        guard let loop, let deliver else { return }
        loop.perform { deliver(event) }
    }
}
