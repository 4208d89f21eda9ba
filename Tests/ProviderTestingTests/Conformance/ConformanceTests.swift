import ProviderKit
import ProviderTesting
import Testing
import TransportKit

@Suite(.timeLimit(.minutes(2))) struct ConformanceTests {
    @Test(arguments: WireDialect.allCases)
    func ourProvidersConform(_ dialect: WireDialect) async {
        var suite = ProviderConformance(dialect) { dialect.makeProvider($0) }
        suite.faults = []
        for violation in await suite.run() { Issue.record("\(violation)") }
    }

    @Test(arguments: WireDialect.allCases, Fault.all)
    func eachFaultEndsInOneRightOutcome(_ dialect: WireDialect, _ fault: Fault) async {
        let suite = ProviderConformance(dialect) { dialect.makeProvider($0) }
        for violation in await suite.run(fault) { Issue.record("\(violation)") }
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
