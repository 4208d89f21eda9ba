import ProviderTesting
import Testing
import TransportKit

/// What of a caller's header fields reaches a provider.
@Suite(.timeLimit(.minutes(5))) struct GatewayFieldTests {
    /// The fields that requests to providers may have.
    private static let usual: Set<String> = [
        "host", "content-type", "content-length", "accept", "accept-encoding", "user-agent", "authorization",
        "x-api-key", "anthropic-version", "x-goog-api-key", "connection",
    ]

    @Test func nothingOfTheCallersConnectionReachesAProvider() async throws {
        let upstream = try await ScriptedUpstream { _ in .text("Hello") }
        let gateway = try await GatewayProcess.start(providers: upstream.providers(more: #"models = ["m"]"#))
        let port = try #require(try gateway.address(.tcpGuest).split(separator: ":").last)
        let models = WireDialect.allCases.map { "\($0.rawValue)/m" }
        try await Rig.runScript("gateway_fields.py", ["127.0.0.1", String(port)] + models)
        #expect(upstream.requests.count == 5 * models.count)
        for request in upstream.requests {
            for field in request.fields.fields {
                #expect(Self.usual.contains(field.name.lowercased()), "\(request.path): \(field.name)")
                #expect(!field.value.contains("hop-canary"), "\(request.path): \(field.name)")
            }
        }
        await upstream.shutdown()
    }
}
