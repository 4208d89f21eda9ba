import ProviderTesting
import Testing

/// The official clients read what the scripted upstream writes, so that its idea of each wire is theirs.
@Suite(.timeLimit(.minutes(5))) struct WireTests {
    /// The answer that a script asks for by the model's name.
    private static func answer(_ request: RecordedRequest) -> UpstreamAnswer {
        if request.isModelListing { return .models(["text", "tools"]) }
        if request.path == "/api/pull" { return .modelPull() }
        let name = request.model ?? ""
        if let fault = Fault.all.first(where: { $0.name == name }) { return .fault(fault) }
        switch name {
        case "text": return .text("Hello there")
        case "tools": return .toolCalls([("get_weather", #"{"city":"Zürich"}"#), ("get_time", "{}")])
        case "reasoning": return .reasoning("Let me think.", then: "So it is.")
        default: return .error(Int(name) ?? 500)
        }
    }

    // Gemini's client speaks to the gateway instead.
    @Test(arguments: WireDialect.allCases.filter { $0 != .gemini })
    func theOfficialClientUnderstandsUs(_ dialect: WireDialect) async throws {
        let upstream = try await ScriptedUpstream(answer: Self.answer)
        let script = "\(Rig.root)/Tests/wire/\(dialect)_client.py"
        let client = try await ChildProcess(Rig.python(), [script, upstream.baseURL(for: dialect)])
        let outcome = try await client.outcome()
        #expect(outcome.status == 0, "\(outcome.errorOutput)")
        #expect(outcome.output == "checks done\n")
        #expect(upstream.malformedInput.isEmpty)
        #expect(upstream.requests.count > 10)
        await upstream.shutdown()
    }
}
