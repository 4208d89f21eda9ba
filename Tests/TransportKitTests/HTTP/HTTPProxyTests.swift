import Testing

@testable import TransportKit

@Suite(.timeLimit(.minutes(5)), .eachWay)
struct HTTPProxyTests {
    private func client(_ proxy: HTTPClient.Proxy) -> HTTPClient {
        var configuration = HTTPClient.Configuration.forTests()
        configuration.proxy = proxy
        return HTTPClient(configuration: configuration)
    }

    /// Answers forwarded requests itself, and refuses tunnels.
    private func proxyServer() throws -> LocalServer {
        try LocalServer { connection in
            while let head = connection.readHead() {
                connection.log.note(head)
                if head.hasPrefix("CONNECT") {
                    connection.respond("", status: "407 Proxy Authentication Required")
                } else {
                    connection.respond("through the proxy")
                }
            }
        }
    }

    @Test func forwardsPlainRequests() async throws {
        let proxy = try proxyServer()
        let client = client(.server(proxy.url, credentials: Secret("me:pw"), except: ["direct.example"]))
        let response = try await client.send(HTTPRequest(url: "http://model.example/v1"))
        #expect(try await response.text() == "through the proxy")
        let head = proxy.log.events[2]
        #expect(head.hasPrefix("GET http://model.example/v1 HTTP/1.1"))
        #expect(head.contains("Proxy-Authorization: Basic bWU6cHc="))
        let direct = await #expect(throws: TransportError.self) {
            try await client.send(HTTPRequest(url: "http://direct.example.invalid.direct.example/"))
        }
        #expect(direct?.code == .resolve)
        #expect(proxy.log.count("request") == 1)
    }

    @Test func requestMayNameItsOwn() async throws {
        let proxy = try proxyServer()
        let client = client(.none)
        let response = try await client.send(HTTPRequest(url: "http://model.example/", proxy: proxy.url))
        #expect(try await response.text() == "through the proxy")
        // The next request has none again.
        let server = try LocalServer { connection in
            _ = connection.readHead()
            connection.respond("direct")
        }
        #expect(try await client.send(HTTPRequest(url: server.url)).text() == "direct")
    }

    @Test func refusedTunnelIsTheProxysFault() async throws {
        let proxy = try proxyServer()
        let request = HTTPRequest(
            url: "https://model.example/v1",
            credentials: ["Authorization": Secret("Bearer s3cret")]
        )
        let error = await #expect(throws: TransportError.self) { try await client(.server(proxy.url)).send(request) }
        #expect(error?.code == .proxy)
        #expect(error?.message.contains("407") == true)
        #expect(proxy.log.events[2].hasPrefix("CONNECT model.example:443"))
        #expect(!proxy.log.events[2].contains("s3cret"))
    }

    @Test func deadProxyIsTheProxysFault() async throws {
        var proxy: LocalServer? = try proxyServer()
        let client = client(.server(proxy?.url ?? ""))
        proxy = nil
        let error = await #expect(throws: TransportError.self) {
            try await client.send(HTTPRequest(url: "http://model.example/"))
        }
        #expect(error?.code == .proxy)
    }

    @Test(
        "the variable of a proxy is found as libcurl finds it, and its password is not shown",
        arguments: [
            (true, ["https_proxy": "http://me:p/w@h:1/"], "https_proxy", "h:1"),
            (true, ["HTTPS_PROXY": "h"], "HTTPS_PROXY", "h"),
            (true, ["https_proxy": "", "all_proxy": "socks5h://[::1]:2"], "all_proxy", "[::1]:2"),
            (false, ["https_proxy": "a", "ALL_PROXY": "b:3"], "ALL_PROXY", "b:3"),
            (false, ["HTTP_PROXY": "a"], nil, nil),
        ] as [(Bool, [String: String], String?, String?)]
    )
    func environment(isSecure: Bool, variables: [String: String], name: String?, authority: String?) {
        let proxy = EnvironmentProxy(isSecure: isSecure) { variables[$0] }
        #expect(proxy?.variable == name)
        #expect(proxy?.authority == authority)
        guard let proxy else { return }
        let host = proxy.authority == "[::1]:2" ? "::1" : String(proxy.authority.prefix(1))
        #expect(proxy.isMeant(by: "Failed to connect to \(host) port 1 after 0 ms: Couldn't connect to server"))
        #expect(
            proxy.isMeant(by: "Failed to connect to x port 443 via \(host) after 0 ms: Could not connect to server")
        )
        #expect(
            !proxy.isMeant(by: "Failed to connect to \(host).example port 1 after 0 ms: Couldn't connect to server")
        )
    }

    @Test func unixSocketsAndThisMachineNeedNoProxyFromTheEnvironment() throws {
        let configuration = HTTPClient.Configuration()
        for request in [
            HTTPRequest(url: "http://127.0.0.1:1/"), HTTPRequest(url: "http://localhost/", unixSocketPath: "/a"),
        ] {
            let plan = try RequestPlan(request, configuration: configuration)
            guard case .none = plan.proxy else {
                Issue.record("a proxy would be used")
                continue
            }
        }
        let plan = try RequestPlan(HTTPRequest(url: "http://model.example/"), configuration: configuration)
        guard case .environment = plan.proxy else {
            Issue.record("the environment would not be asked")
            return
        }
    }
}
