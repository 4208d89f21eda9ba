internal import ProviderKit

/// What becomes of one request at its provider.
struct Fate {
    /// How it fails.
    struct Failure {
        var code: PlexError.Code
        var status: Int?
        var retryAfter: Duration?
    }

    /// When its first token is there, in nanoseconds; of an answer that is not streamed, its end.
    var begin: Int64
    /// When the whole of it, or its failure, is there.
    var end: Int64
    /// When the whole of it would be there, if nothing cut it.
    var fullEnd: Int64
    /// How it fails at its end.
    var failure: Failure?
    /// Whether the provider set to work, so that it bills.
    var isAccepted: Bool

    static func refusal(at time: Int64, _ failure: Failure) -> Fate {
        Fate(begin: .max, end: time, fullEnd: time, failure: failure, isAccepted: false)
    }

    /// The share of the answer that was made up to a time.
    func progress(at time: Int64) -> Double {
        guard isAccepted, time > begin else { return 0 }
        return fullEnd > begin ? min(Double(time - begin) / Double(fullEnd - begin), 1) : 1
    }

    /// Ends it early.
    mutating func cut(at time: Int64, _ failure: Failure) {
        guard time < end else { return }
        end = time
        self.failure = failure
    }
}

/// The described providers at work: who takes how many requests, and what goes wrong.
struct SimulatedServers {
    /// What a provider has to know of a request.
    struct Request {
        var promptTokens: Int
        var answerTokens: Double
        var isStreamed: Bool
        /// The share of the answer that is still to be given, where another model goes on with it.
        var rest: Double
    }

    // Room that fills with time, as much as the limit at most.
    private struct Allowance {
        var room: Double
        var updated: Int64 = 0
    }

    private struct Limit {
        var requests: Double
        var perNanosecond: Double
        var retryAfter: Duration?
        var tellsWhen: Bool
    }

    private let limits: [Limit?]
    private let concurrencies: [Int]
    // By the places of credentials; each belongs to one provider.
    private var allowances: [Allowance?]
    // By the places of providers.
    private var running: [Int]
    private var generator: SeededGenerator

    init(_ scenario: Scenario, credentialCount: Int) {
        limits = scenario.providers.map { described in
            described.rateLimit.map { limit in
                Limit(
                    requests: Double(max(limit.requests, 1)),
                    perNanosecond: Double(max(limit.requests, 1)) / Double(max(limit.interval.nanoseconds, 1)),
                    retryAfter: limit.retryAfter,
                    tellsWhen: limit.tellsWhen
                )
            }
        }
        concurrencies = scenario.providers.map { $0.concurrency ?? .max }
        allowances = Array(repeating: nil, count: credentialCount)
        running = Array(repeating: 0, count: scenario.providers.count)
        generator = SeededGenerator(seed: StableHash.mix(scenario.seed ^ 0x5EED_0F7A_7E5))
    }

    /// Takes a request; ``leave(_:)`` is told when it is over.
    mutating func take(_ request: Request, at server: SimulatedWorld.Server, now: Int64) -> Fate {
        running[server.provider] += 1
        // As many draws whatever happens, so that a change of one provider leaves the others as they were.
        let refusedAt = now + Self.nanoseconds(server.refusal.draw(&generator))
        let first = server.firstToken.draw(&generator)
        let wholeDraw = server.whole?.draw(&generator)
        let (chance, place) = (StableHash.fraction(generator.next()), StableHash.fraction(generator.next()))

        var factor = 1.0
        var (stalls, isCut) = (false, false)
        for index in server.incidents.indices where server.incidents[index].isOn(at: now) {
            let incident = server.incidents[index]
            guard incident.share >= 1 || chance < incident.share else { continue }
            switch incident.kind {
            case .down: return .refusal(at: refusedAt, Fate.Failure(code: .network))
            case .errors(let code, let status, let retryAfter):
                return .refusal(at: refusedAt, Fate.Failure(code: code, status: status, retryAfter: retryAfter))
            case .slow(let times): factor *= times
            case .stall: stalls = true
            case .cut: isCut = true
            }
        }
        if let failure = exceeded(server, now: now) { return .refusal(at: refusedAt, failure) }
        if Double(request.promptTokens) + request.answerTokens > Double(server.contextLength) {
            return .refusal(at: refusedAt, Fate.Failure(code: .contextLengthExceeded, status: 400))
        }
        if stalls { return Fate(begin: .max, end: .max, fullEnd: .max, failure: nil, isAccepted: true) }

        let rest = max(wholeDraw.map { $0 - first } ?? request.answerTokens / server.tokensPerSecond, 0)
        let begin = now + Self.nanoseconds(first * factor)
        let end = begin + Self.nanoseconds(rest * factor * request.rest)
        var fate = Fate(begin: begin, end: end, fullEnd: end, failure: nil, isAccepted: true)
        if isCut { fate.cut(at: begin + Int64(Double(end - begin) * place), Self.broken) }
        for index in server.incidents.indices {
            let incident = server.incidents[index]
            guard incident.start > now, incident.start < fate.end, case .down = incident.kind else { continue }
            if incident.share >= 1 || chance < incident.share { fate.cut(at: incident.start, Self.broken) }
        }
        return fate
    }

    /// Forgets a request that is over.
    mutating func leave(_ server: SimulatedWorld.Server) {
        running[server.provider] -= 1
    }

    private static let broken = Fate.Failure(code: .network)

    private mutating func exceeded(_ server: SimulatedWorld.Server, now: Int64) -> Fate.Failure? {
        if running[server.provider] > concurrencies[server.provider] {
            return Fate.Failure(code: .overloaded, status: 529)
        }
        guard let limit = limits[server.provider] else { return nil }
        var allowance = allowances[server.credential] ?? Allowance(room: limit.requests, updated: now)
        allowance.room = min(
            allowance.room + Double(now - allowance.updated) * limit.perNanosecond,
            limit.requests
        )
        allowance.updated = now
        defer { allowances[server.credential] = allowance }
        if allowance.room >= 1 {
            allowance.room -= 1
            return nil
        }
        let missing = (1 - allowance.room) / limit.perNanosecond
        let retryAfter = limit.tellsWhen ? limit.retryAfter ?? .nanoseconds(Int64(missing.rounded(.up))) : nil
        return Fate.Failure(code: .rateLimited, status: 429, retryAfter: retryAfter)
    }

    // A year bounds what a wide distribution may draw.
    private static func nanoseconds(_ seconds: Double) -> Int64 {
        seconds.isFinite ? Int64(min(max(seconds, 0), 31_536_000) * 1e9) : 0
    }
}
