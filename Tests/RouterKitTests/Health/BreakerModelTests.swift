import ProviderKit
import RouterKit
import Testing
import TransportKit

/// A breaker as its description reads: every request and failure is kept, nothing is pruned.
private struct NaiveBreaker {
    let policy: FailoverPolicy.Breaker
    var failures: [Duration] = []
    var openUntil: Duration?
    var probe: Int?

    func availability(at now: Duration) -> HealthBook.Availability {
        if probe != nil { return .probing }
        if let openUntil, now < openUntil { return .breakerOpen(until: openUntil) }
        return .ready
    }

    mutating func begin(_ request: Int, at now: Duration) {
        if let openUntil, now >= openUntil, probe == nil { probe = request }
    }

    mutating func end(_ request: Int, _ outcome: AttemptOutcome, at now: Duration) {
        let isProbe = probe == request
        if isProbe { probe = nil }
        switch outcome {
        case .success:
            failures = []
            if isProbe { openUntil = nil }
        case .failure(let code, _) where FailureClass.countsAgainstTarget(code):
            if isProbe {
                openUntil = now + policy.open
            } else if openUntil == nil {
                failures.append(now)
                if failures.count(where: { now - $0 <= policy.window }) >= policy.failures {
                    openUntil = now + policy.open
                    failures = []
                }
            }
        default: break
        }
    }
}

@Suite("Breakers against a naive reference")
struct BreakerModelTests {
    @Test("random sequences end in the same states", arguments: 0..<200)
    func sequences(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        let policy = FailoverPolicy.Breaker(
            failures: .random(in: 1...5, using: &generator),
            window: .seconds(.random(in: 1...20, using: &generator)),
            open: .seconds(.random(in: 1...20, using: &generator))
        )
        var book = HealthBook(policy: FailoverPolicy(breaker: policy))
        var model = NaiveBreaker(policy: policy)
        let id = DeploymentID(3)
        var inFlight: [(request: Int, isProbe: Bool)] = []
        var now = Duration.zero
        for request in 0..<400 {
            now += .milliseconds(.random(in: 0...3000, using: &generator))
            #expect(book.availability(of: id, credential: 0, at: now) == model.availability(at: now))
            // Sometimes nobody has looked at the breaker: a request comes although it is open.
            if Int.random(in: 0..<8, using: &generator) == 0 || model.availability(at: now) == .ready {
                let isProbe = book.begin(id, credential: 0, at: now)
                model.begin(request, at: now)
                #expect(isProbe == (model.probe == request))
                inFlight.append((request, isProbe))
            }
            while inFlight.count > Int.random(in: 0...4, using: &generator) {
                let ended = inFlight.remove(at: .random(in: inFlight.indices, using: &generator))
                let outcomes: [AttemptOutcome] = [
                    .success, .abandoned, .failure(.upstream, retryAfter: nil), .failure(.network, retryAfter: nil),
                    .failure(.timeout(.idle), retryAfter: nil), .failure(.invalidRequest, retryAfter: nil),
                ]
                let outcome = outcomes[.random(in: outcomes.indices, using: &generator)]
                now += .milliseconds(.random(in: 0...500, using: &generator))
                book.end(id, credential: 0, outcome, isProbe: ended.isProbe, at: now)
                model.end(ended.request, outcome, at: now)
                #expect(book.availability(of: id, credential: 0, at: now) == model.availability(at: now))
            }
            #expect(inFlight.count(where: \.isProbe) <= 1)
            #expect(book.inFlight(id) == inFlight.count)
        }
    }

    @Test("without a word on which request is the probe, one that ends while one is under way is it")
    func unnamedProbe() {
        var book = HealthBook(policy: FailoverPolicy(breaker: .init(failures: 1, open: .seconds(5))))
        let id = DeploymentID(0)
        book.begin(id, credential: 0, at: .zero)
        book.end(id, credential: 0, .failure(.upstream, retryAfter: nil), at: .zero)
        #expect(book.availability(of: id, credential: 0, at: .seconds(4)) == .breakerOpen(until: .seconds(5)))
        #expect(book.begin(id, credential: 0, at: .seconds(5)) == true)
        book.end(id, credential: 0, .success, at: .seconds(6))
        #expect(book.availability(of: id, credential: 0, at: .seconds(6)) == .ready)
        #expect(book.begin(id, credential: 0, at: .seconds(6)) == false)
    }
}
