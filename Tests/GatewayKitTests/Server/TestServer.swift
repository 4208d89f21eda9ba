import ProviderTesting
import TransportKit

@testable import GatewayKit

/// A server for one test.
struct TestServer {
    let server: HTTPServer
    let responder: TestResponder
    let port: UInt16
    let group: EventLoopGroup

    static func with(
        _ responder: TestResponder = TestResponder(),
        limits: HTTPLimits = HTTPLimits(),
        loops: Int = 1,
        clock: any Clock<Duration> = ContinuousClock(),
        _ body: (TestServer) async throws -> Void
    ) async throws {
        let group = EventLoopGroup(count: loops, clock: clock)
        let server = HTTPServer(responder: responder, limits: limits, group: group)
        let listeners = try await server.start([.tcp(host: "127.0.0.1", port: 0, role: .host)])
        guard case .tcp(_, let port) = listeners[0].place else { throw RawClient.Failure(what: "no port") }
        let result: Result<Void, any Error>
        do {
            result = .success(
                try await body(TestServer(server: server, responder: responder, port: port, group: group))
            )
        } catch {
            result = .failure(error)
        }
        await server.stop(drain: .zero)
        await group.shutdown()
        try result.get()
    }

    func connect() throws -> RawClient { try RawClient(port: port) }

    /// Sends a request on a connection of its own and reads the answer.
    func ask(_ request: String) async throws -> RawClient.Response {
        let client = try connect()
        try await client.send(request)
        return try await client.readResponse()
    }
}
