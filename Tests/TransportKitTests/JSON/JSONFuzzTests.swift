import FoundationEssentials
import Testing
import TransportKit

@Suite("JSON fuzzing")
struct JSONFuzzTests {
    private static let documents: [[UInt8]] = [
        #"{"id":"c-1","created":1741570283,"choices":[{"index":0,"delta":{"content":" a\"b\\c\né"},"x":null}]}"#,
        #"[0,-1,1.50,2e3,-0.25E-2,[],{},[[]],{"a":{"b":[true,false,null]}},""]"#,
        #" { "text" : "\u00e9\u0041\ud83d\ude00 grün 😀" , "n" : [ 1 , 2 ] } "#,
        #""just text""#, "12345.678e-9", "true",
    ].map { Array($0.utf8) }

    private static let tokens: [[UInt8]] =
        [
            "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "\\ud83d", "0", "1", "-", "+", ".", "e", "E", "true",
            "null", "nul", " ", "\n",
            "a", "\"a\"", "\"a\":1", "é", "😀", "\0", "\u{1}",
        ].map { Array($0.utf8) } + [[0xFF], [0xC3], [0xED, 0xA0, 0x80]]

    // Foundation guesses other encodings from zero bytes and byte order marks, which is no business of this parser.
    private func foundationValue(_ bytes: [UInt8]) -> JSONValue? {
        guard !bytes.contains(0), !bytes.contains(0xFF), !bytes.starts(with: [0xEF, 0xBB]) else { return nil }
        return try? JSONDecoder().decode(JSONValue.self, from: Data(bytes))
    }

    // Foundation's numbers have gone through `Int` or `Double`.
    private func comparable(_ value: JSONValue) -> JSONValue {
        switch value {
        case .number(let number): .number(JSONNumber(number.double == 0 ? 0 : number.double))
        case .array(let elements): .array(elements.map(comparable))
        case .object(let object): .object(JSONObject(object.members.map { ($0.name, comparable($0.value)) }))
        default: value
        }
    }

    // Foundation lets these pass, against RFC 8259.
    private func hasTrailingComma(_ bytes: [UInt8]) -> Bool {
        let text = bytes.filter { !Array(" \t\r\n".utf8).contains($0) }
        return zip(text, text.dropFirst()).contains {
            $0 == UInt8(ascii: ",") && ($1 == UInt8(ascii: "]") || $1 == UInt8(ascii: "}"))
        }
    }

    private func check(_ bytes: [UInt8]) throws {
        let text = String(decoding: bytes, as: UTF8.self)
        let ours = try? JSONValue(parsing: bytes)
        let theirs = foundationValue(bytes)
        if let theirs, ours != nil || !hasTrailingComma(bytes) {
            let value = try #require(ours, "only Foundation reads \(text)")
            #expect(comparable(value) == comparable(theirs), "\(text)")
        }
        if let ours {
            let again = ours.serialized
            #expect(try JSONValue(parsing: again) == ours, "\(text)")
            #expect(try JSONValue(parsing: ours.prettyPrinted()) == ours, "\(text)")
        }
    }

    @Test("Mutated documents are read as Foundation reads them, or refused", arguments: 0..<6 as Range<UInt64>)
    func mutations(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<400 {
            var bytes = Self.documents.randomElement(using: &generator) ?? []
            for _ in 0..<Int.random(in: 0...3, using: &generator) {
                let index = Int.random(in: 0...bytes.count, using: &generator)
                let end = min(bytes.count, index + Int.random(in: 0...3, using: &generator))
                let insertion = Self.tokens.randomElement(using: &generator) ?? []
                bytes.replaceSubrange(index..<end, with: Bool.random(using: &generator) ? insertion : [])
            }
            try check(bytes)
        }
    }

    @Test("Random tokens and bytes are read as Foundation reads them, or refused", arguments: 6..<10 as Range<UInt64>)
    func noise(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<400 {
            let count = Int.random(in: 0...12, using: &generator)
            try check((0..<count).flatMap { _ in Self.tokens.randomElement(using: &generator) ?? [] })
            try check((0..<count * 8).map { _ in UInt8.random(in: 0...255, using: &generator) })
        }
    }

    @Test("Every beginning of a document that is not the whole is refused", arguments: documents[..<4])
    func beginnings(document: [UInt8]) {
        let last = document.lastIndex { $0 != UInt8(ascii: " ") } ?? 0
        for end in 0...last {
            #expect(throws: JSONError.self) { try JSONValue(parsing: Array(document[..<end])) }
        }
    }
}
