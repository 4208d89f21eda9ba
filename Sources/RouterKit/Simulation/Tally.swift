internal import ProviderKit

/// What is counted while a scenario runs.
struct Tally {
    /// Failures by their codes; so few that searching them is fastest.
    struct FailureCounts {
        private(set) var counts: [SimulationReport.Failures] = []

        mutating func note(_ code: PlexError.Code) {
            if let place = counts.firstIndex(where: { $0.code == code }) {
                counts[place].count += 1
            } else {
                counts.append(SimulationReport.Failures(code: code, count: 1))
            }
        }

        var sorted: [SimulationReport.Failures] {
            counts.sorted { ($1.count, $0.code.description) < ($0.count, $1.code.description) }
        }
    }

    struct Deployment {
        var attempts = 0
        var hedges = 0
        var answers = 0
        var abandoned = 0
        var failures = FailureCounts()
        var busy = 0.0
        var cost = 0.0
        var openings = 0
        var failedProbes = 0
        /// Times at which all was well again, and when it then answered.
        var recoveries: [(recovered: Int64, back: Int64?)] = []
        var isRecovering = false
    }

    struct Minute {
        var requests = 0
        var succeeded = 0
        var attempts = 0
        var whole = FineHistogram(bits: 3)
        var answers: [Int]
    }

    static let minute: Int64 = 60_000_000_000

    let duration: Int64
    var deployments: [Deployment]
    var minutes: [Minute]
    private(set) var requests = 0
    private(set) var succeeded = 0
    private(set) var failures = FailureCounts()
    private(set) var firstToken = FineHistogram()
    private(set) var whole = FineHistogram()
    private(set) var requestsByAttempts: [Int] = []
    private(set) var waits = 0
    private(set) var waitedTime = 0.0
    private(set) var hedgesWon = 0
    private(set) var cuts: [SimulationReport.Cuts]
    private(set) var peakInFlight = 0
    private var inFlight = 0
    private var inFlightSince: Int64 = 0
    private(set) var inFlightTime = 0.0

    init(_ scenario: Scenario, _ world: SimulatedWorld) {
        let end = scenario.duration.nanoseconds
        duration = end
        let count = world.servers.count
        deployments = world.servers.map { server in
            var deployment = Deployment()
            let ends = server.incidents.filter { $0.breaks && $0.end < end }.map(\.end)
            deployment.recoveries = Set(ends).sorted().map { ($0, nil) }
            deployment.isRecovering = !ends.isEmpty
            return deployment
        }
        let minute = Minute(answers: Array(repeating: 0, count: count))
        minutes = Array(repeating: minute, count: Int((end + Self.minute - 1) / Self.minute))
        let used = Set(world.demands.map(\.route.policy.onStreamCut))
        cuts = RoutePolicy.StreamCut.allCases.filter(used.contains).map {
            SimulationReport.Cuts(onStreamCut: $0, broken: 0, seen: 0, mended: 0)
        }
    }

    // MARK: - Requests of callers

    mutating func came(at now: Int64) {
        requests += 1
        minutes[Int(now / Self.minute)].requests += 1
        pass(to: now)
        inFlight += 1
        peakInFlight = max(peakInFlight, inFlight)
    }

    mutating func left(at now: Int64, came: Int64, attempts: Int) {
        pass(to: now)
        inFlight -= 1
        minutes[Int(came / Self.minute)].attempts += attempts
        while requestsByAttempts.count <= attempts { requestsByAttempts.append(0) }
        requestsByAttempts[attempts] += 1
    }

    mutating func succeeded(came: Int64, firstToken first: Int64, whole time: Int64) {
        succeeded += 1
        firstToken.note(first)
        whole.note(time)
        let minute = Int(came / Self.minute)
        minutes[minute].succeeded += 1
        minutes[minute].whole.note(time)
    }

    mutating func gaveUp(_ code: PlexError.Code) { failures.note(code) }

    mutating func waited(_ time: Int64) {
        waits += 1
        waitedTime += Double(time)
    }

    // What comes to its end after the last arrival does not count for the average.
    private mutating func pass(to now: Int64) {
        let now = min(now, duration)
        if now > inFlightSince { inFlightTime += Double(inFlight) * Double(now - inFlightSince) }
        inFlightSince = max(inFlightSince, now)
    }

    // MARK: - Requests to providers

    mutating func sent(to place: Int, isHedge: Bool) {
        deployments[place].attempts += 1
        if isHedge { deployments[place].hedges += 1 }
    }

    mutating func answered(by place: Int, sent: Int64, now: Int64, came: Int64) {
        deployments[place].answers += 1
        minutes[Int(came / Self.minute)].answers[place] += 1
        guard deployments[place].isRecovering else { return }
        for index in deployments[place].recoveries.indices
        where deployments[place].recoveries[index].back == nil && sent >= deployments[place].recoveries[index].recovered
        {
            deployments[place].recoveries[index].back = now
        }
        deployments[place].isRecovering = deployments[place].recoveries.contains { $0.back == nil }
    }

    mutating func failed(at place: Int, _ code: PlexError.Code) { deployments[place].failures.note(code) }

    mutating func abandoned(by place: Int) { deployments[place].abandoned += 1 }

    mutating func occupied(_ place: Int, for time: Int64) { deployments[place].busy += Double(time) }

    mutating func paid(_ cost: Double, to place: Int) { deployments[place].cost += cost }

    mutating func opened(_ place: Int, wasProbe: Bool) {
        if wasProbe { deployments[place].failedProbes += 1 } else { deployments[place].openings += 1 }
    }

    mutating func hedgeWon() { hedgesWon += 1 }

    // MARK: - Broken streams

    mutating func broke(_ policy: RoutePolicy.StreamCut) { note(policy, \.broken) }
    mutating func sawCut(_ policy: RoutePolicy.StreamCut) { note(policy, \.seen) }
    mutating func mended(_ policy: RoutePolicy.StreamCut) { note(policy, \.mended) }

    private mutating func note(
        _ policy: RoutePolicy.StreamCut,
        _ count: WritableKeyPath<SimulationReport.Cuts, Int>
    ) {
        if let place = cuts.firstIndex(where: { $0.onStreamCut == policy }) { cuts[place][keyPath: count] += 1 }
    }
}
