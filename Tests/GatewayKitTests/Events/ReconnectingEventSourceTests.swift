import ProviderTesting
import Testing
import TransportKit

@testable import GatewayKit

@Suite("Events/ReconnectingEventSource", .timeLimit(.minutes(5)))
struct ReconnectingEventSourceTests {
    private typealias Iterator = ReconnectingEventSource.AsyncIterator

    private let clock = ManualClock()
    private let directory = UnixSocketTests.Directory()

    private func source(_ path: String = "events?types=request,gateway.*") -> ReconnectingEventSource {
        let request = HTTPRequest(url: "http://localhost/\(path)", unixSocketPath: directory.socket)
        return ReconnectingEventSource(request, clock: clock)
    }

    private func started() async throws -> Gateway {
        let gateway = Gateway(serving: ScriptedProvider())
        try await gateway.start(at: [.unix(path: directory.socket, mode: 0o600, group: nil, role: .host)])
        return gateway
    }

    /// The next event of a name; `nil` if something else happens before.
    private func event(_ iterator: inout Iterator) async throws -> ServerSentEvent? {
        while case .event(let event) = try await iterator.next() {
            if event.event != nil { return event }
        }
        return nil
    }

    /// What happens when the pause is over.
    private func afterPause(_ iterator: inout Iterator, _ delay: Duration) async throws -> Iterator.Element? {
        async let passing: Void = pass(delay)
        let element = try await iterator.next()
        try await passing
        return element
    }

    private func pass(_ delay: Duration) async throws {
        try await clock.waitForSleepers(1)
        clock.advance(by: delay)
    }

    @Test("It comes back to a gateway that was started anew, and says when pauses grow no longer")
    func restart() async throws {
        let first = try await started()
        var iterator = source().makeAsyncIterator()
        #expect(try await iterator.next() == .opened)
        _ = await first.respond(to: .get("/health"))
        let event = try #require(try await event(&iterator))
        #expect(event.event == "request" && event.id != nil)
        await first.stop(drain: .zero)
        #expect(try await self.event(&iterator)?.event == "gateway.stopping")
        var element = try await iterator.next()
        for (attempts, delay) in [(1, 1), (2, 2), (3, 4), (4, 8), (5, 16), (6, 16)] {
            guard case .interrupted(let interruption) = element else {
                Issue.record("\(String(describing: element))")
                return
            }
            #expect(interruption.attempts == attempts && interruption.delay == .seconds(delay))
            #expect(interruption.isLasting == (delay == 16) && !interruption.reason.isEmpty)
            if attempts < 6 { element = try await afterPause(&iterator, .seconds(delay)) }
        }
        let second = try await started()
        #expect(try await afterPause(&iterator, .seconds(16)) == .opened)
        // It asked for what came after an event that this gateway has not sent.
        let missed = try #require(try await self.event(&iterator))
        #expect(missed.event == "dropped" && String(decoding: missed.data, as: UTF8.self).contains("not_kept"))
        await second.stop(drain: .zero)
    }

    @Test("It does not ask again where it is refused", arguments: [("events?types=nothing", 400), ("nothing", 404)])
    func refused(path: String, status: Int) async throws {
        let gateway = try await started()
        var iterator = source(path).makeAsyncIterator()
        await #expect(throws: ReconnectingEventSource.Refusal(status: status)) { try await iterator.next() }
        #expect(try await iterator.next() == nil)
        await gateway.stop(drain: .zero)
    }

    @Test("It ends with its task, while it reads and while it waits", arguments: [true, false])
    func cancelled(isOpen: Bool) async throws {
        let gateway = isOpen ? try await started() : nil
        let source = source()
        let (seen, seeing) = AsyncStream<Void>.makeStream()
        let task = Task {
            var count = 0
            for try await element in source {
                if case .event = element { continue }
                count += 1
                seeing.yield()
            }
            return count
        }
        for await _ in seen { break }
        if !isOpen { try await clock.waitForSleepers(1) }
        task.cancel()
        #expect(try await task.value == 1)
        await gateway?.stop(drain: .zero)
    }
}
