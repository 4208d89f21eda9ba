import Testing
import TransportKit

@testable import RouterKit

@Suite(.timeLimit(.minutes(5)))
struct SharedWorkTests {
    /// Work that begins when asked and ends when told, or when it is cancelled.
    private final class Work: Sendable {
        let begun = AsyncStream<Int>.makeStream()
        private let count = Locked(0)

        func run() async -> Bool {
            begun.continuation.yield(
                count.withLock {
                    $0 += 1
                    return $0
                }
            )
            let forever = AsyncStream<Void> { _ in }
            for await _ in forever {}
            return true
        }
    }

    @Test("many callers get what one run gives, and a later caller a new run")
    func sharing() async {
        let gate = AsyncStream<Void>.makeStream()
        let runs = Locked(0)
        let work = SharedWork {
            for await _ in gate.stream { break }
            return runs.withLock {
                $0 += 1
                return $0
            }
        }
        let callers = (0..<3).map { _ in Task { await work.value() } }
        // All wait before the work may end.
        while work.waiterCount < callers.count { await Task.yield() }
        gate.continuation.yield()
        for caller in callers {
            #expect(await caller.value == 1)
        }
        gate.continuation.finish()
        #expect(await work.value() == 2)
    }

    @Test("a cancelled caller is answered at once; the last one that leaves cancels the run, and the next begins anew")
    func cancellation() async {
        let work = Work()
        let shared = SharedWork { await work.run() }
        var begun = work.begun.stream.makeAsyncIterator()
        for expected in 1...2 {
            let caller = Task { await shared.value() }
            #expect(await begun.next() == expected)
            caller.cancel()
            #expect(await caller.value == nil)
        }
    }
}
