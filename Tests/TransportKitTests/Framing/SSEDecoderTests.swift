import Testing
import TransportKit

@Suite("SSE decoder")
struct SSEDecoderTests {
    private static let streams: [String] = [
        // A chat answer as OpenAI sends it.
        """
        data: {"id":"c1","choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}

        data: {"id":"c1","choices":[{"index":0,"delta":{"content":"Grüße 😀"}}]}

        : keep-alive

        data: [DONE]


        """,
        // A message as Anthropic sends it.
        """
        event: message_start
        data: {"type":"message_start","message":{"id":"m"}}

        event: ping
        data: {"type": "ping"}

        event: message_stop
        data: {"type":"message_stop"}


        """,
        "\u{feff}id: 1\r\ndata: a\r\ndata: b\r\n\r\nretry: 250\rdata: c\r\rid\ndata\n\n\r\r\n\ndata:d\n\r\ndata: lost",
        "\u{feff}\u{feff}data: x\n\ndata: y\n\n",
    ]

    @Test("A stream gives the same events wherever it is cut", arguments: streams)
    func everySplit(stream: String) throws {
        let bytes = Array(stream.utf8)
        let expected = ReferenceSSE.events(in: bytes)
        #expect(!expected.isEmpty)
        #expect(try SSEDecoder.events(in: [bytes[...]]) == expected)
        #expect(try SSEDecoder.events(in: bytes.pieces(of: 1)) == expected)
        for split in 0...bytes.count {
            #expect(try SSEDecoder.events(in: [bytes[..<split], bytes[split...]]) == expected, "split at \(split)")
        }
    }

    struct Example: Sendable {
        let stream: String
        let data: [String]
        var names: [String?]?
        var ids: [String?]?
    }

