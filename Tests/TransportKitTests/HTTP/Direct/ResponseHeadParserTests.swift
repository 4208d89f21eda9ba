import Testing

@testable import TransportKit

@Suite
struct ResponseHeadParserTests {
    private func parse(_ text: String, limit: Int = 1000) -> ResponseHeadParser.Outcome {
        var parser = ResponseHeadParser(limit: limit)
        var position = 0
        return parser.consume(Array(text.utf8).span, &position)
    }

    private func head(_ fields: String, status: String = "HTTP/1.1 200 OK") -> ParsedHead? {
        guard case .head(let head) = parse("\(status)\r\n\(fields)\r\n") else { return nil }
        return head
    }

    @Test func readsAHeadAndStopsBehindIt() {
        var parser = ResponseHeadParser(limit: 1000)
        let bytes = Array("HTTP/1.1 200 OK\r\nA: 1\r\nb:\t two words \t\r\nEmpty:\r\n\r\nbody".utf8)
        var position = 0
        guard case .head(let head) = parser.consume(bytes.span, &position) else {
            Issue.record("no head")
            return
        }
        #expect(head.status == 200)
        #expect(head.fields == ["A": "1", "b": "two words", "Empty": ""])
        #expect(Array(bytes[position...]) == Array("body".utf8))
    }

    @Test func passesOverInterimAnswers() {
        let interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
        guard case .head(let head) = parse(interim + "HTTP/1.1 201 \r\nA: 1\r\n\r\n") else {
            Issue.record("no head")
            return
        }
        #expect(head.status == 201)
        #expect(head.fields == ["A": "1"])
    }

    @Test(arguments: [
        "HTTP/1.1 OK\r\n\r\n", "HTTP/1.1\r\n\r\n", "HTTP/1.1 99 x\r\n\r\n", "HTTP/1.1 099 x\r\n\r\n",
        "HTTP/1.1 2000 x\r\n\r\n", "HTTP/2.0 200 OK\r\n\r\n", "HTTP/1.x 200 OK\r\n\r\n", "\r\n\r\n", "SSH-2.0",
        "http/1.1 200 OK\r\n\r\n", "HTTP/1.1 101 Switching\r\n\r\n", "HTTP/1.1  200 OK\r\n\r\n",
        "HTTP/1.1 200 O\u{0}K\r\n\r\n", "HTTP/1.1 200 O\rK\r\n\r\n",
    ])
    func refusesWhatIsNotAnAnswer(_ text: String) {
        #expect(parse(text) == .malformed)
    }

    @Test(arguments: [
        "no colon", ": no name", "A : space before the colon", "A B: space", "A\t: tab", "\u{E4}: not ASCII",
        "A: \u{0}", "A: bare\rreturn", "A: 1\r\n folded", " folded: 1", "A: \u{7F}", "A: \u{1B}[0m",
        "Content-Length: 1\r\nContent-Length: 2", "Content-Length: 1, 2", "Content-Length: -1", "Content-Length: +1",
        "Content-Length: 1x", "Content-Length:", "Content-Length: 9999999999999999999", "Content-Length: 0x1",
        "Content-Length: 1\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked\r\nContent-Length: 1",
        "Transfer-Encoding: gzip", "Transfer-Encoding: gzip, chunked", "Transfer-Encoding: chunked, chunked",
        "Transfer-Encoding: xchunked", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: identity",
    ])
    func refusesBadFields(_ field: String) {
        #expect(parse("HTTP/1.1 200 OK\r\n\(field)\r\n\r\n") == .malformed)
    }

    @Test(arguments: [
        ("", ParsedHead.Framing.untilClose), ("Content-Length: 0\r\n", .length(0)),
        ("content-length:12\r\n", .length(12)),
        ("Content-Length: 7\r\nContent-Length: 7\r\n", .length(7)), ("Content-Length: 7, 7\r\n", .length(7)),
        ("Transfer-Encoding: Chunked\r\n", .chunked), ("X-Content-Length: 5\r\n", .untilClose),
    ])
    func findsTheFraming(_ fields: String, _ framing: ParsedHead.Framing) {
        #expect(head(fields)?.framing == framing)
    }

    @Test(arguments: [
        ("HTTP/1.1 200 OK", "", true), ("HTTP/1.1 200 OK", "Connection: close\r\n", false),
        ("HTTP/1.1 200 OK", "Connection: x, CLOSE\r\n", false), ("HTTP/1.1 200 OK", "Connection: closed\r\n", true),
        ("HTTP/1.1 200 OK", "Connection: close\r\nConnection: keep-alive\r\n", false),
        ("HTTP/1.0 200 OK", "", false), ("HTTP/1.0 200 OK", "Connection: Keep-Alive\r\n", true),
        ("HTTP/1.0 200 OK", "Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n", false),
    ])
    func tellsWhetherTheConnectionStays(_ status: String, _ fields: String, _ keeps: Bool) {
        #expect(head(fields, status: status)?.keepsConnection == keeps)
    }

    @Test func lineFeedsAloneEndLines() {
        #expect(parse("HTTP/1.1 200 OK\nA: 1\n\n") == parse("HTTP/1.1 200 OK\r\nA: 1\r\n\r\n"))
    }

    @Test func countsAllBytesAgainstTheLimit() {
        let interim = "HTTP/1.1 100 Continue\r\n\r\n"
        let text = "HTTP/1.1 200 OK\r\nX: 1\r\n\r\n"
        for all in [text, interim + text] {
            let size = all.utf8.count
            #expect(parse(all, limit: size) == parse(text))
            #expect(parse(all, limit: size - 1) == .tooLarge)
        }
        #expect(parse("HTTP/1.1 200 OK\r\nX: " + String(repeating: "a", count: 100), limit: 50) == .tooLarge)
    }
}
