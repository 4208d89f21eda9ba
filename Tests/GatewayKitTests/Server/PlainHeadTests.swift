import Testing
import TransportKit

@testable import GatewayKit

@Suite
struct PlainHeadTests {
    private static let start = "POST /v1/x?a=b&c HTTP/1.1\r\nHost: h\r\n"

    private func read(_ text: String, limits: HTTPLimits = HTTPLimits()) -> PlainHead? {
        PlainHead(Array(text.utf8).span, limits: limits)
    }

    @Test func readsAHead() throws {
        let text =
            Self.start + "content-LENGTH:  12 \r\nX-Empty:\r\nX-Two: a\tb  c \t\r\nConnection: Keep-Alive\r\n\r\n"
        let head = try #require(read(text + "more"))
        #expect(head.method == "POST")
        #expect(head.path == "/v1/x")
        #expect(head.query == "a=b&c")
        #expect(head.bodyLength == 12)
        #expect(head.size == text.utf8.count)
        #expect(!head.closesConnection)
        #expect(head.fields.fields.map(\.name) == ["Host", "content-LENGTH", "X-Empty", "X-Two", "Connection"])
        #expect(head.fields.fields.map(\.value) == ["h", "12", "", "a\tb  c", "Keep-Alive"])
    }

    @Test func knowsTheLastRequestOfAConnection() throws {
        #expect(try #require(read(Self.start + "Connection: Close\r\n\r\n")).closesConnection)
    }

    @Test func readsTargets() throws {
        for (target, path, query) in [("/", "/", nil), ("/a?", "/a", ""), ("/a%20?b?c", "/a%20", "b?c")] {
            let head = try #require(read("GET \(target) HTTP/1.1\r\nhost: h\r\n\r\n"))
            #expect(head.path == path)
            #expect(head.query == query)
        }
    }

    /// A head that is not all there is no plain one.
    @Test func wantsTheWholeHead() {
        let text = Self.start + "Content-Length: 3\r\n\r\n"
        for length in 0..<text.utf8.count {
            #expect(read(String(decoding: text.utf8.prefix(length), as: UTF8.self)) == nil)
        }
        #expect(read(text) != nil)
    }

    @Test(arguments: [
        "GET  /x HTTP/1.1\r\nHost: h\r\n\r\n", "get /x HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET x HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET http://h/x HTTP/1.1\r\nHost: h\r\n\r\n", "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n",
        "CONNECT /x HTTP/1.1\r\nHost: h\r\n\r\n", "GET /x#y HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET /ä HTTP/1.1\r\nHost: h\r\n\r\n", "GET /x y HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET /x HTTP/1.0\r\nHost: h\r\n\r\n", "GET /x HTTP/1.1\nHost: h\n\n", "\r\nGET /x HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET /x HTTP/1.1\r\n\r\n", start + "Host: h\r\n\r\n", start + "X : 1\r\n\r\n", start + "X\r\n\r\n",
        start + ": 1\r\n\r\n", start + " X: 1\r\n\r\n", start + "X: 1\r\n 2\r\n\r\n", start + "X: 1\n\r\n",
        start + "X: 1\r2\r\n\r\n", start + "X: 1\u{0}\r\n\r\n", start + "X: ä\r\n\r\n", start + "X: \u{7F}\r\n\r\n",
        start + "Transfer-Encoding: chunked\r\n\r\n", start + "transfer-encoding: identity\r\n\r\n",
        start + "Expect: 100-continue\r\n\r\n", start + "Connection: upgrade\r\n\r\n",
        start + "Connection: keep-alive, close\r\n\r\n", start + "Content-Length:\r\n\r\n",
        start + "Content-Length: +1\r\n\r\n", start + "Content-Length: 1 2\r\n\r\n",
        start + "Content-Length: 0x1\r\n\r\n",
        start + "Content-Length: 9999999999999999\r\n\r\n", start + "Content-Length: 1\r\nContent-Length: 1\r\n\r\n",
    ])
    func leavesTheUnusualToTheLibrary(_ text: String) {
        #expect(read(text) == nil)
    }

    @Test func keepsTheLimits() {
        let text = Self.start + "Content-Length: 100\r\n\r\n"
        let size = text.utf8.count
        #expect(read(text, limits: HTTPLimits(bodyBytes: 100, headBytes: size)) != nil)
        #expect(read(text, limits: HTTPLimits(bodyBytes: 99, headBytes: size)) == nil)
        #expect(read(text, limits: HTTPLimits(bodyBytes: 100, headBytes: size - 1)) == nil)
    }
}
