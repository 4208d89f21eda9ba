internal import ProviderKit
internal import TransportKit

/// One run of a scenario: events in virtual time, and what they lead to.
struct SimulationRun {
    /// A request to a provider that is under way.
    struct Lane {
        var deployment: DeploymentID
        var credential: Int
        var isProbe: Bool
        var sent: Int64
        var fate: Fate
        var ticket: UInt32
        var promptTokens: Int
        var answerTokens: Double
        /// Whether the caller has something of its answer.
        var hasBegun = false
    }

    /// A caller's request.
    struct Call {
        /// Told apart from those that had its place before.
        var ticket: UInt32
        var execution: Execution
        var demand: Int
        var start: Int64
        var isStreamed = false
        var promptTokens = 0
        var answerTokens = 0.0
        /// The share of the answer that the caller has not got yet.
        var rest = 1.0
        var firstToken: Int64?
        /// What broke the answer that the caller had the beginning of.
        var brokenBy: PlexError.Code?
        var lastCode: PlexError.Code?
        var first: Lane?
        var second: Lane?
        /// When the caller has had enough.
        var leaves: Int64
        var isLeaving = false
        /// Whether its caller asks again after it.
        var isRepeated = false
        var isOver = false

        init(ticket: UInt32, _ execution: Execution, demand: Int, start: Int64, leaves: Int64) {
            self.ticket = ticket
            self.execution = execution
            self.demand = demand
            self.start = start
            self.leaves = leaves
        }
    }

    let world: SimulatedWorld
    private let phases: [Scenario.Load.Phase]
    private let failover: FailoverPolicy
    private let planner = Planner()
    private let streamedShare: Double
    private let toolShare: Double
    private let promptTokens: DistributionSampler
    private let answerTokens: DistributionSampler
    private let sessions: UInt64?
    private let patience: Int64?
    private let callers: Int
    private let pause: DistributionSampler
    // By the places of providers.
    private let timeouts: [Timeouts]
    private static let tools: Set<Capabilities.Feature> = [.tools]

    var queue = EventQueue()
    var health: HealthBook
    var servers: SimulatedServers
    var calls: [Call] = []
    private var freeCalls: [Int32] = []
    private var tickets: UInt32 = 0
    // Apart from that of the providers: the same requests come whatever the providers do.
    private var arrivals: SeededGenerator
    private var seeds: SeededGenerator
    private var phase = 0
    var tally: Tally
    var now: Int64 = 0

    init(_ world: SimulatedWorld, _ scenario: Scenario) {
        self.world = world
        // Of several that begin at once the last holds.
        phases = scenario.load.phases.sorted { $0.start < $1.start }
        failover = scenario.failover
        sessions = scenario.load.sessions.map { UInt64(max($0, 1)) }
        patience = scenario.load.patience?.nanoseconds
        callers = scenario.load.callers?.count ?? 0
        pause = DistributionSampler(scenario.load.callers?.pause ?? .fixed(0))
        streamedShare = scenario.load.streamed
        toolShare = scenario.load.tools
        promptTokens = DistributionSampler(scenario.load.promptTokens)
        answerTokens = DistributionSampler(scenario.load.answerTokens)
        timeouts = scenario.providers.map(\.timeouts)
        health = HealthBook(policy: scenario.failover)
        servers = SimulatedServers(scenario, credentialCount: world.credentialCount)
        arrivals = SeededGenerator(seed: scenario.seed)
        seeds = SeededGenerator(seed: StableHash.mix(~scenario.seed))
        tally = Tally(scenario, world)
    }

    mutating func run(progress: ((Duration) -> Void)?) {
        let minute: Int64 = 60_000_000_000
        var next = minute
        scheduleArrival(after: 0)
        // Not all at once: each begins somewhere in a pause.
        for _ in 0..<callers { scheduleCaller(share: StableHash.fraction(arrivals.next())) }
        while let event = queue.next() {
            now = event.time
            if now >= next {
                progress?(.nanoseconds(now))
                next = (now / minute + 1) * minute
            }
            handle(event)
        }
    }

    private mutating func handle(_ event: EventQueue.Event) {
        switch event.kind {
        case .arrival:
            arrive(isRepeated: false)
            return scheduleArrival(after: now)
        case .caller: return arrive(isRepeated: true)
        default: break
        }
        let call = Int(event.call)
        let isSecond: Bool
        switch event.kind {
        case .begin, .end, .hedge:
            if calls[call].first?.ticket == event.ticket {
                isSecond = false
            } else if calls[call].second?.ticket == event.ticket {
                isSecond = true
            } else {
                return
            }
        case .wake, .leave:
            guard calls[call].ticket == event.ticket, !calls[call].isOver else { return }
            isSecond = false
        case .arrival, .caller: return
        }
        switch event.kind {
        case .begin: begin(call, isSecond: isSecond)
        case .end: end(call, isSecond: isSecond)
        case .hedge: hedge(call)
        case .wake: step(call)
        case .leave: leave(call)
        case .arrival, .caller: break
        }
    }

