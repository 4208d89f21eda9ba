import Testing

@testable import TransportKit

@Suite
struct HeadLineCollectorTests {
    private func parse(_ lines: [String], limit: Int = 1000) -> HeadLineCollector.Outcome {
        var parser = HeadLineCollector(limit: limit)
        var outcome = HeadLineCollector.Outcome.more
        for line in lines where outcome == .more { outcome = parser.consume(Array(line.utf8)) }
        return outcome
    }

    @Test func passesOverInterimAnswers() {
        let outcome = parse([
            "HTTP/1.1 103 Early Hints\r\n", "Link: x\r\n", "\r\n", "HTTP/2 200 \r\n", "a:1\r\n",
            "B :  two words \t\r\n",
            "\r\n",
        ])
        #expect(outcome == .head(ResponseHead(status: 200, fields: ["a": "1", "B": "two words"])))
    }

    @Test func joinsFoldedLines() {
        let outcome = parse(["HTTP/1.1 200 OK\r\n", "X: one\r\n", "\t two\r\n", "\r\n"])
        #expect(outcome == .head(ResponseHead(status: 200, fields: ["X": "one two"])))
    }

    @Test(arguments: [
        ["HTTP/1.1 OK\r\n"], ["HTTP/1.1\r\n"], ["HTTP/1.1 99 x\r\n"], ["HTTP/1.1 200 OK\r\n", "no colon\r\n"], ["\r\n"],
    ])
    func refusesWhatIsNotAHead(_ lines: [String]) {
        #expect(parse(lines) == .malformed)
    }

    @Test func countsAllLinesAgainstTheLimit() {
        let lines = ["HTTP/1.1 200 OK\r\n", "X: 1\r\n", "\r\n"]
        let size = lines.joined().utf8.count
        #expect(parse(lines, limit: size) == .head(ResponseHead(status: 200, fields: ["X": "1"])))
        #expect(parse(lines, limit: size - 1) == .tooLarge)
    }
}
