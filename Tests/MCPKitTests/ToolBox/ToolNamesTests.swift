import Testing

@testable import MCPKit

struct ToolNamesTests {
    private typealias Origin = ToolNames.Origin

    @Test(
        "A tool is called by server and tool, in characters that every model takes",
        arguments: [
            ("time", "get_current_time", "time__get_current_time"),
            ("time", "time.now", "time__time_now"),
            ("my server", "größe", "my_server__gr__e"),
            ("a__b", "c", "a_b__c"),
            ("a_", "_b", "a___b"),
            ("a", "b__c", "a__b__c"),
        ]
    )
    func namesTools(source: String, tool: String, expected: String) {
        let origin = Origin(source: source, tool: tool)
        let names = ToolNames([origin])
        #expect(names.names == [expected])
        #expect(names.origin(of: expected) == origin)
    }

    @Test("The program's own functions keep their names")
    func keepsFunctions() {
        let names = ToolNames([Origin(source: "a", tool: "b"), Origin(source: nil, tool: "a__b")])
        #expect(names.names.contains("a__b"))
        #expect(Set(names.names).count == 2)
    }

    @Test("A tool's own name is enough where one server has it")
    func takesShortNames() {
        let names = ToolNames([
            Origin(source: "a", tool: "read"), Origin(source: "b", tool: "read"), Origin(source: "b", tool: "write"),
        ])
        #expect(names.origin(of: "write") == Origin(source: "b", tool: "write"))
        #expect(names.origin(of: "read") == nil)
        #expect(names.origin(of: "none") == nil)
    }

    @Test("Names are legal, differ, lead back, and do not depend on the order", arguments: 0..<200 as Range<UInt64>)
    func holdsForAny(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        // Few letters, so that names clash, and long runs, so that they are cut.
        let pieces = ["a", "b", "_", "__", ".", "-", "é", "🙂", String(repeating: "x", count: 40), " ", "/"]
        func text(_ range: ClosedRange<Int>) -> String {
            (0..<Int.random(in: range, using: &random)).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
        }
        var origins = (0..<30).map { index in
            Origin(source: index % 7 == 0 ? nil : text(0...3), tool: text(1...4))
        }
        let names = ToolNames(origins)
        #expect(Set(names.names).count == Set(origins).count)
        for origin in origins {
            guard let name = names.name(of: origin) else {
                Issue.record("no name")
                continue
            }
            #expect((1...ToolNames.maximumLength).contains(name.utf8.count))
            #expect(name.utf8.allSatisfy { Self.legal.contains($0) })
            #expect(names.origin(of: name) == origin)
        }
        origins.shuffle(using: &random)
        let again = ToolNames(origins)
        for origin in origins { #expect(again.name(of: origin) == names.name(of: origin)) }
    }

    private static let legal = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-".utf8)
}
