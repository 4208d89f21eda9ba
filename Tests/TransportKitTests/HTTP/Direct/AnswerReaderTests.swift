import Testing

@testable import TransportKit

@Suite
struct AnswerReaderTests {
    /// What a reader made of an answer.
    struct Reading: Equatable {
        var head: ResponseHead?
        var body: [UInt8] = []
        var failure: AnswerReader.Failure?
        var isWhole = false
        /// The bytes that were not part of the answer.
        var rest: [UInt8] = []
        var keepsConnection = false
    }

    static let limit = 300

    /// Reads pieces, and their end as the connection's.
    static func read(_ pieces: [[UInt8]], isForHead: Bool = false) -> Reading {
        var reader = AnswerReader(headLimit: limit, isForHead: isForHead)
        var reading = Reading()
        func note(_ event: AnswerReader.Event, _ piece: [UInt8]) -> Bool {
            switch event {
            case .needsMore: return false
            case .head(let head): reading.head = head
            case .body(let range): reading.body += piece[range]
            case .end: reading.isWhole = true
            case .failed(let failure): reading.failure = failure
            }
            return true
        }
        var isOver: Bool { reading.isWhole || reading.failure != nil }
        for (index, piece) in pieces.enumerated() where !isOver {
            var position = 0
            while !isOver, note(reader.next(piece.span, &position), piece) {}
            if isOver { reading.rest = Array(piece[position...]) + pieces[(index + 1)...].joined() }
        }
        if !isOver { _ = note(reader.closed(), []) }
        if reading.failure != nil { reading.rest = [] }
        reading.keepsConnection = reader.keepsConnection
        return reading
    }

    static func read(_ text: String, isForHead: Bool = false) -> Reading {
        read([Array(text.utf8)], isForHead: isForHead)
    }

    static let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

    @Test(arguments: [
        ("5\r\nhello\r\n0\r\n\r\n", "hello"), ("1\r\na\r\n002\r\nbc\r\n0\r\n\r\n", "abc"),
        ("A;name=\"x\"\r\n0123456789\r\n0;last\r\n\r\n", "0123456789"), ("3 \r\nabc\r\n0\r\n\r\n", "abc"),
        ("1\r\n\r\r\n1\r\n\n\r\n0\r\n\r\n", "\r\n"), ("0\r\n\r\n", ""),
        ("2\r\nab\r\n0\r\nX-Sum: 1\r\nX-Two: 2\r\n\r\n", "ab"),
    ])
    func readsChunks(_ chunks: String, _ body: String) {
        let reading = Self.read(Self.chunked + chunks + "next")
        #expect(String(decoding: reading.body, as: UTF8.self) == body)
        #expect(reading.isWhole)
        #expect(reading.keepsConnection)
        #expect(reading.rest == Array("next".utf8))
    }

    @Test(arguments: [
        "zz\r\n", "\r\n", "-1\r\n", "0x1\r\n", " 1\r\na\r\n", "1\na\r\n", "1\r\nab", "1\r\na\n", "ffffffffffffffff\r\n",
        "1;\u{0}\r\n", "1\rx", "0\r\nX\u{0}: 1\r\n", "0\r\n folded\r\n", "0\r\nX: 1\rY", "1 2\u{7F}\r\n",
    ])
    func refusesBadChunks(_ chunks: String) {
        #expect(Self.read(Self.chunked + chunks).failure == .badChunk)
    }

