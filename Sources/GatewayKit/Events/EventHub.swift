internal import Synchronization
internal import TransportKit

/// Tells readers of what happens in the gateway.
///
/// While nobody reads, a request costs one look at a flag. While somebody does, a request that has ended is put aside on its
/// own loop, and one task for all of them makes events of what lies there, off the loops: it gives them their names, looks at
/// what has changed, and adds to the readers' queues. It goes on for a minute after the last reader has left, so that one who
/// comes back finds what it has missed.
final class EventHub: Sendable {
    /// The most readers at a time.
    static let maximumReaders = 1024
    /// The most requests that wait on a loop, and the most other events.
    private static let maximumPending = 1000
    private static let pause = Duration.milliseconds(50)
    private static let memory = Duration.seconds(60)

    /// Why somebody cannot read.
    enum Refusal: Error, Sendable, Hashable {
        case full
        case stopping
    }

    private struct Pending: Sendable {
        var records: [ExchangeRecord] = []
        var lost = 0
    }

    private final class Shard: Sendable {
        let pending = Locked(Pending())
    }

    private struct State {
        var ring: EventRing
        var readers: [Int: EventSubscription] = [:]
        var nextReader = 0
        var lastLeft = Duration.zero
        var dropped = 0
        var isStopped = false
        var work: Task<Void, Never>?
    }

    private let active = Atomic<Bool>(false)
    private let shards: [Shard]
    private let others = Locked<[EventDraft]>([])
    private let state: Locked<State>
    private let source = Locked(EventSource())
    private let clock: any Clock<Duration>
    private let elapsed: @Sendable () -> Duration
    private let timestamp: @Sendable () -> Double

    /// Makes a hub without readers.
    ///
    /// - Parameters:
    ///   - loops: On how many event loops requests end.
    ///   - clock: What time is measured with.
    ///   - timestamp: The seconds since 1970.
    init(
        loops: Int,
        clock: any Clock<Duration> = ContinuousClock(),
        timestamp: @escaping @Sendable () -> Double = { LogEvent.secondsNow }
    ) {
        shards = (0..<max(1, loops)).map { _ in Shard() }
        // A reader who comes back after a restart is not taken for one of this process.
        state = Locked(State(ring: EventRing(epoch: String(UInt32.random(in: 0...UInt32.max), radix: 16))))
        self.clock = clock
        self.timestamp = timestamp
        elapsed = HealthBoard.stopwatch(clock)
    }

    deinit {
        state.withLock { $0.work.take() }?.cancel()
    }

    /// Sets where is looked.
    func setSource(_ source: EventSource) {
        self.source.withLock { $0 = source }
    }

    // MARK: What happens

    /// Whether somebody reads, or did a moment ago.
    var isWatched: Bool { active.load(ordering: .relaxed) }

    /// A request has ended.
    func note(_ record: ExchangeRecord) {
        guard isWatched else { return }
        let index = EventLoop.current?.index ?? 0
        shards[index % shards.count].pending.withLock { pending in
            if pending.records.count < Self.maximumPending {
                pending.records.append(record)
            } else {
                pending.lost += 1
            }
        }
    }

    /// Something rare has happened.
    func note(_ draft: @autoclosure () -> EventDraft) {
        guard isWatched else { return }
        var draft = draft()
        draft.time = draft.time ?? timestamp()
        others.withLock { if $0.count < Self.maximumPending { $0.append(draft) } }
    }

    // MARK: Readers

    /// How many read now.
    var readers: Int { state.withLock { $0.readers.count } }

    /// Events that readers were too slow for.
    var dropped: Int { state.withLock { $0.dropped } }

    /// Lets somebody read.
    ///
    /// - Parameters:
    ///   - filter: What it wants.
    ///   - id: The last event that it has read, if it comes back.
    ///   - keepAlive: How long nothing is sent before a comment is.
    /// - Returns: What it reads from; it is told of what changes from now on.
    /// - Throws: `Refusal`.
    func subscribe(
        _ filter: EventFilter = .all,
        after id: String? = nil,
        keepAlive: Duration = .seconds(15)
    ) async throws(Refusal) -> EventSubscription {
        let watch = isWatched ? nil : await EventWatch(currentSource, at: elapsed(), timestamp: timestamp())
        let now = elapsed()
        let result: Result<EventSubscription, Refusal> = state.withLock { state in
            guard !state.isStopped else { return .failure(.stopping) }
            guard state.readers.count < Self.maximumReaders else { return .failure(.full) }
            state.nextReader += 1
            let beginning = Self.beginning(filter, id.map { state.ring.replay(after: $0) })
            let subscription = EventSubscription(
                state.nextReader,
                EventQueue(filter, keepAlive: keepAlive, at: now),
                beginning: beginning,
                now: elapsed
            ) { [weak self] number in self?.remove(number) }
            state.readers[state.nextReader] = subscription
            if state.work == nil {
                active.store(true, ordering: .relaxed)
                state.work = work(watch)
            }
            return .success(subscription)
        }
        return try result.get()
    }

