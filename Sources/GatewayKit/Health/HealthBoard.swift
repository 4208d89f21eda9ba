package import ProviderKit
internal import TransportKit

/// Knows how each provider is, from what came of real requests and from probes.
package final class HealthBoard: Sendable {
    /// What is asked anew before a report.
    package enum Probing: Sendable, Hashable {
        /// Nothing.
        case none
        /// What is unknown or failing, if it was not asked in the last ten seconds.
        case stale
        /// Every provider.
        case all
    }

    struct Entry: Sendable {
        /// `nil` for one that a router asked; it is not probed.
        var provider: (any Provider)?
        var health = ProviderHealth()
        var probe: Task<Void, Never>?
        var lastProbe: Duration?
        var latency: Duration?
        var modelCount: Int?
        var successes = 0
        var failures = 0
    }

    struct State: Sendable {
        var entries: [ProviderID: Entry] = [:]
        var order: [ProviderID] = []
        // Tells the probes of providers that were replaced from those of the present ones.
        var generation = 0
    }

    /// For how long the result of a probe is good enough.
    private static let probeAge = Duration.seconds(10)
    /// How long a probe may take.
    private static let probeLimit = Duration.seconds(5)
    /// Attempts may name providers that are behind a router; no more of these are remembered.
    private static let maximumEntries = 256

    let version: String
    /// The time since the board was made.
    let elapsed: @Sendable () -> Duration
    let state = Locked(State())
    // Set once, before anybody is asked.
    private let probed = Locked<(@Sendable (ProviderID, ProbeOutcome) -> Void)?>(nil)
    private let clock: any Clock<Duration>
    private let timestamp: @Sendable () -> Double

    /// Makes a board on which every provider is unknown.
    ///
    /// - Parameters:
    ///   - providers: The providers.
    ///   - version: The program's version, for reports.
    ///   - clock: What time is measured with.
    ///   - timestamp: The seconds since 1970.
    package init(
        providers: [any Provider] = [],
        version: String,
        clock: any Clock<Duration> = ContinuousClock(),
        timestamp: @escaping @Sendable () -> Double = { LogEvent.secondsNow }
    ) {
        self.version = version
        self.clock = clock
        self.timestamp = timestamp
        elapsed = Self.stopwatch(clock)
        replaceProviders(providers)
    }

    deinit {
        close()
    }

    /// Forgets what is known, and begins anew with other providers.
    ///
    /// A new configuration may have mended what was wrong with a provider of the same name.
    package func replaceProviders(_ providers: [any Provider]) {
        let old = state.withLock { state in
            defer {
                state.entries = [:]
                state.order = []
                state.generation += 1
                for provider in providers where state.entries[provider.id] == nil {
                    state.entries[provider.id] = Entry(provider: provider)
                    state.order.append(provider.id)
                }
            }
            return state.entries.values.compactMap(\.probe)
        }
        for probe in old { probe.cancel() }
    }

    /// Takes over the providers that are served now; what is known of those that stay is kept.
    package func adopt(_ providers: [any Provider]) {
        state.withLock { state in
            let ids = Set(providers.map(\.id))
            for id in state.order where state.entries[id]?.provider != nil && !ids.contains(id) {
                state.entries[id] = nil
            }
            for provider in providers { state.entries[provider.id, default: Entry()].provider = provider }
            let others = state.order.filter { !ids.contains($0) && state.entries[$0] != nil }
            state.order = providers.map(\.id) + others
        }
    }

    /// Sets who is told what came of each probe.
    func setProbed(_ tell: @escaping @Sendable (ProviderID, ProbeOutcome) -> Void) {
        probed.withLock { $0 = tell }
    }

    /// Ends the probes that are under way.
    package func close() {
        let probes = state.withLock { $0.entries.values.compactMap(\.probe) }
        for probe in probes { probe.cancel() }
    }

    /// Notes what came of the requests to providers that an exchange made.
    package func record(_ record: ExchangeRecord) {
        let time = elapsed()
        let timestamp = record.timestamp + record.duration.inSeconds
        state.withLock { state in
            for attempt in record.attempts {
                state.update(attempt.provider, maximum: Self.maximumEntries) { entry in
                    entry.note(attempt.code, status: attempt.status, isProbe: false, at: time, timestamp: timestamp)
                }
            }
        }
    }

    /// Whether at least one provider is not known to be unavailable.
    package var isReady: Bool {
        let time = elapsed()
        return state.withLock { state in
            state.entries.values.contains { $0.health.state(at: time).isAvailable }
        }
    }

    /// Whether each provider is not known to be unavailable, by name.
    package var availability: [String: Bool] {
        let time = elapsed()
        return state.withLock { state in
            var result: [String: Bool] = [:]
            for (id, entry) in state.entries { result[id.rawValue] = entry.health.state(at: time).isAvailable }
            return result
        }
    }

    // MARK: Probes

    /// Asks providers how they are, all at once, and returns when each has answered or its time is over.
    ///
    /// A provider that is being asked already is not asked a second time.
    package func probe(_ probing: Probing) async {
        let time = elapsed()
        let tasks: [Task<Void, Never>] = state.withLock { state in
            state.order.compactMap { id in
                guard let entry = state.entries[id], let provider = entry.provider else { return nil }
                if let running = entry.probe { return probing == .none ? nil : running }
                guard Self.isDue(entry, probing, at: time) else { return nil }
                let task = startProbe(of: provider, generation: state.generation)
                state.entries[id]?.probe = task
                return task
            }
        }
        for task in tasks { await task.value }
    }

    private static func isDue(_ entry: Entry, _ probing: Probing, at time: Duration) -> Bool {
        switch probing {
        case .none: return false
        case .all: return true
        case .stale:
            if entry.health.state(at: time) == .healthy { return false }
            return entry.lastProbe.map { time - $0 >= probeAge } ?? true
        }
    }

    // Whoever waits may leave, while others wait for the same probe: so it is a task of the board's own. It stays on the
    // caller's loop, where the connections to the provider are.
    private func startProbe(of provider: any Provider, generation: Int) -> Task<Void, Never> {
        let clock = clock
        return Task(executorPreference: EventLoop.current) { [weak self] in
            let outcome = await ProbeOutcome.probing(provider, limit: Self.probeLimit, clock: clock)
            self?.finishProbe(of: provider.id, outcome, generation: generation)
        }
    }

    private func finishProbe(of id: ProviderID, _ outcome: ProbeOutcome, generation: Int) {
        let time = elapsed()
        let timestamp = timestamp()
        let isPresent = state.withLock { state in
            guard state.generation == generation, state.entries[id] != nil else { return false }
            state.entries[id]?.finishProbe(outcome, at: time, timestamp: timestamp)
            return true
        }
        if isPresent { probed.withLock { $0 }?(id, outcome) }
    }

    static func stopwatch<C: Clock<Duration>>(_ clock: C) -> @Sendable () -> Duration {
        let start = clock.now
        return { start.duration(to: clock.now) }
    }
}

