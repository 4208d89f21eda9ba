import ProviderKit
import Testing
import TransportKit

struct ScannedBodyTests {
    private func scan(_ text: String) throws(JSONError) -> ScannedBody {
        try ScannedBody(scanning: Array(text.utf8))
    }

    private func rewrite(_ text: String, to model: String = "m", addingUsage: Bool = false) throws -> String {
        String(decoding: try scan(text).rewritten(model: model, addingUsage: addingUsage), as: UTF8.self)
    }

    @Test(arguments: [
        (#"{"model":"a","stream":true}"#, "a", true),
        (#"{"stream" : false , "model" : "a/b:c"}"#, "a/b:c", false),
        (#"{"model":"caf\u00e9 \"x\"","stream":null}"#, "café \"x\"", false),
        (#"{"\u006dodel":"hidden"}"#, "hidden", false),
        (#"{"metadata":{"model":"no","stream":true},"model":"世界 👩‍👩‍👧","x":[{"model":"no"}]}"#, "世界 👩‍👩‍👧", false),
        (#"{"a":"}{\"model\":\"no\",","model":"yes"}"#, "yes", false),
        (#"{"model":""}"#, "", false),
        ("\n {\t\"model\" :\r\n \"a\"\n}\n ", "a", false),
    ])
    func findsModelAndStream(_ text: String, _ model: String, _ isStreaming: Bool) throws {
        let body = try scan(text)
        #expect(body.model == model)
        #expect(body.isStreaming == isStreaming)
        #expect(body.bytes == Array(text.utf8))
    }

    @Test(arguments: [#"{"stream":"true"}"#, #"{"stream":1}"#, #"{"stream":[true]}"#])
    func streamIsTrueOrFalse(_ text: String) {
        #expect(throws: JSONError("\"stream\" has to be true or false", offset: 10)) { try scan(text) }
    }

    @Test(arguments: [#"{}"#, #"{"model":null}"#, #"{"model":5}"#, #"{"model":["a"]}"#, #"{"mode":"a","models":"b"}"#])
    func hasNoModel(_ text: String) throws {
        #expect(try scan(text).model == nil)
    }

    @Test(arguments: [
        (#"{"stream_options":{"include_usage":true}}"#, true, false),
        (#"{"stream_options":{"include_usage":false},"tools":[]}"#, false, true),
        (#"{"stream_options":{"x":{"include_usage":true}},"tools":null}"#, false, false),
        (#"{"stream_options":null,"tools":[{"type":"function"}]}"#, false, true),
        (#"{"include_usage":true}"#, false, false),
    ])
    func findsOptionsAndTools(_ text: String, _ asksForUsage: Bool, _ hasTools: Bool) throws {
        let body = try scan(text)
        #expect(body.asksForUsage == asksForUsage)
        #expect(body.hasTools == hasTools)
    }

    @Test(
        arguments: [
            ("", nil), ("   ", nil), ("{", nil), (#"{"model":"a""#, nil), (#"{"model":"a"#, nil),
            ("[]", 0), ("null", 0), ("\u{FEFF}{}", 0), (#"{"model":"a"} x"#, 14), (#"{"model":"a"}{}"#, 13),
            (#"{"a":01}"#, 5), (#"{"a":1.}"#, 5), (#"{"a":tru}"#, 5), (#"{"a":NaN}"#, 5), (#"{"a":+1}"#, 5),
            (#"{"a":"\x"}"#, 6), (#"{"a":"\u12G4"}"#, 6), (#"{"a\q":1}"#, 3), ("{\"a\":\"\u{1}\"}", nil),
            (#"{"a":1,}"#, 7), (#"{,"a":1}"#, 1), (#"{"a" 1}"#, 5), (#"{"a":1 "b":2}"#, 7), (#"{a:1}"#, 1),
            (#"{"a":[1,]}"#, 8), (#"{"a":[1}"#, 7), (#"{"a":{]}"#, 6), (#"{"a":[}]}"#, 6), (#"{"a":}"#, 5),
            (#"{"a":"b"c}"#, 8), (#"{"a":1"b"}"#, 5), (#"{"a"}"#, 4), (#"{"a":1:2}"#, 6), (#"{"a":'b'}"#, 5),
            (#"{"a":1}}"#, 7), ("{\"a\":1}\u{0}", 7), (#"{"model":"a","model":"b"}"#, 1),
            (#"{"model":"a","mode\u006c":"b"}"#, 1), (#"{"stream":true,"x":1,"stream":false}"#, 1),
            (#"{"stream_options":{"include_usage":true,"include_usage":false}}"#, 19),
        ] as [(String, Int?)]
    )
    func refuses(_ text: String, _ offset: Int?) throws {
        let error = #expect(throws: JSONError.self) { try scan(text) }
        if let offset { #expect(error?.offset == offset) }
        #expect(error?.message.isEmpty == false)
    }

    @Test func refusesInvalidUTF8() {
        let bytes = Array(#"{"a":""#.utf8) + [0xC3, 0x28] + Array("\"}".utf8)
        #expect(throws: JSONError.self) { try ScannedBody(scanning: bytes) }
    }

    @Test(arguments: ["[", "{\"a\":"])
    func limitsDepth(_ opening: String) throws {
        let closing = opening == "[" ? "]" : "}"
        func text(_ depth: Int) -> String {
            #"{"a":"# + String(repeating: opening, count: depth) + "1" + String(repeating: closing, count: depth) + "}"
        }
        #expect(throws: Never.self) { try scan(text(127)) }
        let error = #expect(throws: JSONError.self) { try scan(text(128)) }
        #expect(error?.message.contains("too deep") == true)
        #expect(throws: JSONError.self) { try scan(text(1_000_000)) }
    }

    @Test func takesTenMebibytes() throws {
        let content = String(repeating: #"line {\"model\":\"no\"} \\ "#, count: 400_000)
        let text = #"{"messages":[{"role":"user","content":"\#(content)"}],"model":"a","n":1e400}"#
        #expect(text.utf8.count > 9_000_000)
        let expected = text.replacing(#""model":"a""#, with: #""model":"b""#)
        #expect(try rewrite(text, to: "b") == expected)
    }

    @Test(arguments: [
        // The name in place of the name, all else as it is.
        (#"{ "model" : "a" , "n": 1.50e+3, "x":"\u00e9\/" }"#, #"{ "model" : "m" , "n": 1.50e+3, "x":"\u00e9\/" }"#),
        (#"{"model":7}"#, #"{"model":"m"}"#),
        (#"{"x":1}"#, #"{"model":"m","x":1}"#),
        (#"{}"#, #"{"model":"m"}"#),
        (#"{"b":{"model":"a"},"model":"a"}"#, #"{"b":{"model":"a"},"model":"m"}"#),
    ])
    func replacesTheModel(_ text: String, _ expected: String) throws {
        #expect(try rewrite(text) == expected)
    }

    @Test(arguments: ["plain", "with \"quotes\" and \\", "line\nend", "世界 é", "\u{1}"])
    func writesAnyName(_ name: String) throws {
        let text = try rewrite(#"{"model":"a","x":1}"#, to: name)
        #expect(try scan(text).model == name)
        #expect(text.hasSuffix(#","x":1}"#))
    }

    @Test func replacesANameThatOnlyLooksTheSame() throws {
        let composed = "caf\u{E9}", decomposed = "cafe\u{301}"
        let result = try rewrite(#"{"model":"\#(decomposed)"}"#, to: composed)
        #expect(Array(result.utf8) == Array(#"{"model":"\#(composed)"}"#.utf8))
    }

    @Test(arguments: [
        (#"{"model":"m"}"#, #"{"stream_options":{"include_usage":true},"model":"m"}"#),
        (#"{"model":"m","stream_options":null}"#, #"{"model":"m","stream_options":{"include_usage":true}}"#),
        (#"{"stream_options":{},"model":"m"}"#, #"{"stream_options":{"include_usage":true},"model":"m"}"#),
        (#"{"stream_options":{ },"model":"a"}"#, #"{"stream_options":{"include_usage":true },"model":"m"}"#),
        (
            #"{"model":"a","stream_options":{"include_obfuscation":false}}"#,
            #"{"model":"m","stream_options":{"include_usage":true,"include_obfuscation":false}}"#
        ),
        (
            #"{"stream_options":{"include_usage":false,"y":1},"model":"m"}"#,
            #"{"stream_options":{"include_usage":true,"y":1},"model":"m"}"#
        ),
        (
            #"{"model":"m","stream_options":{"include_usage":null}}"#,
            #"{"model":"m","stream_options":{"include_usage":true}}"#
        ),
        (#"{"model":"m","stream_options":"all"}"#, #"{"model":"m","stream_options":"all"}"#),
        (#"{}"#, #"{"model":"m","stream_options":{"include_usage":true}}"#),
        (#"{"x":1}"#, #"{"model":"m","stream_options":{"include_usage":true},"x":1}"#),
    ])
    func asksForUsage(_ text: String, _ expected: String) throws {
        let result = try rewrite(text, addingUsage: true)
        #expect(result == expected)
        #expect(throws: Never.self) { try scan(result) }
    }

    @Test func changesNothingWithoutNeed() throws {
        let bytes = Array(#" {"model":"m\u0021","stream_options":{"include_usage":true}} "#.utf8)
        let result = try ScannedBody(scanning: bytes).rewritten(model: "m!", addingUsage: true)
        #expect(result == bytes)
        let isSame = unsafe bytes.withUnsafeBufferPointer { first in
            unsafe result.withUnsafeBufferPointer { unsafe $0.baseAddress == first.baseAddress }
        }
        #expect(isSame)
    }
}
