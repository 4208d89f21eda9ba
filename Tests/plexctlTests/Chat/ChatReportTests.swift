import ProviderKit
import Testing

@testable import plexctl

@Suite("Reports of tokens, times and attempts")
struct ChatReportTests {
    @Test("tokens and times in one line")
    func usage() {
        let usage = Usage(inputTokens: 120, outputTokens: 41, cachedReadTokens: 100, reasoningTokens: 0)
        let times = ChatReport.Times(first: .milliseconds(250), total: .milliseconds(1250))
        #expect(
            ChatReport.usage(usage, times)
                == "usage: 120 tokens in (100 cached), 41 out, first after 0.250 s, all after 1.250 s, 41.0 tokens/s"
        )
    }

    @Test("what is not known is not made up")
    func unknown() {
        let times = ChatReport.Times(first: nil, total: .seconds(2))
        #expect(ChatReport.usage(nil, times) == "usage: tokens unknown, the provider does not say, all after 2.000 s")
    }

    @Test("what comes in one burst has no rate")
    func burst() {
        let times = ChatReport.Times(first: .milliseconds(25), total: .milliseconds(26))
        let line = ChatReport.usage(Usage(inputTokens: 10, outputTokens: 9), times)
        #expect(line == "usage: 10 tokens in, 9 out, first after 0.025 s, all after 0.026 s")
    }

    @Test("one line a request")
    func trace() {
        let attempts = [
            Attempt(provider: "a", model: "m", code: .overloaded, status: 503, duration: .milliseconds(12)),
            Attempt(provider: "b", model: "n", code: nil, status: 200, duration: .milliseconds(1999)),
        ]
        #expect(
            ChatReport.trace(attempts) == [
                "trace: 1. a/m: overloaded (HTTP 503) after 0.012 s", "trace: 2. b/n: ok (HTTP 200) after 1.999 s",
            ]
        )
    }
}
