import Testing
import TransportKit

@testable import ProviderKit

/// What is read from an answer that is handed on whole.
struct ForwardSummaryTests {
    private func summary(_ text: String) throws -> ForwardSummary {
        try OpenAIForwardDialect(operation: .openAIChat, hidesUsage: false).summary(ofWhole: Array(text.utf8))
    }

    /// The scan and the parse agree on every way to write usage.
    @Test(arguments: [
        #"{"prompt_tokens":19,"completion_tokens":144,"total_tokens":163}"#,
        #"{"prompt_tokens":1,"completion_tokens":2,"total_tokens":9,"completion_tokens_details":{"reasoning_tokens":6}}"#,
        #"{"prompt_tokens":7,"prompt_tokens_details":{"cached_tokens":5,"cache_write_tokens":4,"audio_tokens":1}}"#,
        #"{"prompt_tokens":7,"prompt_cache_hit_tokens":3}"#, #"{"total_tokens":12}"#,
        #"{"prompt_tokens":7,"prompt_tokens_details":{"cached_tokens":null},"prompt_cache_hit_tokens":3}"#,
        // Numbers as few write them, which cost a parse.
        #"{"prompt_tokens":1e2,"completion_tokens":4.0}"#, #"{"prompt_tokens":-3,"completion_tokens":4}"#,
        #"{"prompt_tokens":99999999999999999999,"completion_tokens":4}"#, #"{"prompt_tokens":"3","total_tokens":5}"#,
        #"{"prompt_tokens":1,"prompt_tokens":2}"#, #"{"prompt_tokens":null,"completion_tokens":3}"#,
        #"{"\u0070rompt_tokens":3}"#, #"{"nested":{"prompt_tokens":3}}"#, "{}", "[]", "5", "null", #""prompt_tokens""#,
        #"{"prompt_tokens":1},"usage":null"#, #"null,"usage":{"completion_tokens":2}"#,
    ])
    func usageIsReadAsElsewhere(_ usage: String) throws {
        let text = #"{"usage":\#(usage),"choices":[{"index":0,"finish_reason":"stop"}]}"#
        let value = try JSONValue(parsing: Array(text.replacing(#""usage":null,"#, with: "").utf8))
        #expect(try summary(text).usage == OpenAIVocabulary.usage(value["usage"]))
    }

    @Test func firstUsageCounts() throws {
        let usage = try summary(#"{"usage":{"prompt_tokens":1},"usage":{"completion_tokens":2},"choices":[{}]}"#).usage
        #expect(usage == Usage(inputTokens: 1, outputTokens: 0))
    }

    @Test(
        arguments: [
            (#""stop""#, "stop"), (#""length""#, "length"), (#""st\u006fp""#, "stop"), (#""""#, nil), ("null", nil),
            ("5", nil),
        ] as [(String, String?)]
    )
    func finishReasonIsRead(_ reason: String, _ expected: String?) throws {
        let text = #"{"choices":[{"index":0,"finish_reason":\#(reason)}]}"#
        let reason = try expected.map { raw throws(PlexError) in try OpenAIVocabulary.finishReason(raw) }
        #expect(try summary(text).finishReason == reason)
    }
}
