import Testing

@testable import TransportKit

/// Requests and answers as they should be.
@Suite(.timeLimit(.minutes(1)))
struct HTTPClientTests {
    let client = HTTPClient(configuration: .forTests())

    @Test func sendsARequestAndReadsTheAnswer() async throws {
        let server = try LocalServer { connection in
            guard let head = connection.readHead() else { return }
            connection.log.note(head)
            connection.log.note(String(decoding: connection.read(5), as: UTF8.self))
            connection.respond("hello", status: "201 Created", fields: "X-Two: a\r\nx-two: b\r\nX-Empty:\r\n")
        }
        let response = try await client.send(
            HTTPRequest(
                method: "POST", url: server.url + "/v1/chat?x=1",
                fields: ["Content-Type": "application/json", "X-Empty": ""],
                credentials: ["Authorization": Secret("Bearer s3cret")], body: .bytes(Array("12345".utf8))))
        #expect(response.status == 201)
        #expect(response.fields.values("X-TWO") == ["a", "b"])
        #expect(response.fields["x-empty"] == "")
        #expect(try await response.text() == "hello")
        let head = server.log.events[2].split(separator: "\r\n").map(String.init)
        #expect(head.first == "POST /v1/chat?x=1 HTTP/1.1")
        #expect(head.contains("Authorization: Bearer s3cret"))
        #expect(head.contains("Content-Length: 5"))
        #expect(head.contains("X-Empty:"))
        #expect(head.contains("User-Agent: modelplex"))
        #expect(!head.contains { $0.hasPrefix("Expect") })
        #expect(server.log.events[3] == "12345")
    }
}

extension HTTPClient.Configuration {
    static func forTests(loops: Int = 1, clock: any Clock<Duration> = ContinuousClock()) -> Self {
        var configuration = Self(eventLoopGroup: EventLoopGroup(count: loops, clock: clock))
        configuration.proxy = .none
        return configuration
    }
}

extension HTTPResponse {
    func text() async throws -> String {
        String(decoding: try await body.collect(upTo: 1 << 24), as: UTF8.self)
    }
}
