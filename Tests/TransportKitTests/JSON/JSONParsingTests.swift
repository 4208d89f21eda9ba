import Testing
import TransportKit

@Suite("JSON parsing")
struct JSONParsingTests {
    @Test(
        "Text that RFC 8259 allows is read, and written back the same",
        arguments: [
            "null", "true", "false", "0", "-0", "1", "-1.5e+10", "1E400", "0.70", "123456789012345678901234567890",
            "\"\"", "\"a\"", "\"\u{7f}é😀\"", "[]", "{}", "[1,2.0,\"x\",[[]],{}]",
            "{\"a\":{\"b\":[true,null]},\"c\":\"d\"}",
            "{\"\":0}", "\"\\\"\\\\\\b\\f\\n\\r\\t\\u0000\\u001f\"",
        ]
    )
    func roundTrip(text: String) throws {
        #expect(try JSONValue(parsing: text).serializedString == text)
    }

    @Test(
        "White space between tokens does not matter",
        arguments: [
            (" \t\r\n null \n", "null"), (" [ 1 , 2 ] ", "[1,2]"),
            ("{ \"a\" :\t1\r\n, \"b\" : [ ] }", "{\"a\":1,\"b\":[]}"),
            (" \"x\" ", "\"x\""), ("12 ", "12"), ("[1.50 ]", "[1.50]"),
        ]
    )
    func whitespace(text: String, expected: String) throws {
        #expect(try JSONValue(parsing: text).serializedString == expected)
    }

    @Test(
        "Text that RFC 8259 does not allow is refused",
        arguments: [
            "", " ", "nul", "nulll", "True", "NaN", "Infinity", "-", "+1", "01", "-01", "1.", ".5", "1e", "1e+", "1.e1",
            "0x10",
            "1 2", "1,", "\"", "\"a", "\"a\"b", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\\", "\"\n\"", "\"\u{1}\"",
            "'a'",
            "[", "]", "[1", "[1,", "[1,]", "[,1]", "[1,,2]", "[1 2]", "[1]]", "[1] 2", "[1}", "[\"a\":1]", "[1x]",
            "[truex]",
            "[true\"x\"]", "[1\"x\"]", "[\"x\"1]", "[01]", "[1.]", "[+1]", "[NaN]", "[-]", "{", "}", "{]", "{\"a\"",
            "{\"a\":", "{\"a\":1",
            "{\"a\":1,", "{\"a\":1,}", "{\"a\" 1}", "{\"a\"::1}", "{a:1}", "{1:1}", "{\"a\":1 \"b\":2}", "{\"a\":1}{",
            "{}{}", "{\"a\":}",
            "{,}", "{\"a\":1]", "[1]x", "{\"a\":1}x", "// c\n1", "[1/**/]", "\u{feff}1", "[\"\\\"]", "{\"a\\\":1}",
            "\u{0}", "1\u{0}", "[1]\u{0}",
        ]
    )
    func refused(text: String) {
        #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
    }

    @Test(
        "Bytes that are not UTF-8 are refused",
        arguments: [
            [0x22, 0xff, 0x22], [0x22, 0xc3, 0x22], [0x22, 0xed, 0xa0, 0x80, 0x22], [0x22, 0xc0, 0xaf, 0x22],
            [0x22, 0xf4, 0x90, 0x80, 0x80, 0x22], [0x5b, 0x31, 0xe9, 0x5d],
        ] as [[UInt8]]
    )
    func invalidUTF8(bytes: [UInt8]) {
        #expect(throws: JSONError.self) { try JSONValue(parsing: bytes) }
    }

    @Test(
        "Escapes are undone; half of a surrogate pair becomes U+FFFD",
        arguments: [
            ("\"\\u0041\\/\"", "A/"), ("\"\\ud83d\\ude00\"", "😀"), ("\"\\uD83D\"", "\u{fffd}"),
            ("\"\\ude00x\"", "\u{fffd}x"),
            ("\"\\ud83dx\"", "\u{fffd}x"), ("\"\\ud83d\\n\"", "\u{fffd}\n"), ("\"\\ud83d\\u0041\"", "\u{fffd}A"),
            ("\"\\ud83d\\ud83d\\ude00\"", "\u{fffd}😀"), ("\"a\\\"b\\\\\"", "a\"b\\"), ("\"\\\\\\\"\"", "\\\""),
            ("\"é\\u00e9\"", "éé"),
        ]
    )
    func escapes(text: String, expected: String) throws {
        #expect(try JSONValue(parsing: text).string == expected)
        #expect(
            try JSONValue(parsing: "{\(text):[\(text)]}")
                == .object(JSONObject([(expected, .array([.string(expected)]))]))
        )
    }

    @Test("The last of members with the same name wins, in the first one's place")
    func duplicateNames() throws {
        #expect(try JSONValue(parsing: #"{"a":1,"b":2,"a":3}"#).serializedString == #"{"a":3,"b":2}"#)
        let many = (0..<100).map { "\"k\($0 % 50)\":\($0)" }.joined(separator: ",")
        let object = try #require(JSONValue(parsing: "{\(many)}").object)
        #expect(object.count == 50)
        #expect(object["k0"] == 50)
    }

    @Test("Nesting is limited")
    func depth() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[{\"a\":", count: depth / 2) + "1" + String(repeating: "}]", count: depth / 2)
        }
        #expect(throws: Never.self) { try JSONValue(parsing: nested(128)) }
        #expect(throws: JSONError.self) { try JSONValue(parsing: nested(130)) }
        #expect(throws: Never.self) { try JSONValue(parsing: Array(nested(1000).utf8), maximumDepth: 1000) }
        #expect(throws: JSONError.self) { try JSONValue(parsing: Array(nested(1002).utf8), maximumDepth: .max) }
        #expect(throws: JSONError.self) { try JSONValue(parsing: String(repeating: "[", count: 1_000_000)) }
        #expect(throws: JSONError.self) { try JSONValue(parsing: Array("[]".utf8), maximumDepth: 0) }
    }

    @Test(
        "An error says where, if that is known",
        arguments: [
            ("[1,tru]", 3), ("[1,2x]", 3), ("{\"a\":\"\\q\"}", 6), ("[1] 2", 4),
        ]
    )
    func offsets(text: String, offset: Int) throws {
        let error = try #require(throws: JSONError.self) { try JSONValue(parsing: text) }
        #expect(error.offset == offset)
    }

    @Test("A text of 5 MB is read, and a small one after it")
    func large() throws {
        let long = String(repeating: "abcdefghij\u{e9}", count: 420_000)
        let value = try JSONValue(parsing: "{\"x\":\"\(long)\\n\"}")
        #expect(value["x"]?.string?.utf8.count == long.utf8.count + 1)
        #expect(try JSONValue(parsing: "[1]") == [1])
    }
}
