import ProviderKit
import Testing
import TransportKit

@testable import GatewayKit

/// A gateway whose configuration changes while it runs.
@Suite("Gateway, changed while it runs", .timeLimit(.minutes(5)))
struct GatewayReplaceTests {
    private static let everywhere = ListenAddress.tcp(host: "0.0.0.0", port: 0, role: .host)
    private static let here = ListenAddress.tcp(host: "127.0.0.1", port: 0, role: .host)

    private var withKeys: Gateway.Options {
        let keys = AccessKeys([.init(name: "a", secret: Secret("sk-a-secret"))])
        return Gateway.Options(access: keys, requiresCredentials: true)
    }

    private static let get = "GET /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n"

    private func port(_ listener: BoundListener?) -> UInt16 {
        if case .tcp(_, let port) = listener?.place { port } else { 0 }
    }

    @Test("an address that others reach is refused without keys, also when it is open already")
    func keys() async throws {
        let group = EventLoopGroup(count: 2)
        let gateway = Gateway(serving: ScriptedProvider(), options: withKeys, eventLoopGroup: group)
        let outer = try await gateway.start(at: [Self.everywhere])
        let client = try RawClient(port: port(outer.first))
        try await client.send(Self.get)
        #expect(try await client.readResponse().status == 401)
        for addresses in [[Self.everywhere], [Self.here, Self.everywhere]] {
            let error = await #expect(throws: ListenError.self) {
                try await gateway.replace(
                    serving: ScriptedProvider(),
                    options: .init(),
                    limits: HTTPLimits(),
                    listeningAt: addresses
                )
            }
            #expect(error?.reason == .refused)
        }
        try await client.send(Self.get)
        #expect(try await client.readResponse().status == 401)
        // Half a request that came while keys were asked for is not answered when none are.
        try await client.send("GET /v1/models HTTP/1.1\r\n")
        let inner = try await gateway.replace(
            serving: ScriptedProvider(),
            options: .init(),
            limits: HTTPLimits(),
            listeningAt: [Self.here]
        )
        try? await client.send("Host: localhost\r\n\r\n")
        let late = try? await client.readResponse()
        #expect(late == nil || late?.status == 503)
        let own = try RawClient(port: port(inner.first))
        try await own.send(Self.get)
        #expect(try await own.readResponse().status == 200)
        await gateway.stop(drain: .zero)
        await group.shutdown()
    }

    @Test("a guest is not to ask for it, and one without a configuration cannot do it")
    func whoMayAsk() async throws {
        let gateway = Gateway(serving: ScriptedProvider())
        for (role, status, code) in [
            (ListenAddress.Role.guest, 404, "unknown_path"), (.host, 501, "no_configuration"),
        ] {
            let response = await gateway.respond(to: .post("/_internal/reload", "", role: role))
            #expect(response.status == status)
            #expect(try await response.json()["error"]?["code"]?.string == code)
        }
    }

    @Test("what has changed is told, and why nothing did")
    func told() async throws {
        var options = Gateway.Options()
        options.reload = { () async throws(ReloadError) in
            ReloadReport(changed: ["server.listen"], needsRestart: ["server.loops"], warnings: ["look"])
        }
        let gateway = Gateway(serving: ScriptedProvider(), options: options)
        let answer = await gateway.respond(to: .post("/_internal/reload", ""))
        #expect(answer.status == 200)
        let expected: JSONValue = [
            "reloaded": true, "changed": ["server.listen"], "needs_restart": ["server.loops"], "warnings": ["look"],
        ]
        #expect(try await answer.json() == expected)
        for (reason, status) in [
            (ReloadError.Reason.invalidConfiguration, 422), (.addressInUse, 409), (.cannotOpen, 500), (.stopping, 503),
        ] {
            options.reload = { () async throws(ReloadError) in throw ReloadError(reason, "why") }
            gateway.replace(serving: ScriptedProvider(), options: options)
            let response = await gateway.respond(to: .post("/_internal/reload", ""))
            #expect(response.status == status)
            #expect((response.fields["retry-after"] != nil) == (status == 503))
            let error = try await response.json()["error"]
            #expect(error?["code"]?.string == reason.rawValue)
            #expect(error?["message"]?.string == "why")
        }
    }
}