    // MARK: - Requests

    /// The next request comes after a time by chance; where the rate changes, chance begins anew.
    private mutating func scheduleArrival(after time: Int64) {
        var time = time
        while phase < phases.count {
            let start = phases[phase].start.nanoseconds
            let end = phase + 1 < phases.count ? phases[phase + 1].start.nanoseconds : .max
            time = max(time, start)
            if phases[phase].rate > 0 {
                let gap = -logarithm(StableHash.fraction(arrivals.next())) / phases[phase].rate
                let arrival = time + Int64(min(gap, 1e9) * 1e9)
                if arrival < end {
                    if arrival < tally.duration { queue.add(.arrival, at: arrival) }
                    return
                }
            }
            time = end
            phase += 1
        }
    }

    /// A caller asks again after a pause, as long as requests come.
    private mutating func scheduleCaller(share: Double = 1) {
        // Whoever is refused at once and does not pause would ask for ever at the same time.
        let time = now + Int64(min(max(pause.draw(&arrivals) * share, 0.01), 1e9) * 1e9)
        if time < tally.duration { queue.add(.caller, at: time) }
    }

    private mutating func arrive(isRepeated: Bool) {
        let share = StableHash.fraction(arrivals.next())
        let demand = world.demands.firstIndex { share < $0.upTo } ?? world.demands.count - 1
        let isStreamed = StableHash.fraction(arrivals.next()) < streamedShare
        let needsTools = StableHash.fraction(arrivals.next()) < toolShare
        let prompt = Int(min(promptTokens.draw(&arrivals), 1e9).rounded())
        let answer = min(answerTokens.draw(&arrivals), 1e9).rounded()
        let session = arrivals.next()
        var query = world.demands[demand].query
        query.promptTokens = prompt
        query.answerTokens = Int(answer)
        if needsTools { query.needs = Self.tools }
        if world.demands[demand].tiesSessions {
            query.affinity = sessions.map { StableHash.mix(session.multipliedFullWidth(by: $0).high) } ?? session
        }
        let seed = seeds.next()
        let time = Duration.nanoseconds(now)
        let sequence = health.nextSequence(route: world.demands[demand].route.number)
        let plan = planner.plan(
            query,
            on: world.demands[demand].route,
            table: world.table,
            health: health,
            sequence: sequence,
            at: time,
            seed: seed
        )
        let execution = Execution(
            plan: plan,
            policy: world.demands[demand].route.policy,
            failover: failover,
            start: time,
            seed: seed
        )
        var call = Call(
            ticket: nextTicket(),
            execution,
            demand: demand,
            start: now,
            leaves: patience.map { now + $0 } ?? .max
        )
        call.isStreamed = isStreamed
        call.isRepeated = isRepeated
        call.promptTokens = prompt
        call.answerTokens = answer
        tally.came(at: now)
        step(place(call))
    }

    private mutating func place(_ call: Call) -> Int {
        if let free = freeCalls.popLast() {
            calls[Int(free)] = call
            return Int(free)
        }
        calls.append(call)
        return calls.count - 1
    }

    /// Does what the execution says next.
    mutating func step(_ call: Int) {
        while true {
            let time = Duration.nanoseconds(now)
            switch calls[call].execution.next(table: world.table, health: health, at: time) {
            case .send(let deployment, let hedgeAfter):
                guard send(call, to: deployment, isSecond: false) else { continue }
                if let hedgeAfter, let ticket = calls[call].first?.ticket {
                    schedule(.hedge, at: now + hedgeAfter.nanosecondsRoundedUp, call, ticket: ticket)
                }
                return
            case .wait(let until, _):
                // Any earlier, and the answer would be the same wait again, for ever.
                let end = max(until.nanosecondsRoundedUp, now)
                tally.waited(end - now)
                schedule(.wake, at: end, call, ticket: calls[call].ticket)
                return
            case .fail(let failure): return fail(call, failure)
            }
        }
    }

    /// Adds an event about a request, unless its caller has gone by then.
    mutating func schedule(_ kind: EventQueue.Kind, at time: Int64, _ call: Int, ticket: UInt32) {
        if time <= calls[call].leaves {
            queue.add(kind, at: time, call: Int32(call), ticket: ticket)
        } else if !calls[call].isLeaving {
            calls[call].isLeaving = true
            queue.add(.leave, at: calls[call].leaves, call: Int32(call), ticket: calls[call].ticket)
        }
    }

    /// Gives a number that no other request has.
    mutating func nextTicket() -> UInt32 {
        tickets &+= 1
        return tickets
    }

    /// The limits on time of a request to a deployment.
    func timeouts(of call: Int, at server: Int) -> Timeouts {
        world.demands[calls[call].demand].route.policy.timeouts ?? timeouts[world.servers[server].provider]
    }

    /// Forgets a request that is over; its place is another's from now on.
    mutating func free(_ call: Int) {
        calls[call].isOver = true
        if calls[call].isRepeated { scheduleCaller() }
        freeCalls.append(Int32(call))
    }
}
