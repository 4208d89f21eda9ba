import ProviderKit
import ProviderTesting
import RouterKit
import Testing
import TransportKit

@Suite("What becomes of each fault, in virtual time")
struct RouterFaultTests {
    typealias Behaviour = ScriptedProvider.Behaviour

    /// What a caller ends up with.
    enum Outcome: Sendable, Equatable {
        /// The whole answer, after so many requests.
        case answer(requests: Int)
        /// An error.
        case error(PlexError.Code)
    }

    struct Fault: Sendable, CustomTestStringConvertible {
        var name: String
        var script: [Behaviour]
        /// With a second target that is well.
        var outcome: Outcome
        /// The same where the answer is streamed and some of it was delivered, if that differs.
        var afterDelivery: Outcome?
        var testDescription: String { name }
    }

    private static func error(
        _ code: PlexError.Code,
        status: Int? = nil,
        retryAfter: Duration? = nil
    ) -> PlexError {
        PlexError(code, "\(code)", status: status, retryAfter: retryAfter)
    }

    private static let unfit: PlexError = {
        var cause = TransportError(.tls, "no TLS")
        cause.tlsFault = .plainText
        return PlexError(.network, "no TLS", underlyingError: cause)
    }()

    static let faults: [Fault] = [
        Fault(name: "TLS that does not fit", script: [.fails(unfit)], outcome: .answer(requests: 2)),
        Fault(
            name: "429 without a wait",
            script: [.fails(error(.rateLimited, status: 429))],
            outcome: .answer(requests: 2)
        ),
        Fault(
            name: "429 with a short wait is waited for",
            script: [.fails(error(.rateLimited, status: 429, retryAfter: .seconds(2))), .answers()],
            outcome: .answer(requests: 2)
        ),
        Fault(
            name: "429 with a long wait",
            script: [.fails(error(.rateLimited, status: 429, retryAfter: .seconds(60)))],
            outcome: .answer(requests: 2)
        ),
        Fault(
            name: "429 for 18 days",
            script: [.fails(error(.rateLimited, status: 429, retryAfter: .seconds(18 * 86_400)))],
            outcome: .answer(requests: 2)
        ),
        Fault(
            name: "500 once",
            script: [.fails(error(.upstream, status: 500)), .answers()],
            outcome: .answer(requests: 2)
        ),
        Fault(name: "503 for ever", script: [.fails(error(.overloaded, status: 503))], outcome: .answer(requests: 2)),
        Fault(name: "529", script: [.fails(error(.overloaded, status: 529))], outcome: .answer(requests: 2)),
        Fault(name: "reset before the head", script: [.fails(error(.network))], outcome: .answer(requests: 2)),
        Fault(name: "no answer at all", script: [.hangs], outcome: .answer(requests: 2)),
        Fault(
            name: "connection that never stands",
            script: [.fails(error(.timeout(.connect)), after: .seconds(5))],
            outcome: .answer(requests: 2)
        ),
        Fault(name: "first token late", script: [.answers(after: .seconds(20))], outcome: .answer(requests: 1)),
        Fault(name: "first token too late", script: [.answers(after: .seconds(90))], outcome: .answer(requests: 2)),
        Fault(name: "empty stream", script: [.fails(error(.streamCut))], outcome: .answer(requests: 2)),
        Fault(name: "error in a 200", script: [.fails(error(.upstream, status: 200))], outcome: .answer(requests: 2)),
        Fault(
            name: "cut at two thirds",
            script: [.breaks(error(.streamCut), words: 3)],
            outcome: .answer(requests: 2),
            afterDelivery: .error(.streamCut)
        ),
        Fault(
            name: "stall in the middle",
            script: [.breaks(error(.timeout(.idle)), after: .seconds(60))],
            outcome: .answer(requests: 2),
            afterDelivery: .error(.timeout(.idle))
        ),
        Fault(
            name: "malformed event between good ones",
            script: [.breaks(error(.malformedResponse))],
            outcome: .answer(requests: 2),
            afterDelivery: .error(.malformedResponse)
        ),
        Fault(
            name: "no end mark",
            script: [.breaks(error(.streamCut), words: 4)],
            outcome: .answer(requests: 2),
            afterDelivery: .error(.streamCut)
        ),
        Fault(name: "wrong key", script: [.fails(error(.authentication, status: 401))], outcome: .answer(requests: 2)),
        Fault(
            name: "key without the right",
            script: [.fails(error(.permission, status: 403))],
            outcome: .answer(requests: 2)
        ),
        Fault(
            name: "quota used up",
            script: [.fails(error(.quotaExhausted, status: 429))],
            outcome: .answer(requests: 2)
        ),
        Fault(
            name: "no such model there",
            script: [.fails(error(.notFound, status: 404))],
            outcome: .answer(requests: 2)
        ),
        Fault(
            name: "the caller's own 400",
            script: [.fails(error(.invalidRequest, status: 400))],
            outcome: .error(.invalidRequest)
        ),
        Fault(
            name: "context length exceeded",
            script: [.fails(error(.contextLengthExceeded, status: 400))],
            outcome: .error(.contextLengthExceeded)
        ),
        Fault(
            name: "content filter",
            script: [.fails(error(.contentFiltered, status: 400))],
            outcome: .error(.contentFiltered)
        ),
    ]

