import Testing
import TransportKit

@testable import GatewayKit

@Suite("Access")
struct AccessTests {
    private let keys = AccessKeys([
        .init(name: "alice", secret: Secret("key-of-alice")), .init(name: "bob", secret: Secret("key-of-bob")),
    ])

    private func request(_ fields: HTTPFields, at address: Peer.Address) -> GatewayRequest {
        GatewayRequest(method: "GET", path: "/", fields: fields, peer: Peer(address: address, role: .host))
    }

    @Test(
        "Keys over TCP",
        arguments: [
            (["authorization": "Bearer key-of-alice"], "alice"), (["Authorization": "bearer  key-of-bob"], "bob"),
            (["x-api-key": "key-of-bob"], "bob"), (["x-goog-api-key": "key-of-alice"], "alice"),
            (["authorization": "Bearer key-of-alic"], nil), (["authorization": "Bearer "], nil),
            (["authorization": "Basic a2V5"], nil), (["x-api-key": ""], nil), ([:], nil),
        ] as [(HTTPFields, String?)]
    )
    func keys(fields: HTTPFields, caller: String?) async {
        let decision = await keys.decide(on: request(fields, at: .tcp(host: "127.0.0.1", port: 1)))
        if let caller {
            #expect(decision == .allowed(caller: caller))
        } else if case .unauthenticated(let text) = decision {
            #expect(!text.contains("key-of"))
        } else {
            Issue.record("\(decision)")
        }
    }

    @Test("A Unix socket's mode is its lock")
    func unixSocket() async {
        let peer = Peer.Address.unix(userID: 1, groupID: 1, processID: 1)
        #expect(await keys.decide(on: request([:], at: peer)) == .allowed(caller: nil))
        #expect(await keys.decide(on: request([:], at: .unknown)) != .allowed(caller: nil))
    }

    @Test(
        "Names by which a gateway without keys may be called",
        arguments: [
            ("localhost", true), ("LOCALHOST:8317", true), ("models.localhost", true), ("127.0.0.1:80", true),
            ("[::1]:8317", true), ("10.1.2.3", true), ("gateway.lan:80", true), ("attacker.example", false),
            ("127.0.0.1.attacker.example", false), ("1.2.3", false), ("", false), ("localhost.attacker.example", false),
        ]
    )
    func hosts(host: String, isTrusted: Bool) {
        let policy = OriginPolicy(allowedOrigins: [], allowedHosts: ["gateway.lan"])
        #expect(policy.isHostTrusted(request(["host": host], at: .tcp(host: "127.0.0.1", port: 1))) == isTrusted)
        #expect(policy.isHostTrusted(request(["host": host], at: .unix(userID: 0, groupID: 0, processID: 0))))
    }

    @Test("Web pages get in by their origin only")
    func origins() {
        let policy = OriginPolicy(allowedOrigins: ["https://app.example"], allowedHosts: [])
        #expect(policy.grantedOrigin(["origin": "https://app.example"]) == "https://app.example")
        #expect(policy.grantedOrigin(["origin": "https://other.example"]) == nil)
        #expect(OriginPolicy(allowedOrigins: [], allowedHosts: []).grantedOrigin(["origin": "null"]) == nil)
        let asks: HTTPFields = ["origin": "https://app.example", "access-control-request-method": "POST"]
        #expect(policy.preflight(asks)?.status == 204)
        #expect(policy.preflight(["origin": "https://other.example", "access-control-request-method": "POST"]) == nil)
    }
}
