import ProviderKit
import Testing
import TransportKit

@testable import GatewayKit

@Suite("Dashboard", .timeLimit(.minutes(5)))
struct DashboardTests {
    private let gateway = Gateway(
        serving: ScriptedProvider(),
        options: Gateway.Options(
            access: AccessKeys([AccessKeys.Key(name: "ops", secret: Secret("key-of-the-operator"))]),
            requiresCredentials: true
        )
    )

    @Test("The page needs no key, what it shows does")
    func key() async {
        let page = await gateway.respond(to: .get("/dashboard"))
        #expect(page.status == 200 && page.fields["content-type"] == "text/html; charset=utf-8")
        for path in ["/events", "/_internal/status", "/_internal/routes", "/v1/health"] {
            #expect(await gateway.respond(to: .get(path)).status == 401)
        }
        var events = GatewayRequest.get("/events")
        events.fields["authorization"] = "Bearer key-of-the-operator"
        #expect(await gateway.respond(to: events).status == 200)
        #expect(await gateway.respond(to: .get("/dashboard", role: .guest)).status == 404)
    }

    @Test("It is small, whole, and asks nobody else for anything")
    func whole() async throws {
        let text = await gateway.respond(to: .get("/dashboard")).text()
        #expect(text.utf8.count <= 25 * 1024, "\(text.utf8.count) bytes")
        let forbidden = [
            "http://", "https://", "innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval(", "src=",
        ]
        for word in forbidden { #expect(!text.contains(word), "\(word)") }
        // A handler in the markup would not run, as the policy has it.
        #expect(!text.contains(/<[^>]* on[a-z]+=/))
        #expect(!text.contains("style=") && !text.contains("Storage") && !text.contains("cookie"))
        #expect(text.contains("<html lang=\"en\">") && text.contains("name=\"viewport\""))
        // Each part that the script fills is there once, and nothing else is looked for.
        let ids = text.matches(of: /id="([a-z0-9-]+)"/).map { String($0.1) }
        #expect(Set(ids).count == ids.count)
        let used = text.matches(of: /(?:\$|fill)\('([a-z0-9]+)'/).map { String($0.1) }
        #expect(used.count > 20 && Set(ids).isSuperset(of: used), "\(Set(used).subtracting(ids))")
        for told in EventKind.allCases where ![.metrics, .request].contains(told) {
            #expect(text.contains("'\(told.rawValue)':"), "\(told.rawValue)")
        }
    }

    @Test("Nothing runs in it but its own, and no page can frame it")
    func policy() async throws {
        let page = await gateway.respond(to: .get("/dashboard"))
        let policy = try #require(page.fields["content-security-policy"])
        #expect(policy.hasPrefix("default-src 'none'; ") && !policy.contains("unsafe"))
        #expect(policy.contains("frame-ancestors 'none'") && policy.contains("connect-src 'self'"))
        #expect(page.fields["x-frame-options"] == "DENY" && page.fields["x-content-type-options"] == "nosniff")
        let nonce = try #require(policy.firstMatch(of: /script-src 'nonce-([0-9a-f]+)'/)?.1)
        let text = await page.text()
        #expect(text.matches(of: /<(script|style)/).count == 2)
        #expect(text.ranges(of: "nonce=\"\(nonce)\"").count == 2)
        let other = await gateway.respond(to: .get("/dashboard"))
        #expect(other.fields["content-security-policy"] != policy)
    }
}
