import ProviderKit
import Testing

@testable import GatewayKit

@Suite("Attempts of an exchange")
struct ExchangeAttemptsTests {
    @Test("A stream that breaks off makes a failure of the attempt that had begun well")
    func brokenStream() {
        var record = ExchangeRecord.chat(outcome: .failed, attempts: [.failed(.network, "a"), .ok("b")])
        record.noteFailure(PlexError(.streamCut, "cut", provider: "b"), after: .seconds(2))
        #expect(record.attempts.map(\.code) == [.network, .streamCut])
        #expect(record.attempts.map(\.provider) == ["a", "b"])
        #expect(record.attempts.last?.duration == .seconds(2))
        #expect(record.provider == "b" && record.model == "gpt-4o-mini")
    }

    @Test("An error's own list of attempts goes before")
    func ownList() {
        var record = ExchangeRecord.chat(outcome: .failed, provider: nil, model: nil, attempts: [])
        let error = PlexError(
            .overloaded,
            "busy",
            attempts: [.failed(.network, "a", "x"), .failed(.overloaded, "b", "y")]
        )
        record.noteFailure(error, after: .seconds(1))
        #expect(record.attempts == error.attempts)
        #expect(record.provider == "b" && record.model == "y")
    }

    @Test("A provider that keeps no list has made one attempt")
    func noList() {
        var failed = ExchangeRecord.chat(outcome: .failed, provider: nil, model: nil, attempts: [])
        failed.noteFailure(PlexError(.network, "down", provider: "a", model: "m", status: 502), after: .seconds(1))
        failed.settleAttempts()
        #expect(failed.attempts.map(\.code) == [.network] && failed.attempts.first?.status == 502)
        var completed = ExchangeRecord.chat(attempts: [])
        completed.settleAttempts()
        #expect(completed.attempts.map(\.code) == [nil])
        for outcome in [ExchangeRecord.Outcome.callerGone, .stopped] {
            var left = ExchangeRecord.chat(outcome: outcome, attempts: [])
            left.settleAttempts()
            #expect(left.attempts.map(\.code) == [.cancelled])
        }
    }

    @Test("Without a provider there was no attempt")
    func refused() {
        var record = ExchangeRecord.unrouted()
        record.noteFailure(PlexError(.notFound, "no such model"), after: .zero)
        record.settleAttempts()
        #expect(record.attempts.isEmpty && record.provider == nil)
    }
}
