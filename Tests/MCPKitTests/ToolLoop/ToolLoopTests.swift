import ProviderKit
import ProviderTesting
import Testing
import TransportKit

@testable import MCPKit

struct ToolLoopTests {
    private static let request = ChatRequest(model: "m", prompt: "what time is it?")

    @Test("Calls are run and their results go back, whole and streamed", arguments: [false, true])
    func runsCalls(isStreaming: Bool) async throws {
        let model = ScriptedModel([
            [.text("Let me see. "), .call("1", "time__now"), .call("2", "time__zone")], [.text("It is noon.")],
        ])
        let loop = ToolLoop(asking: model, with: ToolBox(sources: [ScriptedSource("time", tools: ["now", "zone"])]))
        let result = isStreaming ? try await last(of: loop) : try await loop.answer(Self.request)
        #expect(result.response.text == "It is noon.")
        #expect(result.ending == .answered)
        #expect(result.requests == 2)
        #expect(result.usage == Usage(inputTokens: 20, outputTokens: 4))
        #expect(result.steps.map(\.description) == ["round 1: time__now succeeded", "round 1: time__zone succeeded"])
        #expect(result.messages.map(\.role) == [.user, .assistant, .tool, .assistant])
        let second = try #require(model.requests.last)
        #expect(second.tools.map(\.name) == ["time__now", "time__zone"])
        #expect(
            second.messages.last?.content == [
                .toolResult(ToolResult(callID: "1", name: "time__now", content: [.text("now ran")])),
                .toolResult(ToolResult(callID: "2", name: "time__zone", content: [.text("zone ran")])),
            ]
        )
    }

    @Test("Events come in the order in which things happen")
    func tellsEvents() async throws {
        let model = ScriptedModel([[.text("Hm. "), .call("1", "s__a")], [.text("Done.")]])
        var names: [String] = []
        for try await event in ToolLoop(asking: model, with: Self.box).events(for: Self.request) {
            switch event {
            case .ready(let tools, _): names.append("ready \(tools.count)")
            case .piece(.text(let text)): names.append("piece \(text)")
            case .answer: names.append("answer")
            case .calling(let calls): names.append("calling \(calls.count)")
            case .called(let step): names.append("called \(step.call.name)")
            case .finished(let result): names.append("finished \(result.ending.rawValue)")
            default: names.append("other")
            }
        }
        #expect(
            names == [
                "ready 2", "piece Hm. ", "answer", "calling 1", "called s__a", "piece Done.", "answer",
                "finished answered",
            ]
        )
    }

    @Test(
        "A limit that is reached ends the loop cleanly",
        arguments: [
            (ToolLoopLimits(rounds: 3), ToolLoopResult.Ending.rounds, 3, 2, 4),
            (ToolLoopLimits(rounds: 0), .rounds, 0, 2, 1), (ToolLoopLimits(calls: 3), .calls, 3, 1, 2),
            (ToolLoopLimits(calls: 4), .calls, 4, 2, 3),
        ]
    )
    func stops(
        limits: ToolLoopLimits,
        ending: ToolLoopResult.Ending,
        run: Int,
        skipped: Int,
        requests: Int
    ) async throws {
        let endless = ScriptedModel([[.call("1", "s__a"), .call("2", "s__b")]])
        var limits = limits
        // Two calls a round: only the limit that is tested may be reached.
        if ending == .rounds, limits.rounds == 3 { limits.calls = 6 }
        let result = try await ToolLoop(asking: endless, with: Self.box, limits: limits).answer(Self.request)
        #expect(result.ending == ending)
        #expect(result.requests == requests)
        #expect(result.steps.count { $0.outcome == .succeeded } == (ending == .rounds ? run * 2 : run))
        #expect(result.steps.count { $0.outcome == .skipped } == skipped)
        // Each call has its result, so that the conversation can be gone on with.
        let results = result.messages.flatMap(\.content).count { if case .toolResult = $0.kind { true } else { false } }
        #expect(results == result.messages.flatMap(\.toolCalls).count)
    }

    @Test("Calls are approved one after another; the model is told of a refusal")
    func asksForApproval() async throws {
        let model = ScriptedModel([[.call("1", "s__a"), .call("2", "s__b"), .call("3", "s__none")], [.text("Well.")]])
        let asked = Locked<[String]>([])
        let loop = ToolLoop(asking: model, with: Self.box) { request in
            asked.withLock { $0.append("\(request.round) \(request.serverTool?.source ?? "") \(request.call.name)") }
            return request.call.name == "s__a" ? .denied(reason: "Not today.") : .approved
        }
        let result = try await loop.answer(Self.request)
        #expect(asked.withLock { $0 } == ["1 s s__a", "1 s s__b"])
        #expect(result.steps.map(\.outcome) == [.denied, .succeeded, .failed])
        #expect(result.steps[0].result.content == [.text("The user did not allow this call. Not today.")])
        #expect(result.steps[0].result.isError)
    }

    @Test("Calls run at the same time, so many at once")
    func runsInParallel() async throws {
        let pairs = Locked(Pairs())
        let source = ScriptedSource("s", tools: ["a"]) { _, _ async throws(MCPError) in
            // The first of two ends only when the second runs beside it.
            let (gate, isSecond) = pairs.withLock { $0.enter() }
            if isSecond { gate.open() } else { try? await gate.waitUntilOpen() }
            pairs.withLock { $0.running -= 1 }
            return MCPToolResult(text: "ok")
        }
        let calls = (0..<6).map { ContentPart.call("\($0)", "s__a") }
        let loop = ToolLoop(
            asking: ScriptedModel([calls, [.text("ok")]]),
            with: ToolBox(sources: [source]),
            limits: ToolLoopLimits(parallelCalls: 2)
        )
        let result = try await loop.answer(Self.request)
        #expect(result.steps.map { $0.call.id } == (0..<6).map { "\($0)" })
        #expect(pairs.withLock { $0.most } == 2)
    }

    @Test("A call that takes too long is given up, and the model is told")
    func givesUpSlowCalls() async throws {
        let clock = ManualClock()
        let source = ScriptedSource("s", tools: ["a"]) { _, _ async throws(MCPError) in
            try? await Gate().waitUntilOpen()
            throw MCPError(.cancelled, "cancelled")
        }
        let loop = ToolLoop(
            asking: ScriptedModel([[.call("1", "s__a")], [.text("Too slow.")]]),
            with: ToolBox(sources: [source]),
            limits: ToolLoopLimits(callDuration: .seconds(30)),
            clock: clock
        )
        async let answer = loop.answer(Self.request)
        let limit = ManualClock.Instant(offset: .seconds(30))
        try await clock.waitForSleeper(from: limit, to: limit)
        clock.advance(to: limit)
        let result = try await answer
        #expect(result.steps.map(\.outcome) == [.timedOut])
        #expect(result.response.text == "Too slow.")
    }

    @Test("Time that runs out in a round ends the loop after it")
    func endsInTime() async throws {
        let clock = ManualClock()
        let source = ScriptedSource("s", tools: ["a"]) { _, _ in
            clock.advance(by: .seconds(700))
            return MCPToolResult(text: "late")
        }
        let loop = ToolLoop(
            asking: ScriptedModel([[.call("1", "s__a")]]),
            with: ToolBox(sources: [source]),
            limits: ToolLoopLimits(callDuration: .seconds(800)),
            clock: clock
        )
        let result = try await loop.answer(Self.request)
        #expect(result.ending == .duration)
        #expect(result.requests == 1)
    }

    @Test("Cancelling the task cancels the call")
    func cancels() async throws {
        let clock = ManualClock()
        let source = ScriptedSource("s", tools: ["a"]) { _, _ async throws(MCPError) in
            try? await clock.sleep(for: .seconds(3600))
            throw MCPError(.cancelled, "cancelled")
        }
        let loop = ToolLoop(asking: ScriptedModel([[.call("1", "s__a")]]), with: ToolBox(sources: [source]))
        let task = Task { try await loop.answer(Self.request) }
        try await clock.waitForSleepers(1)
        task.cancel()
        let error = await #expect(throws: PlexError.self) { try await task.value }
        #expect(error?.code == .cancelled)
    }

    @Test("A result that is too long is cut")
    func cutsResults() async throws {
        let source = ScriptedSource("s", tools: ["a"]) { _, _ in MCPToolResult(text: String(repeating: "x", count: 100))
        }
        let model = ScriptedModel([[.call("1", "s__a")], [.text("ok")]])
        let limits = ToolLoopLimits(resultBytes: 10)
        let result = try await ToolLoop(asking: model, with: ToolBox(sources: [source]), limits: limits)
            .answer(Self.request)
        #expect(result.steps[0].result.content == [.text("xxxxxxxxxx\n[cut off here, 90 more bytes]")])
    }

    @Test("A call of the caller's own tool is handed back")
    func handsBack() async throws {
        var request = Self.request
        request.tools = [ToolDefinition(name: "mine")]
        request.toolChoice = .required
        let model = ScriptedModel([[.call("1", "s__a")], [.call("2", "mine")]])
        let result = try await ToolLoop(asking: model, with: Self.box).answer(request)
        #expect(result.ending == .handedBack)
        #expect(result.response.toolCalls.map(\.name) == ["mine"])
        #expect(model.requests.map(\.toolChoice) == [.required, nil])
    }

    private static let box = ToolBox(sources: [ScriptedSource("s", tools: ["a", "b"])])

    private func last(of loop: ToolLoop) async throws -> ToolLoopResult {
        var result: ToolLoopResult?
        for try await event in loop.events(for: Self.request) {
            if case .finished(let value) = event { result = value }
        }
        return try #require(result)
    }
}

/// Counts who runs beside whom.
private struct Pairs: Sendable {
    var running = 0
    var most = 0
    private var gate = Gate()
    private var count = 0

    mutating func enter() -> (Gate, isSecond: Bool) {
        running += 1
        most = max(most, running)
        count += 1
        defer { if count % 2 == 0 { gate = Gate() } }
        return (gate, count % 2 == 0)
    }
}
