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

    @Test("A stream of Responses that fails before any output is another target's", arguments: [true, false])
    func failedResponses(isForwarded: Bool) async throws {
        let failed = """
            event: response.created
            data: {"type":"response.created","response":{"id":"r","object":"response","status":"in_progress","output":[]}}

            event: response.failed
            data: {"type":"response.failed","response":{"id":"r","object":"response","status":"failed","output":[],\
            "error":{"code":"server_error","message":"the model broke"}}}


            """
        try await inVirtualTime { clock in
            let wire = ScriptedWire(clock: clock) { request in
                request.model == "broken" ? .stream([Array(failed.utf8)]) : .text(Self.rescue)
            }
            let policy = RoutePolicy(name: "route", targets: [Target("first", "broken"), Target("second", "m")])
            let router = try Router(
                ["first", "second"].map { Router.Member(try Self.provider(.openAIResponses, $0, wire)) },
                rules: RoutingRules(routes: [.init(.model("route"), policy: policy)]),
                options: Router.Options(seed: 1, clock: clock)
            )
            var text = ""
            if isForwarded {
                let body = try ScannedBody(scanning: Array(#"{"model":"route","input":"?","stream":true}"#.utf8))
                let answer = try await router.forward(
                    ForwardRequest(operation: .openAIResponses, model: "route", body: body)
                )
                #expect(answer?.provider == "second")
                guard case .stream(let stream)? = answer?.body else { throw PlexError(.internal, "no stream") }
                while case .events(let bytes)? = try await stream.next() {
                    text += String(decoding: bytes, as: UTF8.self)
                }
                #expect(text.contains("From the second.") && !text.contains("response.failed"))
            } else {
                for try await event in try await router.stream(ChatRequest(model: "route", prompt: "?")) {
                    if case .text(let piece) = event { text += piece }
                }
                #expect(text == Self.rescue)
            }
            #expect(wire.requests.last?.model == "m")
        }
    }

    @Test("What nobody takes as it is is read before anybody is waited for")
    func readsFirst() async throws {
        try await inVirtualTime { clock in
            let wire = ScriptedWire(clock: clock) { _ in .error(503, message: "down", fields: ["retry-after": "10"]) }
            let router = try Router(
                [Router.Member(try Self.provider(.anthropic, "only", wire))],
                rules: RoutingRules(),
                options: Router.Options(seed: 1, clock: clock)
            )
            func ask(_ field: String) async throws(PlexError) {
                do {
                    let text = #"{"model":"only/m","input":"?","\#(field)":"r"}"#
                    let body = try ScannedBody(scanning: Array(text.utf8))
                    _ = try await router.forward(
                        ForwardRequest(operation: .openAIResponses, model: "only/m", body: body) {
                            () throws(PlexError) in
                            let value = try? JSONValue(parsing: body.bytes)
                            guard value?["previous_response_id"] == nil else {
                                throw PlexError(.unsupported, "previous_response_id: no answers are kept here")
                            }
                            return .chat(ChatRequest(model: "only/m", prompt: "?"))
                        }
                    )
                } catch let error as PlexError {
                    throw error
                } catch {
                    throw PlexError(.internal, "\(error)")
                }
            }
            // The target is cooling then.
            _ = await #expect(throws: PlexError.self) { try await ask("user") }
            let sent = wire.requests.count
            let time = clock.now.offset
            let error = await #expect(throws: PlexError.self) { try await ask("previous_response_id") }
            #expect(error?.code == .unsupported && error?.attempts.isEmpty == true)
            #expect(wire.requests.count == sent && clock.now.offset == time)
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