    // Sent at once, so that the answer's head is.
    private static func beginning(_ filter: EventFilter, _ replay: EventRing.Replay?) -> [UInt8] {
        var bytes = Array(": events\nretry: 1000\n\n".utf8)
        guard let replay else { return bytes }
        if let gap = replay.gap { bytes += EventQueue.gap(gap.count, because: "not_kept") }
        for event in replay.events where filter.kinds.contains(event.kind) { bytes += event.bytes }
        return bytes
    }

    private func remove(_ number: Int) {
        let now = elapsed()
        state.withLock { state in
            guard state.readers.removeValue(forKey: number) != nil else { return }
            state.lastLeft = now
        }
    }

    // MARK: Work

    private var currentSource: EventSource { source.withLock { $0 } }

    private func work(_ watch: EventWatch?) -> Task<Void, Never> {
        Task { [weak self, clock] in
            guard var watch = await self?.begin(watch) else { return }
            while (try? await clock.sleep(for: Self.pause)) != nil {
                guard let self, await self.turn(&watch) else { return }
            }
        }
    }

    private func begin(_ watch: EventWatch?) async -> EventWatch {
        if let watch { return watch }
        return await EventWatch(currentSource, at: elapsed(), timestamp: timestamp())
    }

    private func turn(_ watch: inout EventWatch) async -> Bool {
        let (now, source) = (elapsed(), currentSource)
        let (records, lost) = drain()
        let isBeat = watch.isLookDue(at: now)
        var drafts = Self.drafts(of: records, source)
        drafts += others.withLock { drafts in
            defer { drafts = [] }
            return drafts
        }
        drafts += await watch.changes(in: source, after: records, at: now, timestamp: timestamp())
        return publish(drafts, lost: lost, beatingAt: isBeat ? now : nil)
    }

    private func drain() -> (records: [ExchangeRecord], lost: Int) {
        var all = Pending()
        for shard in shards {
            let pending = shard.pending.withLock { pending in
                defer { pending = Pending() }
                return pending
            }
            all.records += pending.records
            all.lost += pending.lost
        }
        return (all.records, all.lost)
    }

    private static func drafts(of records: [ExchangeRecord], _ source: EventSource) -> [EventDraft] {
        records.map { EventDraft(.request, source.describe($0), at: $0.timestamp + $0.duration.inSeconds) }
            .sorted { ($0.time ?? 0) < ($1.time ?? 0) }
    }

    /// Tells events to all readers.
    ///
    /// - Returns: Whether anybody may still want more.
    private func publish(_ drafts: [EventDraft], lost: Int, beatingAt beat: Duration?) -> Bool {
        let (now, time) = (elapsed(), timestamp())
        return state.withLock { state in
            guard !state.isStopped else { return false }
            let events = drafts.map { state.ring.append($0, at: time) }
            if !events.isEmpty || lost > 0 || beat != nil {
                for reader in state.readers.values {
                    state.dropped += reader.offer(events, lost: lost, beatingAt: beat)
                }
            }
            guard state.readers.isEmpty, now - state.lastLeft >= Self.memory else { return true }
            active.store(false, ordering: .relaxed)
            state.ring.interrupt()
            state.work = nil
            return false
        }
    }

    /// Tells readers that the gateway stops, and ends what they read; nobody is let in any more.
    ///
    /// - Parameter time: How long requests that run may take.
    func stop(drain time: Duration) {
        let (records, lost) = drain()
        let drafts = Self.drafts(of: records, currentSource)
        let last = EventDraft(.stopping, ["drain_s": .number(JSONNumber(time.inSeconds))])
        let now = timestamp()
        let (readers, work) = state.withLock { state in
            guard !state.isStopped else { return ([EventSubscription](), Task<Void, Never>?.none) }
            state.isStopped = true
            active.store(false, ordering: .relaxed)
            let events = (drafts + [last]).map { state.ring.append($0, at: now) }
            for reader in state.readers.values { state.dropped += reader.offer(events, lost: lost) }
            defer { state.readers = [:] }
            return (Array(state.readers.values), state.work.take())
        }
        work?.cancel()
        for reader in readers { reader.close() }
    }
}
