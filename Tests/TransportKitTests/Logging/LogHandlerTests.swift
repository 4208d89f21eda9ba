import Glibc
import Testing

@testable import TransportKit

@Suite("Log handlers")
struct LogHandlerTests {
    private let event = LogEvent(
        level: .warning,
        message: "two\nlines \u{1b}[31m",
        metadata: ["b": "x y", "a": "1", "c": ["k": "=\""], "d": ""],
        label: "gateway",
        file: "M/F.swift",
        line: 7,
        timeSinceEpoch: .milliseconds(1_769_903_999_123)
    )

    @Test(
        "Times are RFC 3339 in UTC",
        arguments: [
            (.zero, "1970-01-01T00:00:00.000Z"), (.milliseconds(1_769_903_999_123), "2026-01-31T23:59:59.123Z"),
            (.seconds(951_782_400), "2000-02-29T00:00:00.000Z"), (.seconds(1_709_251_199), "2024-02-29T23:59:59.000Z"),
            (.seconds(4_107_542_400), "2100-03-01T00:00:00.000Z"),
            (.nanoseconds(1_999_999_999), "1970-01-01T00:00:01.999Z"),
        ] as [(Duration, String)]
    )
    func timestamp(time: Duration, expected: String) {
        #expect(LogEvent(level: .info, message: "", label: "", timeSinceEpoch: time).timestamp == expected)
    }

    @Test("The text form is one line without control characters")
    func text() {
        let line = TextLogHandler.line(for: event)
        #expect(
            line == #"2026-01-31T23:59:59.123Z warning gateway: two\nlines \u{1b}[31m a=1 b="x y" c="[k: =\"]" d="""#
        )
    }

    @Test("The JSON form is one object in one line")
    func json() throws {
        let line = JSONLogHandler.line(for: event)
        #expect(!line.contains("\n"))
        #expect(
            try JSONValue(parsing: line) == [
                "time": "2026-01-31T23:59:59.123Z", "level": "warning", "logger": "gateway",
                "message": .string(event.message),
                "metadata": ["a": "1", "b": "x y", "c": ["k": "=\""], "d": ""], "source": "M/F.swift:7",
            ]
        )
    }

    @Test("Lines of many threads do not mix")
    func wholeLines() async throws {
        var ends: [Int32] = [0, 0]
        try #require(unsafe pipe(&ends) == 0)
        let (reader, writer) = (ends[0], ends[1])
        defer { close(reader) }
        let logger = Logger(label: "test", handler: JSONLogHandler(descriptor: writer))
        await withTaskGroup { group in
            for task in 0..<4 {
                group.addTask {
                    for entry in 0..<20 {
                        logger.info("entry", metadata: ["n": "\(task).\(entry)"])
                    }
                }
            }
        }
        close(writer)
        var decoder = NDJSONDecoder()
        var piece = [UInt8](repeating: 0, count: 65_536)
        while case let count = unsafe read(reader, &piece, piece.count), count > 0 {
            decoder.append(Array(piece[..<count]))
        }
        var seen: Set<String> = []
        while let line = try decoder.next() {
            seen.insert(try #require(JSONValue(parsing: line)["metadata"]?["n"]?.string))
        }
        #expect(seen.count == 80)
    }
}
