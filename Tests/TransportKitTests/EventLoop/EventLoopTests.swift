import Glibc
import Synchronization
import Testing

@testable import TransportKit

@Suite(.timeLimit(.minutes(5)))
struct EventLoopTests {
    let group = EventLoopGroup(count: 1)
    var loop: EventLoop { group.loops[0] }

    @Test func runsWorkInOrderOfArrival() async {
        let seen = Locked<[Int]>([])
        for number in 0..<1000 {
            loop.execute { seen.withLock { $0.append(number) } }
        }
        await loop.run {}
        #expect(seen.withLock { $0 } == Array(0..<1000))
    }

    @Test func taskWithPreferenceStaysOnTheLoopThroughActorsAndCalls() async {
        actor Counter {
            var loops: [Bool] = []
            func note(_ loop: EventLoop) { loops.append(loop.isCurrent) }
        }
        let counter = Counter()
        let loop = loop
        await Task(executorPreference: loop) {
            #expect(EventLoop.current === loop)
            await counter.note(loop)
            await Task.yield()
            await counter.note(loop)
            #expect(loop.isCurrent)
        }.value
        #expect(await counter.loops == [true, true])
        #expect(EventLoop.current == nil)
    }

    /// Otherwise each return would go through the queue, behind whatever else is there.
    @Test func returningIntoAFunctionThatIsIsolatedToNothingIsNoJobOfItsOwn() async {
        let loop = loop
        @Sendable func nested(_ depth: Int) async -> Int { depth == 0 ? 0 : await nested(depth - 1) + 1 }
        let hasOtherRun = Atomic(false)
        let (depth, wasInterrupted) = await Task(executorPreference: loop) {
            loop.execute { hasOtherRun.store(true, ordering: .relaxed) }
            let depth = await nested(20)
            return (depth, hasOtherRun.load(ordering: .relaxed))
        }.value
        #expect(depth == 20)
        #expect(!wasInterrupted)
    }

    @Test func actorCanLiveOnTheLoop() async {
        actor Resident {
            let loop: EventLoop
            var count = 0
            nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }
            init(_ loop: EventLoop) { self.loop = loop }
            func increment() -> Bool {
                count += 1
                return loop.isCurrent
            }
        }
        let resident = Resident(loop)
        await withTaskGroup(of: Bool.self) { tasks in
            for _ in 0..<100 { tasks.addTask { await resident.increment() } }
            for await isOnLoop in tasks { #expect(isOnLoop) }
        }
        #expect(await resident.count == 100)
        // Code that the loop runs outside of any task is isolated to it as well.
        await loop.run { resident.assumeIsolated { $0.count += 1 } }
        #expect(await resident.count == 101)
    }

    @Test func endlessWorkDoesNotStarveDescriptorsAndTimers() async throws {
        let pipe = try Pipe()
        let loop = loop
        let isDone = Atomic(false)
        @Sendable func spin() {
            if !isDone.load(ordering: .relaxed) { loop.execute { spin() } }
        }
        await withCheckedContinuation { continuation in
            loop.execute {
                try? loop.watch(pipe.reader, for: .readable) { _ in
                    loop.unwatch(pipe.reader)
                    loop.schedule(after: .milliseconds(1)) { continuation.resume() }
                }
                spin()
            }
            pipe.write("x")
        }
        isDone.store(true, ordering: .relaxed)
    }

    // MARK: Timers

    @Test func timersFireInOrderOfDeadlineThenArrivalAndNotWhenCancelled() async {
        let loop = loop
        let order: [Int] = await withCheckedContinuation { continuation in
            loop.execute {
                var order: [Int] = []
                loop.schedule(after: .milliseconds(5)) { order.append(3) }
                loop.schedule(after: .milliseconds(1)) { order.append(1) }
                let cancelled = loop.schedule(after: .milliseconds(2)) { order.append(9) }
                loop.schedule(after: .milliseconds(1)) { order.append(2) }
                loop.schedule(after: .milliseconds(6)) { continuation.resume(returning: order) }
                loop.cancel(cancelled)
                loop.cancel(cancelled)
            }
        }
        #expect(order == [1, 2, 3])
    }

    @Test func firstWorkFindsTheTimeOfItsThreadNotOfTheLoopsMaking() async {
        let loop = EventLoop()
        let before = LoopClock.monotonic
        #expect(await loop.run { loop.now } >= before)
        await loop.shutdown()
    }

    @Test func heapKeepsOrderThroughRandomCancels() {
        var timers = LoopTimers()
        var generator = SystemRandomNumberGenerator()
        var expected: [Int64] = []
        var handles: [(Int64, EventLoop.Timer)] = []
        let fired = Locked<[Int64]>([])
        for _ in 0..<500 {
            let at = Int64.random(in: 0..<100, using: &generator)
            let timer = timers.add(LoopInstant(nanoseconds: at)) { fired.withLock { $0.append(at) } }
            handles.append((at, timer))
        }
        for (at, timer) in handles.shuffled(using: &generator) {
            if Bool.random(using: &generator) { timers.remove(timer) } else { expected.append(at) }
        }
        while let body = timers.popDue(LoopInstant(nanoseconds: 100)) { body() }
        #expect(fired.withLock { $0 } == expected.sorted())
        #expect(timers.count == 0)
    }

