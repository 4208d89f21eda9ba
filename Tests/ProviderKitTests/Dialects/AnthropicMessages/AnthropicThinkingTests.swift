import ProviderKit
import Testing
import TransportKit

@Suite("Anthropic Messages: thinking")
struct AnthropicThinkingTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var model: ModelID
        var reasoning: ReasoningOptions
        var maximumTokens: Int?
        var expected: String
        var warnings: [String] = []
        var testDescription: String { "\(model) \(reasoning.effort?.rawValue ?? "-") \(reasoning.budgetTokens ?? 0)" }
    }

    // `max_tokens`, `thinking` and `output_config` for each way to ask.
    static let cases: [Case] = [
        Case(
            model: "claude-sonnet-4-5",
            reasoning: ReasoningOptions(budgetTokens: 2000),
            maximumTokens: 8000,
            expected: #"{"max_tokens":8000,"thinking":{"type":"enabled","budget_tokens":2000}}"#
        ),
        Case(
            model: "claude-sonnet-4-5",
            reasoning: ReasoningOptions(budgetTokens: 2000),
            expected: #"{"max_tokens":6096,"thinking":{"type":"enabled","budget_tokens":2000}}"#
        ),
        Case(
            model: "claude-sonnet-4-5",
            reasoning: ReasoningOptions(budgetTokens: 2000),
            maximumTokens: 2000,
            expected: #"{"max_tokens":4000,"thinking":{"type":"enabled","budget_tokens":2000}}"#,
            warnings: ["adjusted maximumTokens"]
        ),
        Case(
            model: "claude-sonnet-4-5",
            reasoning: ReasoningOptions(budgetTokens: 10),
            expected: #"{"max_tokens":5120,"thinking":{"type":"enabled","budget_tokens":1024}}"#,
            warnings: ["adjusted reasoning.budgetTokens"]
        ),
        Case(
            model: "claude-sonnet-4-5",
            reasoning: ReasoningOptions(effort: .high),
            expected: #"{"max_tokens":20480,"thinking":{"type":"enabled","budget_tokens":16384}}"#
        ),
        Case(
            model: "claude-sonnet-4-5",
            reasoning: ReasoningOptions(effort: "much"),
            expected: #"{"max_tokens":4096}"#,
            warnings: ["dropped reasoning.effort"]
        ),
        Case(
            model: "claude-sonnet-4-5",
            reasoning: ReasoningOptions(effort: ReasoningOptions.Effort.none),
            expected: #"{"max_tokens":4096,"thinking":{"type":"disabled"}}"#
        ),
        Case(
            model: "claude-opus-4-6",
            reasoning: ReasoningOptions(effort: .high, budgetTokens: 4096),
            expected: #"{"max_tokens":8192,"thinking":{"type":"enabled","budget_tokens":4096}}"#
        ),
        Case(
            model: "claude-opus-4-6",
            reasoning: ReasoningOptions(effort: .low),
            maximumTokens: 500,
            expected: #"{"max_tokens":500,"thinking":{"type":"adaptive"},"output_config":{"effort":"low"}}"#
        ),
        Case(
            model: "claude-opus-5",
            reasoning: ReasoningOptions(effort: .minimal),
            expected: #"{"max_tokens":6144,"thinking":{"type":"adaptive"},"output_config":{"effort":"low"}}"#,
            warnings: ["adjusted reasoning.effort"]
        ),
        Case(
            model: "claude-opus-4-7",
            reasoning: ReasoningOptions(budgetTokens: 10_000),
            expected: #"{"max_tokens":12288,"thinking":{"type":"adaptive"},"output_config":{"effort":"medium"}}"#,
            warnings: ["adjusted reasoning.budgetTokens"]
        ),
        Case(
            model: "tiny",
            reasoning: ReasoningOptions(budgetTokens: .max),
            maximumTokens: .max,
            expected: #"""
                {"max_tokens":9223372036854775807,"thinking":{"type":"enabled","budget_tokens":9223372036854775807}}
                """#,
            warnings: ["adjusted maximumTokens"]
        ),
        Case(
            model: "tiny",
            reasoning: ReasoningOptions(effort: .low),
            expected: #"{"max_tokens":6144,"thinking":{"type":"enabled","budget_tokens":2048}}"#
        ),
    ]

    @Test("Effort and budget become what the model takes", arguments: cases)
    func thinking(test: Case) throws {
        let request = ChatRequest.asking(test.model, .user("Hi")).with {
            $0.reasoning = test.reasoning
            $0.maximumTokens = test.maximumTokens
        }
        let encoded = try AnthropicMessagesDialect().encode(request, isStreaming: false)
        var body = try #require(encoded.body.object)
        body["model"] = nil
        body["messages"] = nil
        #expect(JSONValue.object(body) == (try JSONValue(parsing: test.expected)), "\(encoded.body.serializedString)")
        #expect(encoded.shortWarnings == test.warnings)
    }

    @Test("While the model thinks, sampling is left out")
    func sampling() throws {
        let request = ChatRequest.asking("claude-sonnet-4-5", .user("Hi")).with {
            $0.reasoning = ReasoningOptions(budgetTokens: 2000)
            $0.sampling = Sampling(temperature: 0.2, topP: 0.5, topK: 3)
        }
        let encoded = try AnthropicMessagesDialect().encode(request, isStreaming: false)
        #expect(encoded.body["temperature"] == nil && encoded.body["top_p"] == nil && encoded.body["top_k"] == nil)
        #expect(
            encoded.shortWarnings == [
                "dropped sampling.temperature", "dropped sampling.topP", "dropped sampling.topK",
            ]
        )
        let fitting = request.with { $0.sampling = Sampling(temperature: 1, topP: 0.95) }
        let unchanged = try AnthropicMessagesDialect().encode(
            fitting.with { $0.model = "claude-3-7-sonnet-20250219" },
            isStreaming: false
        )
        #expect(unchanged.body["temperature"] == 1 && unchanged.body["top_p"]?.double == 0.95)
        #expect(unchanged.warnings.isEmpty)
    }

    @Test("A tool that must be called goes before thinking")
    func forcedTool() throws {
        let request = ChatRequest.asking("claude-sonnet-4-5", .user("Hi")).with {
            $0.reasoning = ReasoningOptions(effort: .high)
            $0.tools = [ToolDefinition(name: "a")]
            $0.toolChoice = .required
        }
        let encoded = try AnthropicMessagesDialect().encode(request, isStreaming: false)
        #expect(encoded.body["thinking"] == nil)
        #expect(encoded.body["tool_choice"] == ["type": "any"])
        #expect(encoded.shortWarnings == ["dropped reasoning"])
    }

    static let versions: [(ModelID, Int?, Int?)] = [
        ("claude-sonnet-4-5-20250929", 4, 5), ("claude-3-7-sonnet-20250219", 3, 7), ("claude-opus-4-20250514", 4, 0),
        ("claude-opus-4-0", 4, 0), ("claude-3-opus-20240229", 3, 0), ("claude-2.1", 2, 1), ("claude-fable-5-1", 5, 1),
        ("us.anthropic.claude-haiku-4-5-20251001-v1:0", 4, 5), ("anthropic/claude-opus-4.7", 4, 7),
        ("claude-sonnet-4-5@20250929", 4, 5), ("claude-mythos-preview", nil, nil), ("llama3.2", nil, nil),
    ]

    @Test("Versions are read out of names", arguments: versions)
    func version(model: ModelID, major: Int?, minor: Int?) {
        let traits = AnthropicModelTraits(model: model)
        #expect(traits.version?.major == major && traits.version?.minor == minor)
        #expect(traits.isClaude == model.rawValue.contains("claude"))
    }

    @Test("A model without a version counts as newest, another server's as plain")
    func unversioned() {
        let newest = AnthropicModelTraits(model: "claude-mythos-preview")
        #expect(newest.acceptsEffort && !newest.acceptsThinkingBudget && !newest.acceptsSampling)
        let other = AnthropicModelTraits(model: "qwen3")
        #expect(!other.acceptsEffort && other.acceptsThinkingBudget && other.acceptsSampling)
    }
}
