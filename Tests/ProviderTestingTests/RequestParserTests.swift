import Testing
import TransportKit

@testable import ProviderTesting

@Suite struct RequestParserTests {
    private static let plain = "POST /v1/x?q=1 HTTP/1.1\r\nHost: a\r\nX-Two:  b \t\r\nContent-Length: 5\r\n\r\nhello"
    private static let chunked =
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n4;x=y\r\nhell\r\n1\r\no\r\n0\r\nTrailer: z\r\n\r\n"

    private static func parse(_ text: String, pieceLength: Int = .max) -> [RequestParser.Event] {
        var parser = RequestParser()
        var rest = Array(text.utf8)[...]
        var events: [RequestParser.Event] = []
        while !rest.isEmpty {
            events += parser.consume(rest.prefix(pieceLength))
            rest = rest.dropFirst(pieceLength)
        }
        return events
    }

    @Test(arguments: [plain, chunked, plain + chunked, "\r\nGET / HTTP/1.1\r\n\r\n"])
    func everySplitGivesTheSame(_ text: String) {
        let whole = Self.parse(text)
        for event in whole {
            guard case .request = event else {
                Issue.record("\(event)")
                continue
            }
        }
        for length in 1..<text.utf8.count {
            #expect(Self.parse(text, pieceLength: length) == whole)
        }
    }

    @Test func headAndBodyAreRead() {
        guard case .request(let request)? = Self.parse(Self.plain).first else {
            Issue.record("no request")
            return
        }
        #expect(request.method == "POST")
        #expect(request.target == "/v1/x?q=1")
        #expect(request.fields["x-two"] == "b")
        #expect(request.body == Array("hello".utf8))
        guard case .request(let chunked)? = Self.parse(Self.chunked).first else {
            Issue.record("no request")
            return
        }
        #expect(chunked.body == Array("hello".utf8))
    }

    @Test func aBodyThatWaitsForItsPermissionGetsIt() {
        let head = "POST / HTTP/1.1\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
        #expect(Self.parse(head) == [.expectsContinue])
        #expect(Self.parse(head + "ab").count == 1)
    }

    @Test(arguments: [
        "GET /\r\n\r\n", "GET / HTTP/2.0\r\n\r\n", "GET / HTTP/1.1\r\n: x\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n", "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 999999999999\r\n\r\n",
    ])
    func whatIsNoRequestIsRefused(_ text: String) {
        guard case .failure? = Self.parse(text).last else {
            Issue.record("taken: \(Self.parse(text))")
            return
        }
    }
}
