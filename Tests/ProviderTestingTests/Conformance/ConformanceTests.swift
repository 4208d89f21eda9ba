import ProviderKit
import ProviderTesting
import Testing
import TransportKit

@Suite(.timeLimit(.minutes(5))) struct ConformanceTests {
    @Test(arguments: WireDialect.allCases)
    func ourProvidersConform(_ dialect: WireDialect) async {
        var suite = ProviderConformance(dialect) { dialect.makeProvider($0) }
        suite.faults = []
        for violation in await suite.run() { Issue.record("\(violation)") }
    }

    @Test(arguments: WireDialect.allCases, Fault.all)
    func eachFaultEndsInOneRightOutcome(_ dialect: WireDialect, _ fault: Fault) async {
        var suite = ProviderConformance(dialect) { dialect.makeProvider($0) }
        // A machine that is busy with other tests is slow with the largest of them, and that is no hang.
        suite.checkLimit = .seconds(90)
        for violation in await suite.run(fault) { Issue.record("\(violation)") }
    }

    @Test(arguments: WireDialect.allCases, [true, false])
    func timeLimitsFollowTheClientsClock(_ dialect: WireDialect, _ isStreamed: Bool) async throws {
        let clock = ManualClock()
        let transport = HTTPClient(
            configuration: HTTPClient.Configuration(eventLoopGroup: EventLoopGroup(count: 1, clock: clock))
        )
        try await ScriptedUpstream.run(.stall) { upstream in
            let endpoint = try upstream.endpoint(for: dialect)
            let provider = dialect.makeProvider(endpoint: endpoint, transport: transport)
            let task = Task {
                let request = ChatRequest(model: "m", prompt: "Hi")
                if isStreamed { return try await provider.stream(request).response() }
                return try await provider.respond(to: request)
            }
            _ = try await upstream.request(0)
            // The timer for the 5 s until a connection stands fires first, and then waits for the 60 s until the first byte.
            try await clock.waitForSleepers(1)
            clock.advance(by: .seconds(5))
            try await clock.waitForSleeper(from: .init(offset: .seconds(50)), to: .init(offset: .seconds(70)))
            #expect(upstream.connectionsOpen == 1)
            clock.advance(by: .seconds(60))
            let error = await #expect(throws: PlexError.self) { try await task.value }
            #expect(error?.code == .timeout(.firstByte))
            #expect(try await upstream.peerLeft(request: 0) != nil)
        }
    }

    @Test func aProviderOfOnesOwnCanBeChecked() async {
        let request = ChatRequest(model: "echo", prompt: "Hello")
        #expect(await ProviderConformance.check(EchoProvider(), with: request) == [])
    }

    @Test func aProviderThatIsWrongIsCaught() async {
        let request = ChatRequest(model: "echo", prompt: "Hello")
        let violations = await ProviderConformance.check(EchoProvider(breaks: true), with: request)
        #expect(violations.map(\.message) == ["text came before started", "the text events are not the answer's text"])
    }

    @Test func aProviderOfAnotherWireIsCaught() async {
        var suite = ProviderConformance(.ollama) { WireDialect.openAI.makeProvider($0) }
        suite.faults = [.rateLimited]
        let failed = Set(await suite.run().map(\.check))
        #expect(failed.isSuperset(of: ["whole answer", "streamed answer"]))
    }
}

/// A provider that gives back what it was told, written as a user of the library would.
private struct EchoProvider: Provider {
    let id: ProviderID = "echo"
    var breaks = false

    func capabilities(of model: ModelID) async -> Capabilities { Capabilities(features: [.streaming]) }

    func models() async throws(PlexError) -> [Model] { [Model(id: "echo", provider: id)] }

    func respond(to request: ChatRequest) async throws(PlexError) -> ChatResponse {
        ChatResponse(
            provider: id,
            model: request.model,
            message: .assistant(request.messages.last?.text ?? ""),
            finishReason: .stop
        )
    }

    func stream(_ request: ChatRequest) async throws(PlexError) -> ChatStream {
        let response = try await respond(to: request)
        let start = ChatEvent.started(StreamStart(provider: id, model: request.model))
        let events = breaks ? [.text("other"), start] : [start, .text(response.text)]
        return ChatStream { ListedEvents(rest: (events + [.finished(response)])[...]) }
    }
}

private struct ListedEvents: ChatEventIterator {
    var rest: ArraySlice<ChatEvent>

    mutating func next() async throws(PlexError) -> ChatEvent? { rest.popFirst() }
}
