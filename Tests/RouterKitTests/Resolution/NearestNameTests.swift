import RouterKit
import Testing

@Suite struct NearestNameTests {
    private static let names = ["openai/gpt-4o", "openai/gpt-4o-mini", "anthropic/claude-haiku-4-5"]

    @Test(
        "the nearest come first, by model or by provider and model; what is too different is left out",
        arguments: [
            ("gpt-4o-mni", ["openai/gpt-4o-mini"]), ("gpt4o", ["openai/gpt-4o"]),
            ("openai/gpt-4o-mimi", ["openai/gpt-4o-mini", "openai/gpt-4o"]),
            ("claude-haiku-45", ["anthropic/claude-haiku-4-5"]), ("llama", []), ("", []),
        ]
    )
    func nearest(_ wanted: String, _ expected: [String]) {
        #expect(Array(NearestName.several(wanted, among: Self.names).prefix(max(1, expected.count))) == expected)
    }
}
