import Testing

@testable import TransportKit

@Suite(.timeLimit(.minutes(5)), .eachWay)
struct HTTPRedirectTests {
    let client = HTTPClient(configuration: .forTests())

    private func request(_ url: String, method: String = "GET") -> HTTPRequest {
        HTTPRequest(
            method: method,
            url: url,
            fields: ["X-Trace": "t", "Cookie": "c=1", "x-api-key": "k"],
            credentials: ["Authorization": Secret("Bearer s3cret"), "X-Custom-Key": Secret("s3cret")],
            body: method == "POST" ? .bytes(Array("body".utf8)) : nil
        )
    }

    private func redirector(to location: String, status: String = "302 Found") throws -> LocalServer {
        try LocalServer { connection in
            while let head = connection.readHead() {
                connection.log.note(head)
                if head.contains("Content-Length: 4") { _ = connection.read(4) }
                if head.contains("/target") {
                    connection.respond("arrived")
                } else {
                    connection.respond("", status: status, fields: "Location: \(location)\r\n")
                }
            }
        }
    }

    @Test(arguments: ["GET", "POST"])
    func nothingGoesToAnotherHost(_ method: String) async throws {
        let other = try redirector(to: "")
        let server = try redirector(to: other.url + "/target#part", status: "307 Temporary Redirect")
        let response = try await client.send(request(server.url + "/start", method: method))
        #expect(response.status == 307)
        #expect(response.fields["location"] == other.url + "/target#part")
        #expect(other.log.events.isEmpty)
    }

    @Test func credentialsGoAlongOnTheSameHost() async throws {
        let server = try redirector(to: "../target?x=1")
        #expect(try await client.send(request(server.url + "/a/start")).text() == "arrived")
        let head = server.log.events.last ?? ""
        #expect(head.hasPrefix("GET /target?x=1 HTTP/1.1"))
        #expect(head.contains("Authorization: Bearer s3cret"))
    }

    @Test(arguments: [
        ("307 Temporary Redirect", 200, 2), ("308 Permanent Redirect", 200, 2), ("303 See Other", 303, 1),
    ])
    func requestWithABodyIsSentOnOnlyWhereItsMethodStays(_ status: String, _ result: Int, _ requests: Int) async throws
    {
        let server = try redirector(to: "/target", status: status)
        let response = try await client.send(request(server.url, method: "POST"))
        #expect(response.status == result)
        #expect(server.log.count("request") == requests)
        #expect(server.log.events.last?.hasPrefix("POST") == true)
    }

    @Test func circleEnds() async throws {
        let server = try redirector(to: "/again")
        let error = await #expect(throws: TransportError.self) { try await client.send(request(server.url)) }
        #expect(error?.code == .tooManyRedirects)
        #expect(server.log.count("request") == 6)
    }

    @Test func canBeLeftToTheCaller() async throws {
        let server = try redirector(to: "/target")
        var configuration = client.configuration
        configuration.maximumRedirects = 0
        let response = try await HTTPClient(configuration: configuration).send(request(server.url))
        #expect(response.status == 302)
    }

    @Test(arguments: [
        ("https://a.example/x", "file:///etc/passwd"), ("https://a.example/x", "http://["),
        ("https://a.example/x", "https://u:p@b.example/"),
    ])
    func addressesHaveToBeReadable(_ url: String, _ location: String) throws {
        let plan = try RequestPlan(HTTPRequest(url: url), configuration: client.configuration)
        let response = HTTPResponse(status: 302, fields: ["Location": location], body: HTTPBody(bytes: []))
        let error = #expect(throws: TransportError.self) { try plan.redirect(by: response) }
        #expect(error?.code == .invalidURL)
    }

    @Test(arguments: [
        ("https://a.example/x", nil, "https://A.example:443/y", true),
        ("https://a.example/x", nil, "https://a.example:444/y", false),
        ("https://a.example/x", nil, "https://b.example/y", false),
        ("https://a.example/x", nil, "http://a.example/y", false),
        ("http://a.example/x", nil, "https://a.example/y", false),
        ("http://localhost/x", "/run/a.sock", "http://127.0.0.1/y", false),
    ])
    func sameHostMeansSchemeHostAndPort(_ url: String, _ socket: String?, _ location: String, _ keeps: Bool) throws {
        var request = request(url)
        request.unixSocketPath = socket
        let plan = try RequestPlan(request, configuration: client.configuration)
        let response = HTTPResponse(status: 302, fields: ["Location": location], body: HTTPBody(bytes: []))
        let next = try plan.redirect(by: response)
        #expect((next != nil) == keeps)
        #expect(next?.credentials.isEmpty != true)
    }
}