    @Test func chunkLinesAndTrailersHaveALimit() {
        let long = String(repeating: "a", count: ChunkedDecoder.lineLimit)
        #expect(Self.read(Self.chunked + "1;" + long + long).failure == .badChunk)
        #expect(Self.read(Self.chunked + "0\r\nX: " + long + long).failure == .badChunk)
        let many = String(repeating: "X: 1\r\n", count: ChunkedDecoder.lineLimit / 4)
        #expect(Self.read(Self.chunked + "0\r\n" + many).failure == .badChunk)
        // Extensions of one chunk do not count against the next one's.
        let chunk = "1;" + String(repeating: "a", count: ChunkedDecoder.lineLimit - 10) + "\r\nx\r\n"
        #expect(Self.read(Self.chunked + chunk + chunk + "0\r\n\r\n").body.count == 2)
    }

    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", "abc", true),
        ("HTTP/1.1 204 No Content\r\n\r\n", "", true),
        ("HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", "", true),
        ("HTTP/1.1 200 OK\r\n\r\nto the end", "to the end", false),
        ("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na", "a", false),
    ])
    func findsTheEnd(_ text: String, _ body: String, _ keeps: Bool) {
        let reading = Self.read(text)
        #expect(reading.isWhole)
        #expect(String(decoding: reading.body, as: UTF8.self) == body)
        #expect(reading.keepsConnection == keeps)
    }

    @Test func answerToAHeadRequestHasNoBody() {
        let reading = Self.read("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", isForHead: true)
        #expect(reading.isWhole)
        #expect(reading.keepsConnection)
        #expect(reading.head?.fields["content-length"] == "3")
    }

    @Test(arguments: [
        ("", AnswerReader.Failure.nothing), ("HTTP/1.1 200", .headless), ("HTTP/1.1 100 Continue\r\n\r\n", .headless),
        ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", .cut), (chunked, .cut), (chunked + "1\r\na\r\n0\r\n", .cut),
    ])
    func tellsWhereTheConnectionEnded(_ text: String, _ failure: AnswerReader.Failure) {
        #expect(Self.read(text).failure == failure)
    }

    static let examples =
        [
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nX: y\r\n\r\nabcHTTP/1.1 200",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: a\r\n\r\n" + chunked
                + "3;x=1\r\nabc\r\n10\r\n0123456789abcdef\r\n0\r\nX-Sum: 1\r\n\r\nrest",
            "HTTP/1.0 404 Not Found\nServer: x\n\nbody", "HTTP/1.1 204 No Content\r\n\r\n", chunked + "2\r\nab\r\nzz",
            "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", "SSH-2.0-x\r\n",
            "HTTP/1.1 200 OK\r\nX: \(String(repeating: "x", count: 300))",
            "HTTP/1.1 200 OK\r\nX: \(String(repeating: "x", count: limit - 24))\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab",
        ]

    @Test(arguments: examples)
    func everyCutGivesTheSame(_ text: String) {
        let bytes = Array(text.utf8)
        let whole = Self.read([bytes])
        #expect(Self.read(bytes.map { [$0] }) == whole)
        for first in 0...bytes.count {
            #expect(Self.read([Array(bytes[..<first]), Array(bytes[first...])]) == whole)
        }
        var random = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            let cuts = (0..<4).map { _ in Int.random(in: 0...bytes.count, using: &random) }.sorted()
            let bounds = [0] + cuts + [bytes.count]
            let pieces = zip(bounds, bounds.dropFirst()).map { Array(bytes[$0..<$1]) }
            #expect(Self.read(pieces) == whole, "cuts at \(cuts)")
        }
    }

    /// Random damage: no trap, no more body than bytes, and cuts still make no difference.
    @Test(arguments: examples)
    func damageIsHarmless(_ text: String) {
        var random = SystemRandomNumberGenerator()
        let marks = Array("\r\n:; ,0aF\u{0}\t-".utf8)
        for _ in 0..<500 {
            var bytes = Array(text.utf8)
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes[place] = marks.randomElement(using: &random) ?? 0
                case 2: bytes.insert(marks.randomElement(using: &random) ?? 0, at: place)
                default: if bytes.count > 1 { bytes.remove(at: place) }
                }
            }
            let whole = Self.read([bytes])
            #expect(whole.body.count + whole.rest.count <= bytes.count)
            #expect(Self.read(bytes.map { [$0] }) == whole, "\(bytes)")
        }
    }
}
