import Testing

@testable import RouterKit

@Suite("Latency and hedging's budget")
struct LatencyTests {
    private let id = DeploymentID(0)

    @Test("the average rises at once, falls slowly, and fades while nobody asks")
    func peaks() throws {
        var book = HealthBook()
        #expect(book.latencyInSeconds(id, at: 0) == nil)
        book.noteFirstToken(id, after: .milliseconds(100), at: .seconds(1))
        #expect(try seconds(book, at: 1) == 0.1)
        book.noteFirstToken(id, after: .seconds(2), at: .seconds(1))
        #expect(try seconds(book, at: 1) == 2)
        book.noteFirstToken(id, after: .milliseconds(100), at: .seconds(2))
        let soon = try seconds(book, at: 2)
        #expect(soon > 1.8 && soon < 2)
        for second in 3..<60 { book.noteFirstToken(id, after: .milliseconds(100), at: .seconds(second)) }
        let later = try seconds(book, at: 59)
        #expect(later >= 0.1 && later < 0.2)
        #expect(abs(try seconds(book, at: 69) - later / 2) < 1e-9)
        #expect(try seconds(book, at: 100_000) == 0)
    }

    private func seconds(_ book: HealthBook, at time: Int) throws -> Double {
        try #require(book.latencyInSeconds(id, at: Double(time)))
    }

    @Test("percentiles are right to a tenth, once enough was seen", arguments: [0.5, 0.9, 0.95, 0.99])
    func percentiles(share: Double) throws {
        var book = HealthBook()
        for count in 1...1000 {
            if count == 20 { #expect(book.firstTokenPercentile(2, share) == nil) }
            // In a scattered order, so that it is no matter which come last.
            let milliseconds = count * 387 % 1000 + 1
            book.noteFirstToken(id, route: 2, after: .milliseconds(milliseconds), at: .seconds(count))
        }
        let percentile = try #require(book.firstTokenPercentile(2, share)) / .milliseconds(1)
        #expect(abs(percentile - share * 1000) < share * 100)
        #expect(book.firstTokenPercentile(0, share) == nil && book.firstTokenPercentile(9, share) == nil)
    }

    @Test("percentiles follow a provider that gets slower, and stand any value")
    func percentilesFollow() throws {
        var book = HealthBook()
        for _ in 0..<3000 { book.noteFirstToken(id, route: 0, after: .milliseconds(10), at: .zero) }
        for _ in 0..<5000 { book.noteFirstToken(id, route: 0, after: .seconds(3), at: .zero) }
        #expect(try #require(book.firstTokenPercentile(0, 0.5)) > .seconds(2))
        for odd in [Duration.zero, .seconds(-1), .seconds(1_000_000_000), .nanoseconds(1)] {
            book.noteFirstToken(id, route: 0, after: odd, at: .zero)
        }
        for share in [-1, 0, 1, 2, .nan, .infinity] { #expect(book.firstTokenPercentile(0, share) != nil) }
    }

    @Test("second requests stay within their share, however many are wanted", arguments: [0, 0.01, 0.1, 0.5, 1])
    func budget(share: Double) {
        var book = HealthBook()
        var hedges = 0
        for request in 1...20_000 {
            #expect(book.nextSequence(route: 1) == request - 1)
            // Nobody wants any for a long time, then everybody does.
            if request > 5000, book.hedgeIsWithinBudget(route: 1, budget: share) {
                book.noteHedge(route: 1)
                hedges += 1
            }
            #expect(Double(hedges) <= share * Double(request))
            // The quiet time has not saved up for more than a few hundred requests.
            if request == 6000 { #expect(Double(hedges) <= share * 2000) }
        }
        #expect(Double(hedges) >= share * 15_000 * 0.95 - 1)
    }
}
