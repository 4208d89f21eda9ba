import ProviderTesting
import TransportKit

@testable import MCPKit

/// A pass-through in front of servers within the program, and clients of it in both eras.
final class ProxyRig: Sendable {
    /// An era, by what is known of a server before it is asked.
    enum Era: String, Sendable, CaseIterable {
        case handshake
        case stateless

        var memory: EraDetection.Memory { self == .handshake ? .handshake : .stateless(.v2026_07_28) }
    }

    let proxy: MCPProxy
    let group: EventLoopGroup
    private let clients = Locked<[MCPClient]>([])

    /// Makes a rig.
    ///
    /// - Parameters:
    ///   - services: The servers, by name.
    ///   - era: What they speak.
    ///   - options: The pass-through's options.
    ///   - clock: The time; `nil` for the system's.
    ///   - ways: The ways to the servers.
    /// - Throws: `MCPError`.
    init(
        _ services: KeyValuePairs<String, any MCPService>,
        era: Era = .handshake,
        options: MCPProxy.Options = .init(),
        clock: ManualClock? = nil,
        ways: MCPProxy.Ways? = nil
    ) throws {
        group = if let clock { EventLoopGroup(count: 1, clock: clock) } else { EventLoopGroup(count: 2) }
        let configurations = services.map { MCPServerConfiguration(name: $0.key, endpoint: .service($0.value)) }
        proxy =
            if let ways {
                try MCPProxy(configurations, options: options, group: group, logger: .disabled, ways: ways)
            } else {
                try MCPProxy(configurations, options: options, group: group, logger: .disabled)
            }
        for backend in proxy.backends { backend.state.withLock { $0.memory = era.memory } }
    }

    func client(_ era: Era = .handshake, handlers: MCPClientHandlers = MCPClientHandlers()) async throws -> MCPClient {
        let client = try MCPClient(
            MCPServerConfiguration(name: "proxy", endpoint: .service(proxy)),
            handlers: handlers,
            group: group,
            logger: .disabled
        )
        await client.loop.run { client.core.value.remember(era.memory) }
        clients.withLock { $0.append(client) }
        return client
    }

    func end() async {
        for client in clients.withLock({ $0 }) { await client.close() }
        await proxy.close()
        await group.shutdown()
    }

    /// Ends the connections of a server, as if it had died.
    func kill(_ server: String) async {
        guard let backend = proxy.backends.first(where: { $0.name == server }) else { return }
        for session in backend.state.withLock({ Array($0.sessions.values) }) {
            guard let transport = try? await session.client.connection().session.transport else { continue }
            await (transport as? ServiceTransport)?.close()
        }
    }

    static let caller = MCPServedClient.Caller(listener: "memory")
}

/// What a scripted server has.
struct Offer: Sendable {
    var tools: [JSONValue] = []
    var prompts: [JSONValue] = []
    var resources: [JSONValue] = []
    var templates: [JSONValue] = []

    static func tools(_ names: String...) -> Offer {
        Offer(tools: names.map { ["name": .string($0), "inputSchema": ["type": "object"]] })
    }

    /// Answers requests for lists; `nil` for any other.
    func list(_ request: MCPServedRequest) -> JSONObject? {
        switch request.method {
        case "tools/list": ["tools": .array(tools)]
        case "prompts/list": ["prompts": .array(prompts)]
        case "resources/list": ["resources": .array(resources)]
        case "resources/templates/list": ["resourceTemplates": .array(templates)]
        default: nil
        }
    }
}

extension ScriptedService {
    /// A server that has something, and answers everything else as a test says.
    convenience init(
        _ offer: Offer,
        _ handler: @escaping @Sendable (MCPServedRequest) async throws(JSONRPCFailure) -> JSONObject
    ) {
        self.init { request async throws(JSONRPCFailure) in
            if let list = offer.list(request) { return list }
            return try await handler(request)
        }
    }

    /// A server that has something, and gives back what it is asked.
    convenience init(_ offer: Offer) {
        self.init(offer) { request throws(JSONRPCFailure) in
            ["content": [], "method": .string(request.method), "params": .object(request.params)]
        }
    }
}