    @Test(
        "Examples and rules of the WHATWG standard",
        arguments: [
            Example(stream: "data: YHOO\ndata: +2\ndata: 10\n\n", data: ["YHOO\n+2\n10"]),
            Example(
                stream: ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n",
                data: ["first event", "second event"],
                ids: ["1", ""]
            ),
            Example(stream: "data\n\ndata\ndata\n\ndata:", data: ["", "\n"]),
            Example(stream: "data:test\n\ndata: test\n\n", data: ["test", "test"]),
            Example(stream: "data: a\n\ndata: b\r\n\r\ndata: c\r\r", data: ["a", "b", "c"]),
            Example(stream: "data: a\r\ndata: b\ndata: c\rdata: d\n\r", data: ["a\nb\nc\nd"]),
            Example(stream: "data: a\n\r\ndata: b\r\n\n", data: ["a", "b"]),
            Example(stream: "data: a\r\n\rdata: b\n\n", data: ["a", "b"]),
            Example(stream: "event: x\n\ndata: a\n\n", data: ["a"], names: [nil]),
            Example(stream: "event: x\ndata: a\n\nevent:\ndata: b\n\n", data: ["a", "b"], names: ["x", nil]),
            Example(stream: "event: x\nevent: y\ndata: a\n\n", data: ["a"], names: ["y"]),
            Example(stream: "id: 7\n\ndata: a\n\n", data: ["a"], ids: ["7"]),
            Example(
                stream: "data: a\n\nid: 7\ndata: b\n\nid: 8\0\ndata: c\n\n",
                data: ["a", "b", "c"],
                ids: [nil, "7", "7"]
            ),
            Example(stream: "datax: a\nDATA: b\n data: c\ndat: d\n:data: e\n: \n\n", data: []),
            Example(stream: "data: a: b\ndata:: c\n\n", data: ["a: b\n: c"]),
            Example(stream: "data: a\n", data: []),
            Example(stream: "data: a\r\n", data: []),
            Example(stream: "", data: []),
            Example(stream: "\u{feff}", data: []),
            Example(stream: "\n\n\r\r\n", data: []),
            Example(stream: "\u{feff}data: a\n\n", data: ["a"]),
            Example(stream: "data: \u{feff}a\n\n", data: ["\u{feff}a"]),
        ]
    )
    func example(_ example: Example) throws {
        let bytes = Array(example.stream.utf8)
        for length in [1, 2, 3, max(1, bytes.count)] {
            let events = try SSEDecoder.events(in: bytes.pieces(of: length))
            #expect(events.map(\.text) == example.data)
            if let names = example.names { #expect(events.map(\.event) == names) }
            if let ids = example.ids { #expect(events.map(\.id) == ids) }
        }
    }

    @Test(
        "Only digits set the reconnection time",
        arguments: [
            ("1500", .milliseconds(1500)), ("0", .zero), ("", nil), ("1.5", nil), ("-1", nil), ("+1", nil), ("1s", nil),
            ("99999999999999999999", nil),
        ] as [(String, Duration?)]
    )
    func retry(value: String, expected: Duration?) throws {
        var decoder = SSEDecoder()
        decoder.append(Array("retry: \(value)\n\nretry: \(value)\ndata: x\n\n".utf8))
        let event = try decoder.next()
        #expect(event?.retry == expected)
        #expect(decoder.reconnectionTime == expected)
    }

    @Test("An event that has ended with CR CR is given without waiting for what comes next")
    func carriageReturnIsEnough() throws {
        var decoder = SSEDecoder()
        decoder.append(Array("data: a\r\r".utf8))
        #expect(try decoder.next()?.text == "a")
        decoder.append(Array("\ndata: b\r\n\r".utf8))
        #expect(try decoder.next()?.text == "b")
        #expect(try decoder.next() == nil)
        decoder.append(Array("\n".utf8))
        #expect(try decoder.next() == nil)
        #expect(!decoder.hasIncompleteEvent)
    }

    @Test(
        "An unfinished event is noticed",
        arguments: [
            ("", false), ("data: a\n\n", false), ("data: a\r\n\r\n", false), ("data: a\r\r", false),
            ("data: a\n\n: ping", false),
            ("data: a\n\n: ping\n", false), ("data: a\n\n\n", false), ("data: a\n", true), ("data: a", true),
            ("d", true),
            ("event: x\n", true), ("data: a\n\nid: 3\n", true), ("data: a\n: ping\n", true),
        ]
    )
    func incomplete(stream: String, expected: Bool) throws {
        var decoder = SSEDecoder()
        decoder.append(Array(stream.utf8))
        while try decoder.next() != nil {}
        #expect(decoder.hasIncompleteEvent == expected)
    }

    @Test("Identifiers of an event that never ended do not count")
    func lastEventID() throws {
        var decoder = SSEDecoder()
        decoder.append(Array("id: 1\ndata: a\n\nid: 2\ndata: b\n".utf8))
        while try decoder.next() != nil {}
        #expect(decoder.lastEventID == "1")
        decoder.append(Array("\n".utf8))
        while try decoder.next() != nil {}
        #expect(decoder.lastEventID == "2")
    }

    @Test(
        "What goes over the limit fails for good",
        arguments: [
            "data: 0123456789012345", "data: 012345678\ndata: 012345678\n\n", ": 0123456789012345\n",
            "\n\n0123456789012345678",
        ]
    )
    func limit(stream: String) throws {
        for length in [1, 5, 100] {
            var decoder = SSEDecoder(maximumEventSize: 16)
            #expect(throws: FramingError.tooLarge(limit: 16)) {
                for piece in Array(stream.utf8).pieces(of: length) {
                    decoder.append(Array(piece))
                    while try decoder.next() != nil {}
                }
            }
            decoder.append(Array("data: a\n\n".utf8))
            #expect(throws: FramingError.tooLarge(limit: 16)) { try decoder.next() }
        }
    }

    @Test("The limit is for each event, not for the stream")
    func limitPerEvent() throws {
        var decoder = SSEDecoder(maximumEventSize: 16)
        decoder.append(Array(String(repeating: "data: 0123456789\n\n", count: 100).utf8))
        var count = 0
        while try decoder.next() != nil { count += 1 }
        #expect(count == 100)
    }

    @Test("A line of 5 MB in small pieces and many CR lines take linear time", .timeLimit(.minutes(5)))
    func large() throws {
        let line = Array("data: ".utf8) + [UInt8](repeating: UInt8(ascii: "x"), count: 5_000_000) + Array("\n\n".utf8)
        let events = try SSEDecoder.events(in: line.pieces(of: 1000))
        #expect(events.map(\.data.count) == [5_000_000])
        let short = Array(repeatElement("data: a\r\r", count: 100_000).joined().utf8)
        #expect(try SSEDecoder.events(in: [short[...]]).count == 100_000)
    }

    @Test("Random streams give what the plain algorithm gives", arguments: 0..<8 as Range<UInt64>)
    func random(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let parts: [[UInt8]] =
            [
                "data", "data", "event", "id", "retry", ":", ": ", ":", " ", "\n", "\n", "\r", "\r\n", "\n\n", "\0",
                "1", "x", "\u{feff}",
            ].map { Array($0.utf8) } + [[0xFF], [0xEF], [0xBB]]
        for _ in 0..<500 {
            let bytes = (0..<Int.random(in: 1...40, using: &generator)).flatMap { _ in
                parts[Int.random(in: 0..<parts.count, using: &generator)]
            }
            let expected = ReferenceSSE.events(in: bytes)
            let length = Int.random(in: 1...max(1, bytes.count), using: &generator)
            #expect(try SSEDecoder.events(in: bytes.pieces(of: length)) == expected, "\(bytes)")
        }
    }
}
