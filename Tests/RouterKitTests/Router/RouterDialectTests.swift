import ProviderKit
import ProviderTesting
import RouterKit
import Testing
import TransportKit

@Suite("What becomes of each fault on each wire, in virtual time", .timeLimit(.minutes(5)))
struct RouterDialectTests {
    private static let rescue = "From the second."
    // What a caller did wrong is wrong everywhere; what is too long or refused goes only to those listed for that.
    private static let final: Set<PlexError.Code> = [.invalidRequest, .contextLengthExceeded, .contentFiltered]

    private static func provider(_ dialect: WireDialect, _ id: ProviderID, _ wire: ScriptedWire) throws -> any Provider
    {
        let configuration = ProviderConfiguration(
            id: id,
            endpoint: try Endpoint(parsing: "https://\(id).test\(dialect.basePath)"),
            apiKey: Secret("sk-test")
        )
        switch dialect {
        case .openAI: return OpenAIProvider(configuration: configuration, transport: wire)
        case .anthropic: return AnthropicProvider(configuration: configuration, transport: wire)
        case .ollama: return OllamaProvider(configuration: configuration, transport: wire)
        case .gemini: return GeminiProvider(configuration: configuration, transport: wire)
        case .openAIResponses: return OpenAIResponsesProvider(configuration: configuration, transport: wire)
        @unknown default: throw PlexError(.internal, "there is no provider for \(dialect)")
        }
    }

    private static func router(
        _ fault: Fault,
        _ dialect: WireDialect,
        _ onStreamCut: RoutePolicy.StreamCut,
        _ clock: ManualClock
    ) throws -> (Router, ScriptedWire) {
        let wire = ScriptedWire(clock: clock) { request in
            request.model == "broken" ? fault.answer() : .text(rescue)
        }
        let policy = RoutePolicy(
            name: "route",
            targets: [Target("first", "broken"), Target("second", "claude-haiku-4-5")],
            onStreamCut: onStreamCut
        )
        let router = try Router(
            ["first", "second"].map { Router.Member(try provider(dialect, $0, wire)) },
            rules: RoutingRules(routes: [.init(.model("route"), policy: policy)]),
            options: Router.Options(seed: 1, clock: clock)
        )
        return (router, wire)
    }

    @Test("as a whole answer", arguments: WireDialect.allCases, Fault.all)
    func whole(dialect: WireDialect, fault: Fault) async throws {
        guard let expectation = fault.expectation(isStreamed: false) else { return }
        try await inVirtualTime { clock in
            let (router, wire) = try Self.router(fault, dialect, .fail, clock)
            do throws(PlexError) {
                let text = try await router.respond(to: ChatRequest(model: "route", prompt: "?")).text
                #expect(text == Self.expected(fault, expectation))
            } catch {
                #expect(Self.expected(fault, expectation) == nil, "\(error)")
                #expect(error.attempts.count == wire.requests.count)
            }
            #expect(wire.requests.count <= 3 && clock.now.offset <= .seconds(120))
        }
    }

    @Test("as a stream", arguments: WireDialect.allCases, RoutePolicy.StreamCut.allCases)
    func streamed(dialect: WireDialect, onStreamCut: RoutePolicy.StreamCut) async throws {
        for fault in Fault.all {
            guard let expectation = fault.expectation(isStreamed: true) else { continue }
            try await inVirtualTime { clock in
                let (router, wire) = try Self.router(fault, dialect, onStreamCut, clock)
                let name = "\(fault), \(onStreamCut)"
                var delivered = Delivered()
                do throws(PlexError) {
                    let stream = try await router.stream(ChatRequest(model: "route", prompt: "?"))
                    for try await event in stream { delivered.take(event) }
                    Self.check(delivered, fault, expectation, onStreamCut, name)
                } catch {
                    #expect(delivered.response == nil, "\(name)")
                    if let expected = Self.expected(fault, expectation) {
                        // Only what was begun may fail, and what came is the beginning of the first's answer.
                        #expect(onStreamCut == .fail || onStreamCut == .continue, "\(name): \(error)")
                        #expect(!delivered.text.isEmpty && fault.reply.text.hasPrefix(delivered.text), "\(name)")
                        #expect(expected == Self.rescue, "\(name): \(error)")
                    }
                }
                #expect(wire.requests.count <= 3, "\(name)")
                #expect(clock.now.offset <= .seconds(240), "\(name)")
            }
        }
    }

    /// What a caller who obeys `reset` has.
    private struct Delivered {
        var text = ""
        var response: ChatResponse?

        mutating func take(_ event: ChatEvent) {
            switch event {
            case .text(let piece): text += piece
            case .reset: text = ""
            case .finished(let response): self.response = response
            default: break
            }
        }
    }

    private static func check(
        _ delivered: Delivered,
        _ fault: Fault,
        _ expectation: Fault.Expectation,
        _ onStreamCut: RoutePolicy.StreamCut,
        _ name: String
    ) {
        #expect(delivered.response?.text == delivered.text, "\(name)")
        guard let expected = expected(fault, expectation) else {
            Issue.record("\(name) gave an answer: \(delivered.text)")
            return
        }
        if onStreamCut == .continue, delivered.text != expected {
            // The second goes on where the first broke off.
            let begun = delivered.text.dropLast(rescue.count)
            #expect(delivered.text.hasSuffix(rescue) && fault.reply.text.hasPrefix(begun), "\(name): \(delivered.text)")
        } else {
            #expect(delivered.text == expected, "\(name)")
        }
    }

    /// What must have come: the first's answer, the second's, or an error.
    private static func expected(_ fault: Fault, _ expectation: Fault.Expectation) -> String? {
        switch expectation {
        case .answer: fault.reply.text
        case .failure(let codes, _, _): codes.isDisjoint(with: final) ? rescue : nil
        @unknown default: nil
        }
    }
}
