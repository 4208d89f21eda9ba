import ProviderTesting
import Testing

@Suite struct ManualClockTests {
    @Test func timeStandsStillUntilMoved() {
        let clock = ManualClock()
        #expect(clock.now.offset == .zero)
        clock.advance(by: .seconds(3))
        #expect(clock.now.offset == .seconds(3))
        clock.advance(to: .init(offset: .seconds(1)))
        #expect(clock.now.offset == .seconds(3))
    }

    @Test func sleepersWakeWhenTheirTimeHasCome() async throws {
        let clock = ManualClock()
        async let short: Void = clock.sleep(for: .seconds(1))
        async let long: Void = clock.sleep(for: .seconds(5))
        try await clock.waitForSleepers(2)
        #expect(clock.nextDeadline?.offset == .seconds(1))
        clock.advance(by: .seconds(1))
        try await short
        #expect(clock.sleeperCount == 1)
        clock.advance(by: .seconds(4))
        try await long
        #expect(clock.sleeperCount == 0)
    }

    @Test func aMomentThatHasPassedIsNotWaitedFor() async throws {
        let clock = ManualClock()
        clock.advance(by: .seconds(2))
        try await clock.sleep(until: .init(offset: .seconds(2)))
    }

    @Test func cancellationEndsASleep() async throws {
        let clock = ManualClock()
        let task = Task { try await clock.sleep(for: .seconds(1)) }
        try await clock.waitForSleepers(1)
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(clock.sleeperCount == 0)
    }

    @Test func aCancelledTaskDoesNotBeginToSleep() async {
        let clock = ManualClock()
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            try await clock.sleep(for: .seconds(1))
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func waitingForSleepersCanBeCancelled() async {
        let clock = ManualClock()
        let task = Task { try await clock.waitForSleepers(1) }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func aSleeperWithinASpanIsWaitedFor() async throws {
        let clock = ManualClock()
        async let other: Void = clock.sleep(for: .seconds(100))
        async let wanted: Void = clock.sleep(for: .seconds(10))
        try await clock.waitForSleeper(from: .init(offset: .seconds(5)), to: .init(offset: .seconds(15)))
        clock.advance(by: .seconds(100))
        _ = try await (other, wanted)
    }
}