extension HealthBoard.State {
    fileprivate mutating func update(
        _ id: ProviderID,
        maximum: Int,
        _ change: (inout HealthBoard.Entry) -> Void
    ) {
        // Found once: a name costs more to hash than all else here.
        if let place = entries.index(forKey: id) { return change(&entries.values[place]) }
        guard entries.count < maximum else { return }
        order.append(id)
        change(&entries[id, default: HealthBoard.Entry()])
    }
}

extension HealthBoard.Entry {
    fileprivate mutating func note(
        _ code: PlexError.Code?,
        status: Int?,
        isProbe: Bool,
        at time: Duration,
        timestamp: Double
    ) {
        guard let code else {
            if !isProbe { successes += 1 }
            return health.succeeded(at: time, timestamp: timestamp)
        }
        if !isProbe { failures += 1 }
        health.failed(code, status: status, isProbe: isProbe, at: time, timestamp: timestamp)
    }

    fileprivate mutating func finishProbe(_ outcome: ProbeOutcome, at time: Duration, timestamp: Double) {
        probe = nil
        switch outcome {
        case .success(let status):
            latency = status.latency
            modelCount = status.models.count
            note(nil, status: nil, isProbe: true, at: time, timestamp: timestamp)
        case .failure(.cancelled, _): return
        case .failure(let code, let status):
            // An answer that only says that models cannot be listed shows that the provider is there.
            let isThere = HealthBearing(code) == .none
            note(isThere ? nil : code, status: status, isProbe: true, at: time, timestamp: timestamp)
        }
        lastProbe = time
    }
}

extension ProviderHealth.State {
    var isAvailable: Bool {
        if case .unavailable = self { false } else { true }
    }
}
