import Testing

@testable import RouterKit

@Suite("Globs")
struct GlobTests {
    @Test(
        "the whole name has to match",
        arguments: [
            ("gpt-*", "gpt-4o", true), ("gpt-*", "gpt-", true), ("gpt-*", "my-gpt-4o", false), ("*", "", true),
            ("*-mini", "gpt-4o-mini", true), ("*-mini", "gpt-4o-mini-2024", false), ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false), ("gpt-?o", "gpt-4o", true), ("gpt-?o", "gpt-4oo", false), ("?", "é", true),
            ("gpt-[34]*", "gpt-4o", true), ("gpt-[34]*", "gpt-5", false), ("[!a-c]x", "dx", true),
            ("[^a-c]x", "bx", false), ("[]]", "]", true), ("[a-]", "-", true), ("[!]]", "]", false),
            ("**", "anything", true), ("GPT*", "gpt-4o", false), ("a.c", "abc", false), ("a(b", "a(b", true),
        ]
    )
    func matches(_ glob: String, _ name: String, _ expected: Bool) throws {
        #expect(try Glob(glob).matches(name) == expected)
    }

    @Test(
        "what is none is refused with the place",
        arguments: [
            ("", "expected a model's name, found nothing", nil), ("a[bc", "[ without a closing ]", 2),
            ("[", "[ without a closing ]", 1), ("x[z-a]", "the range ends before it begins", 3),
        ]
    )
    func refuses(_ glob: String, _ message: String, _ position: Int?) {
        #expect(throws: PatternError(message, at: position)) { try Glob(glob) }
        #expect(throws: PatternError.self) { try Glob(String(repeating: "a", count: 257)) }
    }

    @Test("a glob made to be slow takes no more than the product of both lengths")
    func isBounded() throws {
        let glob = try Glob(String(repeating: "a*", count: 100) + "b")
        #expect(!glob.matches(String(repeating: "a", count: 512)))
    }
}

@Suite("Regular expressions")
struct RegularExpressionTests {
    @Test(
        "the whole name has to match, with anchors or without",
        arguments: [
            ("^gemini-.*-aistudio$", "gemini-2.5-pro-aistudio", true),
            ("gemini-.*-aistudio", "my-gemini-x-aistudio", false),
            ("gpt-(4o|5)", "gpt-5", true), ("gpt-(4o|5)", "gpt-55", false), (#"o\d"#, "o3", true), ("é+", "éé", true),
            ("(?i)GPT-5", "gpt-5", true), ("a|b", "ab", false), ("", "a", false),
        ]
    )
    func matches(_ pattern: String, _ name: String, _ expected: Bool) {
        #expect((try? RegularExpression(pattern))?.matches(name) ?? false == expected)
    }

    @Test(
        "what is none, or needs more than linear time or a bounded size, is refused with the place",
        arguments: [
            ("gpt-(4o", "this is no regular expression: missing )"),
            ("ab[c", "this is no regular expression: missing ] (at character 3)"),
            ("é*+", "this is no regular expression: bad repetition operator (at character 2)"),
            (#"(a)\1"#, #"this is no regular expression: invalid escape sequence (at character 4)"#),
            ("(?=a)b", "this is no regular expression: invalid perl operator (at character 1)"),
            ("((a{100}){100}){100}", "this is no regular expression: invalid repetition size (at character 4)"),
            (#"\pL{999}"#, "this is no regular expression: pattern too large - compile failed"),
            ("", "expected a regular expression, found nothing"),
        ]
    )
    func refuses(_ pattern: String, _ message: String) {
        do {
            _ = try RegularExpression(pattern)
            Issue.record("\(pattern) was taken")
        } catch {
            #expect(error.text == message)
        }
    }

    @Test("a pattern that ruins matchers that go back takes linear time")
    func isLinear() throws {
        let pattern = try RegularExpression("(a*)*b|(a|a)*c|(.*.*.*.*)d")
        #expect(!pattern.matches(String(repeating: "a", count: 512)))
    }
}
