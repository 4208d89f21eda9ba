import TransportKit

@testable import MCPKit

/// A server within the test, which a closure answers for.
final class ScriptedServer: Sendable {
    /// What answers a request: a result, a failure, or nothing at all.
    typealias Answer =
        @Sendable (_ method: String, _ params: JSONValue?, _ id: JSONRPCID) -> Result<
            JSONObject, JSONRPCFailure
        >?

    let version: ProtocolVersion
    private let capabilities: JSONObject
    private let answer: Answer
    private let heard = Locked<[JSONRPCMessage]>([])
    private let peers = Locked<[InMemoryTransport.Peer]>([])

    init(
        _ version: ProtocolVersion = .v2025_11_25,
        capabilities: JSONObject = ["tools": [:]],
        answer: @escaping Answer = { _, _, _ in .success([:]) }
    ) {
        self.version = version
        self.capabilities = capabilities
        self.answer = answer
    }

    /// Its end of the newest connection.
    var peer: InMemoryTransport.Peer? { peers.withLock { $0.last } }
    var connections: Int { peers.withLock { $0.count } }

    func params(_ method: String) -> [JSONValue] {
        heard.withLock { messages in
            messages.compactMap { message in
                switch message {
                case .request(_, method, let params), .notification(method, let params): params ?? .null
                default: nil
                }
            }
        }
    }

    func client(
        handlers: MCPClientHandlers = MCPClientHandlers(),
        policy: MCPServerConfiguration.Policy = .persistent(idleClose: nil),
        pingInterval: Duration? = nil,
        group: EventLoopGroup = .shared
    ) -> MCPClient {
        let configuration = MCPServerConfiguration(
            name: "scripted",
            endpoint: .command(.init("none")),
            policy: policy,
            pingInterval: pingInterval
        )
        let factory = TransportFactory {
            let isNew = Locked(true)
            return InMemoryTransport { message, _, peer in
                if isNew.withLock({ $0.exchange(false) }) { self.peers.withLock { $0.append(peer) } }
                self.heard.withLock { $0.append(message) }
                self.receive(message, peer)
            }
        }
        return MCPClient(configuration, factory: factory, handlers: handlers, loop: group.next())
    }

    private func receive(_ message: JSONRPCMessage, _ peer: InMemoryTransport.Peer) {
        guard case .request(let id, let method, let params) = message else { return }
        switch method {
        case "server/discover" where version.isStateless:
            let result: JSONValue = [
                "supportedVersions": [.string(version.rawValue)], "capabilities": .object(capabilities),
            ]
            peer.send(.response(id: id, result: result))
        case "server/discover": peer.send(.failure(id: id, JSONRPCFailure(.methodNotFound, "what?")))
        case "initialize":
            let result: JSONValue = [
                "protocolVersion": .string(version.rawValue), "capabilities": .object(capabilities),
            ]
            peer.send(.response(id: id, result: result))
        default:
            switch answer(method, params, id) {
            case .success(let result): peer.send(.response(id: id, result: .object(result)))
            case .failure(let failure): peer.send(.failure(id: id, failure))
            case nil: break
            }
        }
    }
}

extension Bool {
    fileprivate mutating func exchange(_ new: Bool) -> Bool {
        defer { self = new }
        return self
    }
}
