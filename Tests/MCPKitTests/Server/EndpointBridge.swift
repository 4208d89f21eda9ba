import TransportKit

@testable import MCPKit

/// Carries a client's HTTP requests to an endpoint without a socket.
struct EndpointBridge: HTTPTransport {
    let endpoint: MCPHTTPEndpoint
    /// How many requests came, by method.
    let requests = Counter()

    final class Counter: Sendable {
        private let counts = Locked<[String: Int]>([:])
        func add(_ method: String) { counts.withLock { $0[method, default: 0] += 1 } }
        subscript(_ method: String) -> Int { counts.withLock { $0[method] ?? 0 } }
    }

    func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse {
        requests.add(request.method)
        let response = await endpoint.respond(
            to: MCPHTTPRequest(
                method: request.method,
                fields: request.fields,
                body: body(of: request),
                caller: MCPServedClient.Caller(listener: "bridge")
            )
        )
        if Task.isCancelled { throw TransportError(.cancelled, "the request was cancelled") }
        let body =
            switch response.body {
            case .bytes(let bytes): HTTPBody(bytes: bytes)
            case .events(let events): HTTPBody(source: Source(events))
            }
        return HTTPResponse(status: response.status, fields: response.fields, body: body)
    }

    private func body(of request: HTTPRequest) -> [UInt8] {
        if case .bytes(let bytes)? = request.body { bytes } else { [] }
    }

    private final class Source: HTTPBody.Source {
        private let events: any MCPEventSource

        init(_ events: any MCPEventSource) { self.events = events }

        deinit { events.cancel() }

        func next() async throws(TransportError) -> [UInt8]? {
            if let bytes = await events.next() { return bytes }
            if Task.isCancelled { throw TransportError(.cancelled, "reading was cancelled") }
            return nil
        }

        func cancel() { events.cancel() }
    }

    /// Calls an endpoint by a client of ours.
    func withClient<Value: Sendable>(
        _ era: EraDetection.Memory,
        handlers: MCPClientHandlers = MCPClientHandlers(),
        _ body: (MCPClient) async throws -> Value
    ) async throws -> Value {
        let sender = HTTPSender(to: try HTTPServerLocation(parsing: "http://127.0.0.1/mcp"), over: self)
        let client = MCPClient(
            MCPServerConfiguration(name: "bridge", endpoint: .remote(.init("http://127.0.0.1/mcp"))),
            factory: TransportFactory { StreamableHTTPTransport(sender) },
            handlers: handlers,
            loop: EventLoopGroup.shared.next()
        )
        await client.loop.run { client.core.value.remember(era) }
        return try await client.use(body)
    }
}
