import ProviderTesting
import Synchronization
import Testing
import TransportKit

/// Many callers at once, while providers die, stall and come back, and callers leave.
@Suite(.serialized, .timeLimit(.minutes(5))) struct GatewayStormTests {
    private static let callers = 200

    /// What a provider says to a caller: nobody else may hear it.
    private static func answer(to caller: String) -> String {
        "To \(caller): " + (0..<20).map { "\(caller) word \($0)" }.joined(separator: ", ")
    }

    /// Answers every request with the caller's own text, with a fault in many of them.
    private static func upstream(
        at listener: ScriptedUpstream.Listener = .loopback,
        faults: [Int: Fault]
    ) async throws -> ScriptedUpstream {
        let count = RequestCount()
        return try await ScriptedUpstream(listening: listener) { request in
            if request.isModelListing { return .models(["m"]) }
            guard let start = request.text.firstRange(of: "caller-") else { return .error(400) }
            let caller = "caller-" + request.text[start.upperBound...].prefix { $0.isNumber || $0 == "-" }
            let text = answer(to: caller)
            return faults[count.next() % 8].map { $0.answer(saying: .text(text)) } ?? .text(text)
        }
    }

    /// Another at the same port, as soon as no connection of somebody else's happens to have it.
    private static func upstreamAgain(at port: Int, faults: [Int: Fault]) async throws -> ScriptedUpstream {
        while true {
            do { return try await upstream(at: .port(port), faults: faults) } catch { try Task.checkCancellation() }
        }
    }

    @Test("200 callers get one right answer or one right error each while providers die, stall and come back")
    func providersDieAndComeBack() async throws {
        let dying = try await Self.upstream(faults: [
            1: .resetBeforeHead, 2: .unavailable, 4: .stallBeforeHead, 6: .resetMidway,
        ])
        let odd = try await Self.upstream(faults: [
            0: .closeBeforeHead, 1: .stallMidway, 3: .rateLimited, 4: .errorMidway, 5: .malformedJSON,
            7: .internalError,
        ])
        let good = try await Self.upstream(faults: [7: .emptyStream])
        let limits = #"timeouts = { first_byte = "300ms", idle = "300ms" }"#
        let gateway = try await GatewayProcess.start(
            providers: dying.provider("dying", more: limits) + odd.provider("odd", .anthropic, more: limits)
                // Its callers wait for it as long as it takes on a slow machine.
                + good.provider("good", .gemini) + """

                    [[routes]]
                    model = "any"
                    targets = ["dying/m", "odd/m", "good/m"]
                    """,
            attempts: 3,
            routing: """
                retry = { base = "10ms", wait_first = "10ms" }
                breaker = { failures = 20, window = "30s", open = "100ms" }
                """
        )
        // In the midst of the first round it is gone, and the second finds nobody there.
        async let end: Void = {
            _ = try await dying.request(2)
            await dying.shutdown()
        }()
        let first = await Self.round(1, gateway)
        try await end
        let second = await Self.round(2, gateway)
        #expect(second.providers["dying"] == nil)
        let back = try await Self.upstreamAgain(at: dying.port, faults: [1: .resetBeforeHead, 3: .stallMidway])
        let third = await Self.round(3, gateway)
        // One who is well always stands behind the others; a few answers are cut midway or have the rare fault.
        for round in [first, second, third] { #expect(round.answers >= Self.callers / 2, "\(round)") }

        // Who came back is asked again.
        var number = 0
        while await Self.round(4 + number, gateway, callers: 8).providers["dying"] == nil { number += 1 }
        await odd.shutdown()
        await good.shutdown()
        await back.shutdown()
    }

    private struct Round {
        var answers = 0
        var errors: [String: Int] = [:]
        var providers: [String: Int] = [:]
    }

    /// All callers ask at once, in all dialects, whole and as streams, through all listeners.
    private static func round(_ number: Int, _ gateway: GatewayProcess, callers: Int = callers) async -> Round {
        await withTaskGroup { group in
            for caller in 0..<callers {
                group.addTask { await ask(gateway, "caller-\(number)-\(caller)", caller) }
            }
            return await group.reduce(into: Round()) { round, outcome in
                switch outcome {
                case .answer(from: let provider):
                    round.answers += 1
                    round.providers[provider, default: 0] += 1
                case .error(let code): round.errors[code, default: 0] += 1
                case nil: break
                }
            }
        }
    }

    private enum Outcome: Sendable {
        case answer(from: String)
        case error(String)
    }

    /// What may be told; anything else would not be the provider's failure.
    private static let codes: Set<String> = [
        "network", "upstream", "overloaded", "stream_cut", "malformed_response", "rate_limit_exceeded",
    ]

    private static func ask(_ gateway: GatewayProcess, _ name: String, _ number: Int) async -> Outcome? {
        let dialect = WireDialect.allCases[number % WireDialect.allCases.count]
        let listener = GatewayProcess.Listener.allCases[number / 2 % GatewayProcess.Listener.allCases.count]
        let what = "\(name), \(dialect), \(listener)"
        do {
            let (answer, view) = try await gateway.view(
                "any",
                in: dialect,
                isStreamed: number.isMultiple(of: 2),
                prompt: name,
                at: listener
            )
            let end = "\(what): \(answer.status) \(view) …\(answer.text.suffix(300))"
            #expect(view.oddities == [] && answer.error == nil, "\(end)")
            let whole = Self.answer(to: name)
            if answer.status == 200, view.errorCodes.isEmpty {
                #expect(view.text == whole && view.isWhole, "\(end)")
                return .answer(from: answer.fields["x-plex-provider"] ?? "")
            }
            #expect(view.errorCodes.count == 1 && view.finishes == [] && whole.hasPrefix(view.text), "\(end)")
            let code = (view.errorCodes.first ?? nil) ?? ""
            #expect(codes.contains(code) || code.hasPrefix("timeout"), "\(end)")
            return .error(code)
        } catch {
            Issue.record("\(what): \(error)")
            return nil
        }
    }

    // MARK: Callers

    @Test("Callers who leave midway all at once take their requests with them", arguments: [true, false])
    func callersLeaveAtOnce(isTranslated: Bool) async throws {
        let gate = Gate()
        let upstream = try await ScriptedUpstream { request in
            request.isModelListing ? .models(["m"]) : .text("Hello there", waitingAt: gate)
        }
        let gateway = try await GatewayProcess.start(
            providers: upstream.provider("up", isTranslated ? .anthropic : .openAI, more: #"models = ["m"]"#)
        )
        let all = Meeting(of: Self.callers)
        try await withThrowingTaskGroup { group in
            for number in 0..<Self.callers {
                group.addTask {
                    var stream = try await gateway.stream("up/m", at: number.isMultiple(of: 2) ? .unixGuest : .tcpHost)
                    await stream.read(until: "Hell")
                    try await all.arrive()
                    stream.leave()
                }
            }
            try await group.waitForAll()
        }
        for index in 0..<Self.callers {
            #expect(try await upstream.peerLeft(request: index)?.answerWasWhole == false)
        }
        gate.open()
        #expect(try await gateway.chat("up/m").content == "Hello there")
        await upstream.shutdown()
    }

    @Test("A storm of callers beyond the limit: the first are served, the others told when to come again")
    func moreCallersThanConnections() async throws {
        let (limit, callers) = (24, 100)
        let gate = Gate()
        let upstream = try await ScriptedUpstream { request in
            request.isModelListing ? .models(["m"]) : .text("Hello there", waitingAt: gate)
        }
        let gateway = try await GatewayProcess.start(
            server: "max_connections = \(limit)",
            // Those who are served wait for the slowest of those who are not.
            providers: upstream.provider("up", more: #"models = ["m"]"# + "\n" + #"timeouts = { idle = "5m" }"#)
        )
        // All have come before the first goes on.
        let all = Meeting(of: callers, opening: gate)
        let served = try await withThrowingTaskGroup { group in
            for number in 0..<callers {
                group.addTask {
                    var answer = try await gateway.stream("up/m", at: number.isMultiple(of: 2) ? .unixGuest : .tcpHost)
                    // Who is refused has all of the answer, the others its beginning.
                    if answer.status == 200 { await answer.read(until: "Hell") }
                    try await all.arrive()
                    await answer.readToEnd()
                    if answer.status == 200 {
                        #expect(try answer.content() == "Hello there" && answer.events().last == "[DONE]")
                        return 1
                    }
                    #expect(answer.status == 503 && answer.fields["retry-after"] != nil, "\(answer.fields)")
                    #expect(try JSONValue(parsing: answer.bytes)["error"]?["code"]?.string != nil, "\(answer.text)")
                    return 0
                }
            }
            return try await group.reduce(0, +)
        }
        #expect((limit...limit + 8).contains(served), "\(served) of \(callers) were served")
        // Where they were there is room again, once the last connections are closed.
        var next = try await gateway.chat("up/m", at: .tcpHost)
        while next.status == 503 { next = try await gateway.chat("up/m", at: .tcpHost) }
        #expect(next.content == "Hello there")
        #expect(upstream.requests.count { !$0.isModelListing } == served + 1)
        await upstream.shutdown()
    }
}

private final class RequestCount: Sendable {
    private let count = Atomic(0)

    func next() -> Int { count.wrappingAdd(1, ordering: .relaxed).oldValue }
}

/// Where tasks wait for each other.
private final class Meeting: Sendable {
    private let missing: Atomic<Int>
    private let gate: Gate

    init(of count: Int, opening gate: Gate = Gate()) {
        missing = Atomic(count)
        self.gate = gate
    }

    /// Suspends until all have come.
    func arrive() async throws {
        if missing.wrappingSubtract(1, ordering: .relaxed).newValue == 0 { gate.open() }
        try await gate.waitUntilOpen()
    }
}
