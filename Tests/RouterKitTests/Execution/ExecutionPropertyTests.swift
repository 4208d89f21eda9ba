import ProviderKit
import RouterKit
import Testing
import TransportKit

/// Many requests at once on one health book, in virtual time, against deployments that answer by chance.
private struct Crowd {
    struct Call {
        var execution: Execution
        var deadline: Duration
        var pending: [(id: DeploymentID, isProbe: Bool, ends: Duration, reply: Reply)] = []
        var wakes: Duration?
        var waitIsFor: DeploymentID?
    }

    var scene: RouteScene
    var generator: SeededGenerator
    var calls: [Call] = []
    var log: [String] = []
    private var active: [Int] = []
    private var probes: Set<DeploymentID> = []

    init(seed: UInt64, policy: (inout RoutePolicy) -> Void) {
        generator = SeededGenerator(seed: seed)
        let keys = [(name: "1", weight: 1.0), (name: "2", weight: 2.0)]
        scene = RouteScene(
            [
                RouteFixture.Spec(name: "a", provider: "p", credentials: keys),
                RouteFixture.Spec(name: "b", provider: "p", credentials: keys, pool: .weighted),
                RouteFixture.Spec(name: "c"), RouteFixture.Spec(name: "d"),
            ],
            contextFallback: RouteFixture.specs("long"),
            failover: FailoverPolicy(
                breaker: .init(failures: 2, window: .seconds(60), open: .seconds(5)),
                retryAfterCap: .seconds(15)
            ),
            policy: policy
        )
    }

    private mutating func reply() -> Reply {
        let after = Duration.milliseconds(.random(in: 1...4000, using: &generator))
        let codes: [PlexError.Code?] = [
            nil, nil, .upstream, .network, .rateLimited, .rateLimited, .overloaded, .timeout(.idle), .authentication,
            .permission, .quotaExhausted, .notFound, .contextLengthExceeded, .contentFiltered, .invalidRequest,
            .streamCut,
        ]
        let code = codes[.random(in: codes.indices, using: &generator)]
        let waits: [Duration?] = [nil, nil, .zero, .milliseconds(700), .seconds(2), .seconds(11), .seconds(1_555_200)]
        return Reply(code: code, retryAfter: waits[.random(in: waits.indices, using: &generator)], after: after)
    }

    mutating func run(requests: Int) {
        for request in 0..<requests {
            let query = RouteQuery(model: "m", affinity: UInt64(request % 5))
            let plan = scene.plan(query, sequence: request, seed: generator.next())
            let execution = scene.execution(plan, seed: generator.next())
            calls.append(Call(execution: execution, deadline: scene.now + scene.route.policy.deadline))
            active.append(calls.count - 1)
            step(calls.count - 1)
            let pause = Duration.milliseconds(.random(in: 0...900, using: &generator))
            advance(to: scene.now + pause)
        }
        advance(to: scene.now + .seconds(1000))
        #expect(calls.allSatisfy { $0.pending.isEmpty && $0.wakes == nil })
    }

    private mutating func advance(to end: Duration) {
        while let (call, time) = nextEvent(), time <= end {
            scene.now = max(scene.now, time)
            if let place = calls[call].pending.firstIndex(where: { $0.ends == time }) {
                finish(call, place)
            } else {
                step(call)
            }
        }
        scene.now = end
    }

    private mutating func nextEvent() -> (call: Int, time: Duration)? {
        active.removeAll { calls[$0].pending.isEmpty && calls[$0].wakes == nil }
        let next = active.map { call in
            (call: call, time: calls[call].pending.reduce(calls[call].wakes ?? .seconds(1 << 40)) { min($0, $1.ends) })
        }
        return next.min { $0.time < $1.time }
    }

    private mutating func finish(_ call: Int, _ place: Int) {
        let ended = calls[call].pending.remove(at: place)
        let credential = scene.fixture.credential(of: ended.id)
        if ended.isProbe { probes.remove(ended.id) }
        let outcome: AttemptOutcome =
            ended.reply.code.map { .failure($0, retryAfter: ended.reply.retryAfter) } ?? .success
        scene.book.end(ended.id, credential: credential, outcome, isProbe: ended.isProbe, at: scene.now)
        log.append("\(scene.now) \(scene.fixture.name(ended.id)) \(outcome)")
        guard let code = ended.reply.code else {
            for lost in calls[call].pending {
                if lost.isProbe { probes.remove(lost.id) }
                scene.book.end(
                    lost.id,
                    credential: scene.fixture.credential(of: lost.id),
                    .abandoned,
                    isProbe: lost.isProbe,
                    at: scene.now
                )
            }
            calls[call].pending = []
            return
        }
        calls[call].execution.failed(ended.id, code, retryAfter: ended.reply.retryAfter, at: scene.now)
        if calls[call].pending.isEmpty { step(call) }
    }

