import Testing

@testable import TransportKit

struct JSONScannerTests {
    private static let names: [JSONScanner.Name] = [
        .member("choices"), .member("usage"), .member("finish_reason", under: 0), .member("index", under: 0),
    ]

    private func text(_ text: String, _ member: JSONScanner.Member) -> String {
        String(decoding: Array(text.utf8)[member.value], as: UTF8.self)
    }

    @Test func findsMembersOfElements() throws {
        let source = """
            {"x":[{"finish_reason":"no"}],"choices":[{"index":0,"delta":{"finish_reason":"no"},"finish_reason":null},
             {"finish_reason" : "stop" , "index":1}, [{"index":9}]],"usage":{"index":7,"choices":[{"index":8}]}}
            """
        var scanner = JSONScanner(Self.names)
        try scanner.scan(Array(source.utf8).span)
        #expect(scanner.members.map(\.count) == [1, 1, 2, 2])
        #expect(scanner.members.map(\.notNull) == [1, 1, 1, 2])
        #expect(text(source, scanner.members[2]) == #""stop""#)
        #expect(text(source, scanner.members[3]) == "0")
        #expect(text(source, scanner.members[1]) == #"{"index":7,"choices":[{"index":8}]}"#)
        #expect(scanner.object == 0..<source.utf8.count)
        // Nothing of one text stays for the next.
        try scanner.scan(Array(" {} ".utf8).span)
        #expect(scanner.members.map(\.count) == [0, 0, 0, 0])
        #expect(scanner.object == 1..<3)
    }

    @Test(arguments: [
        (#"{"choices":{"index":1}}"#, 1), (#"{"choices":{"a":{"index":1}}}"#, 0),
        (#"{"choices":[{"a":{"index":1}}]}"#, 0),
        (#"{"choices":[[{"index":1}]]}"#, 0), (#"{"choices":[[],{"index":1},1,{"x":[{"index":1}],"index":2}]}"#, 2),
        (#"{"x":{"choices":[{"index":1}]}}"#, 0), (#"{"choices":[{"choices":[{"index":1}]}]}"#, 0),
        (#"{"choices":1,"x":[{"index":1}]}"#, 0),
    ])
    func parentHoldsTheMember(_ text: String, count: Int) throws {
        var scanner = JSONScanner(Self.names)
        try scanner.scan(Array(text.utf8).span)
        #expect(scanner.members[3].count == count)
    }

    @Test func findsMembersOfMembers() throws {
        var scanner = JSONScanner([
            .member("a"), .member("b", under: 0), .member("c", under: 1), .member("d", under: 2),
            .member("e", under: 3),
            .member("c"),
        ])
        let source = #"{"a":{"x":{"c":0},"b":{"c":{"d":{"e":5,"d":6},"e":7},"d":8},"c":9},"c":10}"#
        try scanner.scan(Array(source.utf8).span)
        #expect(scanner.members.map(\.count) == [1, 1, 1, 1, 1, 1])
        #expect(text(source, scanner.members[4]) == "5")
        #expect(text(source, scanner.members[5]) == "10")
    }

    /// Texts that are changed in one place are accepted by both readers or by none, and mean the same to both.
    @Test func agreesWithTheParser() throws {
        let seeds = [
            #"{"choices":[{"index":0,"delta":{"content":"a\u00e9\n"},"finish_reason":null}],"usage":{"n":-1.5e3}}"#,
            #" {"usage" : [ true , false,null , {} , [] ] , "choices":[{"finish_reason":"stop"},{"index":12}] } "#,
        ]
        let letters = Array(#"{}[]:,"\ntrue0-.eE1 "#.utf8) + [0x00, 0x0A, 0x1F, 0xC3, 0xFF]
        var accepted = 0
        var scanner = JSONScanner(Self.names)
        for seed in seeds.map({ Array($0.utf8) }) {
            for place in seed.indices {
                for letter in letters {
                    var replaced = seed, inserted = seed, removed = seed
                    replaced[place] = letter
                    inserted.insert(letter, at: place)
                    removed.remove(at: place)
                    for text in [replaced, inserted, removed, Array(seed[..<place])] {
                        let value = try? JSONValue(parsing: text)
                        let isAccepted = (try? scanner.scan(text.span)) != nil
                        #expect(isAccepted == (value?.object != nil), "\(String(decoding: text, as: UTF8.self))")
                        guard isAccepted, let object = value?.object, scanner.members[1].count == 1 else { continue }
                        accepted += 1
                        let usage = try JSONValue(parsing: text.span.extracting(scanner.members[1].value))
                        #expect(usage == object["usage"])
                    }
                }
            }
        }
        #expect(accepted > 1000)
    }
}
