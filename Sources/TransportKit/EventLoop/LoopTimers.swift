extension EventLoop {
    /// A closure that will run once at a given time.
    ///
    /// It is used on its loop only.
    package final class Timer {
        fileprivate(set) var deadline: LoopInstant
        fileprivate var place: Int?
        fileprivate let sequence: UInt64
        fileprivate let body: () -> Void
        fileprivate var sleeper: Task<Void, Never>?

        fileprivate init(deadline: LoopInstant, sequence: UInt64, body: @escaping () -> Void) {
            self.deadline = deadline
            self.sequence = sequence
            self.body = body
        }
    }

    /// The time on the loop's clock; on the system's clock, as of the start of this turn.
    package var now: LoopInstant { clock.virtual?.now() ?? onLoop.now }

    /// Runs a closure on the loop at a time on the loop's clock.
    ///
    /// Call it on the loop.
    @discardableResult
    package func schedule(at deadline: LoopInstant, _ body: @escaping () -> Void) -> Timer {
        guard let virtual = clock.virtual else { return onLoop.timers.add(deadline, body) }
        let timer = onLoop.timers.addVirtual(deadline, body)
        let sequence = timer.sequence
        // Owned by the timer, which cancels it.
        timer.sleeper = Task { [weak self] in
            guard (try? await virtual.sleep(deadline)) != nil else { return }
            self?.execute { [weak self] in self?.onLoop.timers.takeVirtual(sequence)?() }
        }
        return timer
    }

    /// Runs a closure on the loop after a time on the loop's clock.
    ///
    /// Call it on the loop.
    @discardableResult
    package func schedule(after delay: Duration, _ body: @escaping () -> Void) -> Timer {
        schedule(at: now.advanced(by: delay), body)
    }

    /// Runs a closure on the loop after a time on the system's clock, whatever clock the loop was given: for timers
    /// that a library asks for by its own reading of the time.
    ///
    /// Call it on the loop.
    @discardableResult
    package func schedule(afterSystemTime delay: Duration, _ body: @escaping () -> Void) -> Timer {
        // The exact time: a timer that fires early by a library's own reading is a timer lost.
        onLoop.timers.add(LoopClock.monotonic.advanced(by: delay), body)
    }

    /// Makes sure that a timer does not fire any more.
    ///
    /// Call it on the loop.
    package func cancel(_ timer: Timer) {
        onLoop.timers.remove(timer)
    }
}

/// The timers of one loop: a binary heap by deadline, then by order of arrival.
struct LoopTimers {
    private var heap: [EventLoop.Timer] = []
    private var virtual: [UInt64: EventLoop.Timer] = [:]
    private var nextSequence: UInt64 = 0

    var count: Int { heap.count + virtual.count }
    var nextDeadline: LoopInstant? { heap.first?.deadline }

    mutating func add(_ deadline: LoopInstant, _ body: @escaping () -> Void) -> EventLoop.Timer {
        let timer = make(deadline, body)
        timer.place = heap.count
        heap.append(timer)
        siftUp(heap.count - 1)
        return timer
    }

    mutating func remove(_ timer: EventLoop.Timer) {
        timer.sleeper?.cancel()
        timer.sleeper = nil
        virtual[timer.sequence] = nil
        guard let place = timer.place else { return }
        timer.place = nil
        let last = heap.removeLast()
        guard place < heap.count else { return }
        put(last, at: place)
        siftUp(place)
        siftDown(last.place ?? place)
    }

    /// The last timer added.
    var newest: UInt64 { nextSequence }

    /// Takes out the first timer that is due and no newer than `newest`, and returns its closure.
    mutating func popDue(_ now: LoopInstant, upTo newest: UInt64 = .max) -> (() -> Void)? {
        guard let first = heap.first, first.deadline <= now, first.sequence <= newest else { return nil }
        remove(first)
        return first.body
    }

    mutating func removeAll() {
        for timer in heap { timer.place = nil }
        for timer in virtual.values { timer.sleeper?.cancel() }
        heap = []
        virtual = [:]
    }

    // MARK: Virtual time

    mutating func addVirtual(_ deadline: LoopInstant, _ body: @escaping () -> Void) -> EventLoop.Timer {
        let timer = make(deadline, body)
        virtual[timer.sequence] = timer
        return timer
    }

    mutating func takeVirtual(_ sequence: UInt64) -> (() -> Void)? {
        virtual.removeValue(forKey: sequence)?.body
    }

    // MARK: Heap

    private mutating func make(_ deadline: LoopInstant, _ body: @escaping () -> Void) -> EventLoop.Timer {
        nextSequence += 1
        return EventLoop.Timer(deadline: deadline, sequence: nextSequence, body: body)
    }

    private func isBefore(_ left: EventLoop.Timer, _ right: EventLoop.Timer) -> Bool {
        (left.deadline, left.sequence) < (right.deadline, right.sequence)
    }

    private mutating func put(_ timer: EventLoop.Timer, at place: Int) {
        heap[place] = timer
        timer.place = place
    }

    private mutating func siftUp(_ start: Int) {
        var place = start
        while place > 0 {
            let parent = (place - 1) / 2
            guard isBefore(heap[place], heap[parent]) else { return }
            swap(place, parent)
            place = parent
        }
    }

    private mutating func siftDown(_ start: Int) {
        var place = start
        while true {
            var least = place
            for child in [2 * place + 1, 2 * place + 2] where child < heap.count && isBefore(heap[child], heap[least]) {
                least = child
            }
            guard least != place else { return }
            swap(place, least)
            place = least
        }
    }

    private mutating func swap(_ left: Int, _ right: Int) {
        heap.swapAt(left, right)
        heap[left].place = left
        heap[right].place = right
    }
}
