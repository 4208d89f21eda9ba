import Testing
import TransportKit

@Suite("NDJSON decoder")
struct NDJSONDecoderTests {
    private static func lines(in pieces: some Sequence<ArraySlice<UInt8>>) throws -> [String] {
        var decoder = NDJSONDecoder()
        var lines: [[UInt8]] = []
        for piece in pieces {
            decoder.append(Array(piece))
            while let line = try decoder.next() {
                lines.append(line)
            }
        }
        if let line = try decoder.finish() { lines.append(line) }
        return lines.map { String(decoding: $0, as: UTF8.self) }
    }

    @Test(
        "A stream gives the same lines wherever it is cut",
        arguments: [
            ("", []), ("\n \r\n\t\n", []), ("{\"a\":1}\n{\"b\":2}\n", ["{\"a\":1}", "{\"b\":2}"]),
            ("{\"a\":\"ü\"}\r\n\r\n\n{\"done\":true}", ["{\"a\":\"ü\"}", "{\"done\":true}"]),
            ("1\r2\n3\r", ["1\r2", "3"]), (" 1 \n", [" 1 "]), ("1\n  ", ["1"]),
        ] as [(String, [String])]
    )
    func everySplit(stream: String, expected: [String]) throws {
        let bytes = Array(stream.utf8)
        #expect(try Self.lines(in: bytes.pieces(of: 1)) == expected)
        for split in 0...bytes.count {
            #expect(try Self.lines(in: [bytes[..<split], bytes[split...]]) == expected, "split at \(split)")
        }
    }

    @Test(
        "An unfinished line is noticed",
        arguments: [("", false), ("{}\n", false), ("{}\n \r", false), ("{}", true), ("{}\n{", true)]
    )
    func incomplete(stream: String, expected: Bool) throws {
        var decoder = NDJSONDecoder()
        decoder.append(Array(stream.utf8))
        while try decoder.next() != nil {}
        #expect(decoder.hasIncompleteLine == expected)
    }

    @Test("A line over the limit fails for good", arguments: ["01234567890", "1\n01234567890\n"])
    func limit(stream: String) throws {
        for length in [1, 100] {
            var decoder = NDJSONDecoder(maximumLineSize: 10)
            #expect(throws: FramingError.tooLarge(limit: 10)) {
                for piece in Array(stream.utf8).pieces(of: length) {
                    decoder.append(Array(piece))
                    while try decoder.next() != nil {}
                }
            }
            #expect(throws: FramingError.tooLarge(limit: 10)) { try decoder.finish() }
        }
    }

    @Test("A line of 5 MB in small pieces is given whole", .timeLimit(.minutes(5)))
    func large() throws {
        let line = [UInt8](repeating: UInt8(ascii: "x"), count: 5_000_000) + [UInt8(ascii: "\n")]
        #expect(try Self.lines(in: line.pieces(of: 1000)).map(\.utf8.count) == [5_000_000])
    }
}