    private mutating func step(_ call: Int) {
        calls[call].wakes = nil
        let before = calls[call].execution
        let (table, book) = (scene.fixture.table, scene.book)
        let action = calls[call].execution.next(table: table, health: book, at: scene.now)
        var again = before
        #expect(again.next(table: table, health: book, at: scene.now) == action)
        switch action {
        case .send(let id, _):
            send(call, id)
            if Int.random(in: 0..<4, using: &generator) == 0,
                let second = calls[call].execution.hedge(table: table, health: scene.book, at: scene.now)
            {
                #expect(scene.fixture.table[second].deployment.model != scene.fixture.table[id].deployment.model)
                send(call, second)
            }
        case .wait(let until, let id):
            #expect(until > scene.now && until < calls[call].deadline)
            #expect(until - scene.now <= scene.book.policy.retry.maximum)
            calls[call].wakes = until
            calls[call].waitIsFor = id
        case .fail(let failure):
            #expect(failure.retryAt.map { $0 > scene.now } ?? true)
            log.append("\(scene.now) \(call) \(failure)")
        }
    }

    private mutating func send(_ call: Int, _ id: DeploymentID) {
        let credential = scene.fixture.credential(of: id)
        let availability = scene.book.availability(of: id, credential: credential, at: scene.now)
        switch availability {
        case .ready, .suspect: break
        default: Issue.record("sent to \(scene.fixture.name(id)), which is \(availability)")
        }
        #expect(scene.now < calls[call].deadline)
        #expect(calls[call].execution.attempts <= scene.route.policy.attempts)
        // While one finds out, nobody else is sent there.
        #expect(!probes.contains(id))
        #expect(!calls[call].pending.contains { $0.id == id })
        let isProbe = scene.book.begin(id, credential: credential, at: scene.now)
        if isProbe { probes.insert(id) }
        let reply = reply()
        calls[call].pending.append((id, isProbe, scene.now + reply.after, reply))
        log.append("\(scene.now) \(call) \(scene.fixture.name(id))\(isProbe ? " probes" : "")")
    }
}

@Suite("What holds on every way")
struct ExecutionPropertyTests {
    private static func crowd(_ seed: Int, requests: Int) -> Crowd {
        var crowd = Crowd(seed: UInt64(seed)) {
            $0.attempts = seed % 6 + 1
            $0.strategy = StrategyName.all[seed % StrategyName.all.count]
            $0.deadline = .seconds([5, 30, 120][seed % 3])
        }
        crowd.run(requests: requests)
        return crowd
    }

    @Test(
        "in a crowd: attempts and deadline are kept, no breaker and no cooldown is passed, one probe at a time",
        arguments: 0..<12
    )
    func crowd(seed: Int) {
        let crowd = Self.crowd(seed, requests: 120)
        #expect(crowd.log.contains { $0.hasSuffix("probes") })
        for call in crowd.calls {
            let chosen = call.execution.steps.count { if case .chosen = $0 { true } else { false } }
            #expect(chosen == call.execution.attempts)
            for step in call.execution.steps { #expect(!step.description(table: crowd.scene.fixture.table).isEmpty) }
        }
    }

    @Test("the same seed gives the same course", arguments: 0..<3)
    func repeatable(seed: Int) {
        #expect(Self.crowd(seed, requests: 40).log == Self.crowd(seed, requests: 40).log)
    }

    @Test("alone: Retry-After is obeyed exactly by whoever waits for it, on every attempt", arguments: 0..<300)
    func retryAfter(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        let names = (0..<Int.random(in: 1...3, using: &generator)).map { "m\($0)" }
        var scene = RouteScene(names.map { RouteFixture.Spec(name: $0) }) { $0.attempts = 8 }
        var asked: [String: (wait: Duration, until: Duration)] = [:]
        var sentAt: [String: Duration] = [:]
        var execution = scene.execution()
        loop: while true {
            switch execution.next(table: scene.fixture.table, health: scene.book, at: scene.now) {
            case .send(let id, _):
                let name = scene.fixture.name(id)
                if let (_, until) = asked[name] { #expect(scene.now >= until) }
                sentAt[name] = scene.now
                let retryAfter = Duration.milliseconds(.random(in: 1...9000, using: &generator))
                let isLimited = Bool.random(using: &generator)
                scene.now += .milliseconds(.random(in: 0...500, using: &generator))
                asked[name] = isLimited ? (retryAfter, scene.now + retryAfter) : nil
                let code: PlexError.Code = isLimited ? .rateLimited : .internal
                if !isLimited, names.count > 1 { break loop }
                let outcome = AttemptOutcome.failure(
                    isLimited ? code : .network,
                    retryAfter: isLimited ? retryAfter : nil
                )
                scene.book.end(id, credential: scene.fixture.credential(of: id), outcome, at: scene.now)
                execution.failed(
                    id,
                    isLimited ? code : .network,
                    retryAfter: isLimited ? retryAfter : nil,
                    at: scene.now
                )
            case .wait(let until, let id):
                if let (wait, asked) = asked[scene.fixture.name(id)] {
                    #expect(until == asked && until - scene.now <= wait)
                }
                scene.now = until
            case .fail:
                break loop
            }
        }
        #expect(!sentAt.isEmpty)
    }
}