    @Test("as a whole answer", arguments: faults)
    func whole(fault: Fault) async throws {
        try await inVirtualTime { clock in
            let (router, first, second) = try Self.router(fault, clock: clock)
            let outcome = await Self.outcome(first, second) { () throws(PlexError) in
                try await router.respond(to: ChatRequest(model: "route", prompt: "?")).text
            }
            #expect(outcome == fault.outcome)
            #expect(clock.now.offset <= .seconds(120))
        }
    }

    @Test("as a stream", arguments: faults, RoutePolicy.StreamCut.allCases)
    func streamed(fault: Fault, onStreamCut: RoutePolicy.StreamCut) async throws {
        try await inVirtualTime { clock in
            let (router, first, second) = try Self.router(fault, onStreamCut: onStreamCut, clock: clock)
            let outcome = await Self.outcome(first, second) { () throws(PlexError) in
                try await Self.delivered(by: router.stream(ChatRequest(model: "route", prompt: "?")))
            }
            let expected = onStreamCut == .fail ? fault.afterDelivery ?? fault.outcome : fault.outcome
            #expect(outcome == expected)
            // The deadline is for the beginning; what was waited after it is a provider's own limit.
            #expect(clock.now.offset <= .seconds(240))
        }
    }

    @Test("a server whose TLS does not fit is not asked again, one that is not reached for a while is")
    func unfitTLS() async throws {
        try await inVirtualTime { clock in
            for (failure, expected) in [
                (Self.unfit, Outcome.error(.network)), (Self.error(.network), .answer(requests: 2)),
            ] {
                let provider = ScriptedProvider("a", .fails(failure), .answers(), clock: clock)
                let router = try Self.router([provider], onStreamCut: .fail, clock: clock)
                let outcome = await Self.outcome(provider) { () throws(PlexError) in
                    try await Self.delivered(by: router.stream(ChatRequest(model: "route", prompt: "?")))
                }
                #expect(outcome == expected)
                #expect(provider.requests.count == (expected == .error(.network) ? 1 : 2))
            }
        }
    }

    @Test("a fallback that rejects a prefilled answer leaves the next one its chance, else the cut is told")
    func rejectedPrefill() async throws {
        try await inVirtualTime { clock in
            let cut = PlexError(.streamCut, "cut")
            let refusal = PlexError(.invalidRequest, "no prefill", status: 400)
            for (last, expected) in [
                (Behaviour.answers(), Outcome.answer(requests: 3)), (.fails(refusal), .error(.streamCut)),
            ] {
                let providers = [
                    ScriptedProvider("a", .breaks(cut), clock: clock),
                    ScriptedProvider("b", .fails(refusal), clock: clock),
                    ScriptedProvider("c", last, clock: clock),
                ]
                let router = try Self.router(providers, onStreamCut: .continue, clock: clock)
                let outcome = await Self.outcome(providers) { () throws(PlexError) in
                    try await Self.delivered(by: router.stream(ChatRequest(model: "route", prompt: "?")))
                }
                #expect(outcome == expected)
            }
        }
    }

    // MARK: - Help

    private static func router(
        _ fault: Fault,
        onStreamCut: RoutePolicy.StreamCut = .fail,
        clock: ManualClock
    ) throws -> (Router, ScriptedProvider, ScriptedProvider) {
        let first = ScriptedProvider("a", fault.script, clock: clock)
        let second = ScriptedProvider("b", clock: clock)
        return (try router([first, second], onStreamCut: onStreamCut, clock: clock), first, second)
    }

    private static func router(
        _ providers: [ScriptedProvider],
        onStreamCut: RoutePolicy.StreamCut,
        clock: ManualClock
    ) throws -> Router {
        let policy = RoutePolicy(
            name: "route",
            targets: providers.map { Target($0.id, "m") },
            onStreamCut: onStreamCut
        )
        return try Router(
            providers.map { Router.Member($0) },
            rules: RoutingRules(routes: [.init(.model("route"), policy: policy)]),
            options: Router.Options(seed: 1, clock: clock)
        )
    }

    private static func outcome(
        _ providers: ScriptedProvider...,
        by ask: () async throws(PlexError) -> String
    ) async -> Outcome {
        await outcome(providers, by: ask)
    }

    private static func outcome(
        _ providers: [ScriptedProvider],
        by ask: () async throws(PlexError) -> String
    ) async -> Outcome {
        let requests = { providers.reduce(0) { $0 + $1.requests.count } }
        do {
            let text = try await ask()
            #expect(text == ScriptedProvider.text)
            return .answer(requests: requests())
        } catch {
            #expect(error.attempts.count == requests(), "every attempt is named")
            return .error(error.code)
        }
    }

    /// What a caller who obeys `reset` has at the end.
    private static func delivered(by stream: ChatStream) async throws(PlexError) -> String {
        var text = ""
        for try await event in stream {
            switch event {
            case .text(let piece): text += piece
            case .reset: text = ""
            case .finished(let response): #expect(response.text == text)
            default: break
            }
        }
        return text
    }
}
