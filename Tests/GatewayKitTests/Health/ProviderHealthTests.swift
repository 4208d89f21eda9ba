import ProviderKit
import Testing
import TransportKit

@testable import GatewayKit

@Suite("Provider health")
struct ProviderHealthTests {
    @Test(
        "One error of this kind is enough, or it takes three, or none is",
        arguments: [
            (.authentication, "unavailable", "unavailable"), (.quotaExhausted, "unavailable", "unavailable"),
            (.configuration, "unavailable", "unavailable"), (.network, "degraded", "unavailable"),
            (.timeout(.connect), "degraded", "unavailable"), (.timeout(.idle), "degraded", "unavailable"),
            (.upstream, "degraded", "unavailable"), (.overloaded, "degraded", "unavailable"),
            (.malformedResponse, "degraded", "unavailable"), (.streamCut, "degraded", "unavailable"),
            (.permission, "degraded", "unavailable"), (.rateLimited, "degraded", "degraded"),
            (.invalidRequest, "unknown", "unknown"), (.notFound, "unknown", "unknown"),
            (.contextLengthExceeded, "unknown", "unknown"), (.contentFiltered, "unknown", "unknown"),
            (.cancelled, "unknown", "unknown"), (.unsupported, "unknown", "unknown"), (.internal, "unknown", "unknown"),
        ] as [(PlexError.Code, String, String)]
    )
    func codes(code: PlexError.Code, afterOne: String, afterThree: String) {
        var health = ProviderHealth()
        fail(&health, code)
        #expect(health.state(at: .zero).word == afterOne)
        fail(&health, code)
        fail(&health, code)
        #expect(health.state(at: .zero).word == afterThree)
        health.succeeded(at: .zero, timestamp: 5)
        #expect(health.state(at: .zero) == .healthy)
        #expect(health.consecutiveFailures == 0)
    }

    @Test("A caller's mistakes change nothing, nor do they end a row of errors")
    func callersMistakes() {
        var health = ProviderHealth()
        fail(&health, .network)
        fail(&health, .network)
        fail(&health, .invalidRequest)
        #expect(health.consecutiveFailures == 2)
        fail(&health, .network)
        #expect(health.state(at: .zero).word == "unavailable")
        #expect(health.lastFailure?.code == .network)
    }

    @Test("Who fails more often than not is degraded, until the errors are a minute old")
    func ratio() {
        var health = ProviderHealth()
        for _ in 0..<6 {
            fail(&health, .upstream)
            fail(&health, .upstream)
            health.succeeded(at: .zero, timestamp: 0)
        }
        #expect(health.state(at: .zero) == .degraded(.failingOften))
        #expect(health.successRatio(at: .zero) == 6.0 / 18)
        #expect(health.state(at: .seconds(54)) == .degraded(.failingOften))
        #expect(health.state(at: .seconds(60)) == .healthy)
        #expect(health.successRatio(at: .seconds(60)) == nil)
    }

    @Test("A probe's error is enough, unless real requests were answered lately")
    func probes() {
        var health = ProviderHealth()
        health.failed(.upstream, status: 500, isProbe: true, at: .zero, timestamp: 0)
        #expect(health.state(at: .zero).word == "unavailable")
        health.succeeded(at: .seconds(1), timestamp: 1)
        health.failed(.upstream, status: 500, isProbe: true, at: .seconds(2), timestamp: 2)
        #expect(health.state(at: .seconds(2)).word == "degraded")
    }

    @Test("The window forgets slot by slot and its memory does not grow")
    func window() {
        var window = OutcomeWindow()
        for second in 0..<1000 { window.add(isSuccess: second % 2 == 0, at: .seconds(second)) }
        let counts = window.counts(at: .seconds(999))
        #expect(counts.successes + counts.failures == 60)
        #expect(window.counts(at: .seconds(1040)).successes + window.counts(at: .seconds(1040)).failures == 15)
        #expect(window.counts(at: .seconds(2000)) == (0, 0))
    }

    private func fail(_ health: inout ProviderHealth, _ code: PlexError.Code) {
        health.failed(code, status: nil, isProbe: false, at: .zero, timestamp: 0)
    }
}
