import Testing

@testable import TransportKit

@Suite("Log lines")
struct LogLineTests {
    @Test("A line is what the format's handler makes of the same values")
    func sameAsHandlers() throws {
        let time = Duration.milliseconds(1_769_903_999_123)
        let texts = ["a": "plain", "b": "two words", "c": "quote\" \n\u{1b}", "d": "", "e": "ä=1"]
        let event = LogEvent(
            level: .info,
            message: "m\n",
            metadata: texts.mapValues { .string($0) }.merging(["m": "-9223372036854775808", "n": "42", "o": "1.5"]) {
                $1
            },
            label: "access",
            timeSinceEpoch: time
        )
        func line(_ format: LogFormat) -> [UInt8] {
            var line = LogLine(format, level: .info, label: "access", message: "m\n", time: time)
            line.add("a", "plain")
            line.add("b", "two words")
            line.add("c", "quote\" \n\u{1b}")
            line.add("d", "")
            line.add("e", "ä=1")
            line.add("m", -9_223_372_036_854_775_808)
            line.add("n", 42)
            line.addDecimal("o", whole: 1, tenth: 5)
            return line.finished()
        }
        #expect(line(.text) == LogFormat.text.line(for: event))

        // Numbers are numbers, and there is no place in the source.
        let handled = String(decoding: LogFormat.json.line(for: event), as: UTF8.self)
        var expected = try #require(JSONValue(parsing: handled).object)
        _ = expected.removeValue(forName: "source")
        var metadata = try #require(expected["metadata"]?.object)
        metadata["m"] = -9_223_372_036_854_775_808
        metadata["n"] = 42
        metadata["o"] = 1.5
        expected["metadata"] = .object(metadata)
        let text = String(decoding: line(.json), as: UTF8.self)
        #expect(text.hasSuffix("}}\n") && !text.dropLast().contains("\n"))
        #expect(try JSONValue(parsing: text) == .object(expected))
    }

    @Test("A line without values is whole", arguments: LogFormat.all)
    func empty(format: LogFormat) throws {
        let line = LogLine(format, level: .info, label: "l", message: "m", time: .zero).finished()
        let text = String(decoding: line, as: UTF8.self)
        switch format {
        case .text: #expect(text == "1970-01-01T00:00:00.000Z info l: m\n")
        case .json:
            #expect(
                try JSONValue(parsing: text)
                    == ["time": "1970-01-01T00:00:00.000Z", "level": "info", "logger": "l", "message": "m"]
            )
        }
    }
}
