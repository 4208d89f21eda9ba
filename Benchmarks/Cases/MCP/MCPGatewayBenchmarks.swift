import GatewayKit
import MCPKit
import Modelplex
import ProviderKit
import TransportKit

/// Calls through the gateway at `/mcp` to the echo server: beside `mcp.stdio-64-in-flight` it shows what the way through costs.
///
/// The caller shares the processors with the gateway and the server.
func mcpGatewayCalls(_ program: String) async throws -> [Measurement] {
    let group = EventLoopGroup(count: 1)
    let settings = PlexConfiguration.MCP(servers: [
        .init(name: "echo", transport: .command(program, arguments: [mcpEchoArgument], environment: [:]))
    ])
    var options = Gateway.Options(logsRequests: false)
    options.tools = try ToolGateway(settings, environment: [:], eventLoopGroup: group)
    let gateway = Gateway(serving: Plex(providers: []).provider, options: options, eventLoopGroup: group)
    let listeners = try await gateway.start(at: [.tcp(host: "127.0.0.1", port: 0, role: .host)])
    guard case .tcp(_, let port)? = listeners.first?.place else { return [] }
    let callers = EventLoopGroup(count: 1)
    let caller = try await MCPGatewayCaller(port: port, group: callers)
    let measurement = try await Task(executorPreference: callers.loops[0]) {
        try await caller.measure("mcp.gateway-64-in-flight")
    }.value
    await gateway.stop()
    await callers.shutdown()
    await group.shutdown()
    return [measurement]
}

/// A client that does as little as possible: the same call again and again in one session.
private struct MCPGatewayCaller: Sendable {
    private let client: HTTPClient
    private let url: String
    private let fields: HTTPFields

    private static let hello = """
        {"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},\
        "clientInfo":{"name":"benchmark","version":"1"}}}
        """
    private static let head = Array(#"{"jsonrpc":"2.0","id":"#.utf8)
    private static let call = Array(
        #","method":"tools/call","params":{"name":"echo__echo","arguments":{"text":"hello"}}}"#.utf8
    )

    init(port: UInt16, group: EventLoopGroup) async throws {
        var configuration = HTTPClient.Configuration(eventLoopGroup: group)
        configuration.maximumConnectionsPerHost = 64
        client = HTTPClient(configuration: configuration)
        url = "http://127.0.0.1:\(port)/mcp"
        var fields: HTTPFields = [
            "content-type": "application/json", "accept": "application/json, text/event-stream",
        ]
        let hello = HTTPRequest(method: "POST", url: url, fields: fields, body: .bytes(Array(Self.hello.utf8)))
        let response = try await client.send(hello)
        keep(try await response.body.collect(upTo: 1 << 20))
        fields["mcp-session-id"] = response.fields["mcp-session-id"]
        fields["mcp-protocol-version"] = "2025-11-25"
        self.fields = fields
    }

    func ask(_ id: Int) async throws {
        let body = Self.head + Array(String(id).utf8) + Self.call
        let response = try await client.send(HTTPRequest(method: "POST", url: url, fields: fields, body: .bytes(body)))
        let answer = try await response.body.collect(upTo: 1 << 20)
        guard response.status == 200, answer.count > 40 else { throw UnexpectedAnswer(status: response.status) }
    }

    func measure(_ name: String) async throws -> Measurement {
        var series = Series(operations: 64 * 40)
        for sample in 0..<10 {
            let start = Reading.now
            try await withThrowingTaskGroup(of: Void.self) { group in
                for lane in 0..<64 {
                    group.addTask { for call in 0..<40 { try await ask(2 + lane * 40 + call + sample * 64 * 40) } }
                }
                try await group.waitForAll()
            }
            if sample >= 2 { series.add(from: start, to: .now) }
        }
        return series.measurement(name: name, bytes: nil, reference: "mcp.stdio-64-in-flight")
    }
}

private struct UnexpectedAnswer: Error {
    let status: Int
}
