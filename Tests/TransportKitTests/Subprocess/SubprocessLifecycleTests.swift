import Testing

@testable import TransportKit

struct SubprocessLifecycleTests {
    private let grace = SubprocessLifecycle.Grace()

    @Test("A process that does not end is asked, then killed, then given up")
    func escalates() {
        var lifecycle = SubprocessLifecycle()
        #expect(lifecycle.end(hasBacklog: false) == [.closeInput, .startTimer(grace.afterInput)])
        #expect(lifecycle.timeIsUp() == [.ask, .startTimer(grace.afterRequest)])
        #expect(lifecycle.timeIsUp() == [.kill, .startTimer(grace.afterKill)])
        #expect(lifecycle.timeIsUp() == [.giveUp])
        #expect(lifecycle.state == .ended)
        #expect(lifecycle.exited().isEmpty)
    }

    @Test("What waits to be written is written first, but not for long")
    func flushes() {
        var lifecycle = SubprocessLifecycle()
        #expect(lifecycle.end(hasBacklog: true) == [.startTimer(grace.flush)])
        var late = lifecycle
        #expect(lifecycle.flushed() == [.closeInput, .startTimer(grace.afterInput)])
        #expect(late.timeIsUp() == [.closeInput, .startTimer(grace.afterInput)])
        #expect(lifecycle.flushed().isEmpty)
    }

    @Test("It may end at any time, which ends all waiting", arguments: 0...4)
    func endsEarly(steps: Int) {
        var lifecycle = SubprocessLifecycle()
        if steps > 0 { _ = lifecycle.end(hasBacklog: true) }
        for _ in 0..<max(0, steps - 1) { _ = lifecycle.timeIsUp() }
        #expect(lifecycle.exited() == [.stopTimer])
        #expect(lifecycle.timeIsUp().isEmpty)
        #expect(lifecycle.kill().isEmpty)
        #expect(lifecycle.end(hasBacklog: false).isEmpty)
    }

    @Test("A kill goes ahead of everything, once")
    func kills() {
        var lifecycle = SubprocessLifecycle()
        #expect(lifecycle.kill() == [.kill, .startTimer(grace.afterKill)])
        #expect(lifecycle.kill().isEmpty)
        #expect(lifecycle.end(hasBacklog: false).isEmpty)
    }
}
