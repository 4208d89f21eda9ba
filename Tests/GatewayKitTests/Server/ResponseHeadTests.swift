import Testing
import TransportKit

@testable import GatewayKit

@Suite("Heads of answers")
struct ResponseHeadTests {
    private func lines(
        _ writer: inout ResponseHeadWriter,
        _ fields: HTTPFields,
        status: Int = 200,
        framing: ResponseHead.Framing = .none,
        closes: Bool = false
    ) -> [String] {
        writer.make(GatewayResponse(status: status, fields: fields), framing: framing, closes: closes)
        let text = unsafe writer.withBytes { unsafe String(decoding: $0, as: UTF8.self) }
        return text.components(by: "\r\n").filter { !$0.hasPrefix("Date: ") }
    }

    @Test(
        "The connection says how the body ends",
        arguments: [
            (.length(0), ["Content-Length: 0"]), (.length(1_234_567_890), ["Content-Length: 1234567890"]),
            (.chunked, ["Transfer-Encoding: chunked"]), (.none, []),
        ] as [(ResponseHead.Framing, [String])]
    )
    func framing(_ framing: ResponseHead.Framing, _ expected: [String]) {
        var writer = ResponseHeadWriter()
        #expect(lines(&writer, ["content-length": "7"], framing: framing) == ["HTTP/1.1 200 OK"] + expected + ["", ""])
    }

    @Test("A field that would break the head is left out, and the rest stays")
    func illegalFields() {
        var writer = ResponseHeadWriter()
        let fields: HTTPFields = [
            "x-a": "1", "x b": "2", "": "3", "x-c": "4\r\nx-evil: 5", "X-D": "", "connection": "upgrade", "x-e": "日本",
        ]
        let expected = ["HTTP/1.1 404 Not Found", "Connection: close", "x-a: 1", "X-D: ", "x-e: 日本", "", ""]
        #expect(lines(&writer, fields, status: 404, closes: true) == expected)
    }

    @Test("A long head and a short one after it are whole")
    func lengths() {
        var writer = ResponseHeadWriter()
        var fields = HTTPFields()
        for number in 0..<100 { fields.append("x-\(number)", String(repeating: "v", count: number * 10)) }
        #expect(lines(&writer, fields).count == 103)
        #expect(lines(&writer, fields)[100] == "x-99: " + String(repeating: "v", count: 990))
        #expect(lines(&writer, ["a": "b"]) == ["HTTP/1.1 200 OK", "a: b", "", ""])
    }
}

extension String {
    fileprivate func components(by separator: String) -> [String] {
        split(separator: separator, omittingEmptySubsequences: false).map(String.init)
    }
}