    @Test func timersFollowAnInjectedClock() async {
        let clock = TestClock()
        let group = EventLoopGroup(count: 1, clock: clock)
        let loop = group.loops[0]
        let fired = Locked<[String]>([])
        await loop.run {
            loop.schedule(after: .seconds(60)) { fired.withLock { $0.append("minute") } }
            loop.schedule(after: .seconds(3600)) { fired.withLock { $0.append("hour") } }
            let timer = loop.schedule(after: .seconds(61)) { fired.withLock { $0.append("cancelled") } }
            loop.cancel(timer)
        }
        await clock.waitForSleepers(2)
        clock.advance(by: .seconds(59))
        await loop.run {}
        #expect(fired.withLock { $0 } == [])
        await withCheckedContinuation { continuation in
            loop.execute {
                loop.schedule(after: .seconds(1)) { continuation.resume() }
                clock.advance(by: .seconds(10))
            }
        }
        while fired.withLock({ $0.isEmpty }) { await Task.yield() }
        #expect(fired.withLock { $0 } == ["minute"])
        #expect(await loop.run { loop.now } == LoopInstant(nanoseconds: 69_000_000_000))
        await group.shutdown()
        #expect(fired.withLock { $0 } == ["minute"])
    }

    // MARK: Descriptors

    @Test func watchTellsOfDataRoomAndTheEnd() async throws {
        let pair = try SocketPair()
        let loop = loop
        let seen = Locked<[EventLoop.Events]>([])
        await withCheckedContinuation { continuation in
            loop.execute {
                try? loop.watch(pair.ours, for: [.writable]) { events in
                    seen.withLock { $0.append(events) }
                    loop.modify(pair.ours, for: [.readable, .peerClosed])
                    pair.write("hello")
                    try? loop.watch(pair.ours, for: [.readable, .peerClosed]) { events in
                        seen.withLock { $0.append(events) }
                        if events.contains(.peerClosed) {
                            loop.unwatch(pair.ours)
                            continuation.resume()
                        } else {
                            pair.drain()
                            pair.closeTheirs()
                        }
                    }
                }
            }
        }
        let events = seen.withLock { $0 }
        #expect(events.first == .writable)
        #expect(events.dropFirst().first == .readable)
        #expect(events.last?.contains(.peerClosed) == true)
        #expect(await loop.run { !loop.isWatched(pair.ours) })
    }

    @Test func unwatchedDescriptorIsNotHandledEvenWhenItsEventWasCollected() async throws {
        let first = try Pipe()
        let second = try Pipe()
        let loop = loop
        let calls = Locked(0)
        first.write("x")
        second.write("x")
        await loop.run {
            for (mine, other) in [(first.reader, second.reader), (second.reader, first.reader)] {
                try? loop.watch(mine, for: .readable) { _ in
                    calls.withLock { $0 += 1 }
                    loop.unwatch(mine)
                    loop.unwatch(other)
                }
            }
        }
        await withCheckedContinuation { continuation in
            loop.execute { loop.schedule(after: .milliseconds(5)) { continuation.resume() } }
        }
        #expect(calls.withLock { $0 } == 1)
    }

    @Test func descriptorThatCannotBeWatchedIsAnError() async {
        let loop = loop
        let message = await loop.run { () -> String? in
            do throws(TransportError) {
                try loop.watch(9_999, for: .readable) { _ in }
                return nil
            } catch {
                return error.message
            }
        }
        #expect(message?.contains("9999") == true)
    }

    // MARK: Life

    @Test func shutdownLeavesNoThreadAndLaterWorkStillRuns() async {
        let name = "plex-loop-77"
        let loop = EventLoop(index: 77)
        #expect(threads(named: name) == 0)
        let hooks = Locked<[Int]>([])
        await loop.run {
            loop.onShutdown { hooks.withLock { $0.append(1) } }
            loop.onShutdown { hooks.withLock { $0.append(2) } }
            loop.schedule(after: .seconds(3600)) {}
        }
        #expect(threads(named: name) == 1)
        await loop.shutdown()
        #expect(threads(named: name) == 0)
        #expect(hooks.withLock { $0 } == [2, 1])
        #expect(await loop.run { loop.isCurrent })
        await loop.shutdown()
        #expect(threads(named: name) == 0)
    }

    @Test func droppedGroupEndsItsThreads() async throws {
        var group: EventLoopGroup? = EventLoopGroup(count: 3)
        weak let last = group?.loops.last
        await group?.loops[2].run {}
        #expect(last != nil)
        group = nil
        // The thread is the loop's last owner: once it has ended, the loop is gone.
        while last != nil {
            try Task.checkCancellation()
            await Task.yield()
        }
    }

    @Test func groupGivesEachLoopInTurnButKeepsACallerOnItsOwn() async {
        let group = EventLoopGroup(count: 3)
        #expect(Set((0..<3).map { _ in group.next().index }) == [0, 1, 2])
        let own = group.loops[1]
        #expect(await own.run { group.next() === own && group.next() === own })
        await group.shutdown()
    }

    @Test func figuresCountWhatTheLoopDid() async {
        let loop = loop
        await loop.run { _ = loop.schedule(after: .seconds(3600)) {} }
        await loop.run {}
        await withCheckedContinuation { continuation in
            loop.execute { loop.schedule(after: .milliseconds(2)) { continuation.resume() } }
        }
        let figures = loop.statistics
        #expect(figures.jobs >= 2)
        #expect(figures.polls >= 1)
        #expect(figures.timers >= 1)
    }

    private func threads(named name: String) -> Int {
        guard let directory = unsafe opendir("/proc/self/task") else { return -1 }
        defer { unsafe closedir(directory) }
        var count = 0
        while let entry = unsafe readdir(directory) {
            let thread = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            guard let file = unsafe fopen("/proc/self/task/\(thread)/comm", "r") else { continue }
            defer { unsafe fclose(file) }
            var buffer = [CChar](repeating: 0, count: 32)
            guard unsafe fgets(&buffer, 32, file) != nil else { continue }
            let text = String(decoding: buffer.prefix { $0 != 0 && $0 != 10 }.map(UInt8.init), as: UTF8.self)
            if text == name { count += 1 }
        }
        return count
    }
}
