import ProviderTesting
import TransportKit

@testable import MCPKit

/// A transport under test, and what it has delivered.
struct TransportLine {
    let transport: any MessageTransport
    private let events = EventQueue()

    private init(_ transport: any MessageTransport) {
        self.transport = transport
    }

    /// Opens a transport.
    static func open(
        _ transport: any MessageTransport,
        on loop: EventLoop = EventLoopGroup.shared.next()
    ) async throws -> TransportLine {
        let line = TransportLine(transport)
        try await transport.open(on: loop) { [events = line.events] event in
            loop.checkIsolated()
            events.add(event)
        }
        return line
    }

    /// The next event; `nil` after the last.
    func next() async -> TransportEvent? {
        await events.next()
    }

    /// The next event in words.
    func text() async -> String? {
        await next().map(Self.text)
    }

    /// Sends a request.
    func request(
        _ id: Int,
        _ method: String,
        _ params: JSONValue? = nil,
        version: ProtocolVersion? = .v2025_11_25
    ) async throws {
        let message = JSONRPCMessage.request(id: .integer(id), method: method, params: params)
        try await transport.send(message, MessageContext(version: version))
    }

    /// Why a request is not even sent, if it is not.
    func refusal(_ id: Int, _ method: String, _ params: JSONValue? = nil) async -> MCPError.Code? {
        do {
            try await request(id, method, params)
            return nil
        } catch {
            return (error as? MCPError)?.code
        }
    }

    /// Sends a notification.
    func notify(_ method: String, version: ProtocolVersion? = .v2025_11_25) async throws {
        try await transport.send(.notification(method: method, params: nil), MessageContext(version: version))
    }

    /// Does the handshake, and returns the server's answer.
    func handshake(_ version: ProtocolVersion = .v2025_11_25) async throws -> JSONValue {
        let params: JSONValue = [
            "protocolVersion": .string(version.rawValue), "capabilities": [:],
            "clientInfo": ["name": "test", "version": "1"],
        ]
        try await request(0, "initialize", params, version: nil)
        guard case .message(.response(.integer(0), let result))? = await next() else {
            throw MCPError(.protocolViolation, "no answer to the handshake")
        }
        try await notify("notifications/initialized", version: version)
        return result
    }

    /// An event in words: what a test expects is then a line.
    static func text(_ event: TransportEvent) -> String {
        switch event {
        case .message(.request(let id, let method, _)): "request \(id) \(method)"
        case .message(.notification(let method, _)): "notification \(method)"
        case .message(.response(let id, let result)): "response \(id) \(result.serializedString)"
        case .message(.failure(let id, let failure)):
            "failure \(id.map(\.description) ?? "none") \(failure.code.rawValue)"
        case .garbage(let error): "garbage \(error.code)"
        case .lost(let request, let error): "lost \(request) \(error.code)\(error.status.map { " \($0)" } ?? "")"
        case .sessionExpired: "session expired"
        case .closed(let error): "closed\(error.map { " \($0.code)" } ?? "")"
        }
    }
}

extension UpstreamAnswer {
    /// The answer to a request of JSON-RPC.
    static func result(_ id: Int = 1, _ result: JSONValue = [:], fields: HTTPFields = [:]) -> UpstreamAnswer {
        .json(answer(id, result), fields: fields)
    }

    static func answer(_ id: Int = 1, _ result: JSONValue = [:]) -> JSONValue {
        ["jsonrpc": "2.0", "id": .number(JSONNumber(id)), "result": result]
    }

    /// A stream of events.
    static func events(_ texts: String..., fields: HTTPFields = [:]) -> UpstreamAnswer {
        .stream(texts.map { Array($0.utf8) }, fields: fields)
    }

    static let accepted = UpstreamAnswer.http(202)
}

extension ScriptedUpstream {
    /// A transport that talks to this server.
    func streamable(
        path: String = "/mcp",
        credentials: [String: Secret] = [:],
        limits: StreamableHTTPTransport.Limits = .init(),
        on group: EventLoopGroup = .shared
    ) throws -> StreamableHTTPTransport {
        StreamableHTTPTransport(try sender(path: path, credentials: credentials, on: group), limits: limits)
    }

    func sender(
        path: String = "/mcp",
        credentials: [String: Secret] = [:],
        authorizer: (any HTTPAuthorizer)? = nil,
        on group: EventLoopGroup = .shared
    ) throws -> HTTPSender {
        HTTPSender(
            to: try HTTPServerLocation(parsing: "http://127.0.0.1:\(port)\(path)"),
            over: HTTPSender.makeClient(on: group),
            credentials: credentials,
            authorizer: authorizer
        )
    }
}

/// Events in order, and who waits for the next.
private final class EventQueue: Sendable {
    private struct State: Sendable {
        var events: [TransportEvent] = []
        var isClosed = false
        var waiter: CheckedContinuation<TransportEvent?, Never>?
    }

    private let state = Locked(State())

    func add(_ event: TransportEvent) {
        let waiter = state.withLock { state in
            if case .closed = event { state.isClosed = true }
            defer { state.waiter = nil }
            if state.waiter == nil { state.events.append(event) }
            return state.waiter
        }
        waiter?.resume(returning: event)
    }

    func next() async -> TransportEvent? {
        await withCheckedContinuation { continuation in
            let event: TransportEvent?? = state.withLock { state in
                if !state.events.isEmpty { return .some(state.events.removeFirst()) }
                if state.isClosed { return .some(nil) }
                state.waiter = continuation
                return nil
            }
            if let event { continuation.resume(returning: event) }
        }
    }
}
