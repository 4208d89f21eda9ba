internal import ProviderKit

/// How a loop goes on, as a value without clock, tools or model.
struct ToolLoopMachine: Sendable {
    /// What to do next.
    enum Action: Sendable, Hashable {
        /// Ask the model.
        case ask(ChatRequest)
        /// Run these calls, then tell of all of them.
        case run([ToolCall])
        /// There is nothing more to do.
        case finish(ToolLoopResult)
    }

    private var request: ChatRequest
    private let limits: ToolLoopLimits
    /// The tools of the request that are the caller's to run.
    private let foreign: Set<String>
    private(set) var round = 0
    private var callCount = 0
    private var steps: [ToolStep] = []
    private var requests = 0
    private var usage: Usage?
    private var last: ChatResponse?
    private var skipped: [ToolCall] = []

    init(_ request: ChatRequest, tools: ToolBoxContents, limits: ToolLoopLimits) {
        self.limits = limits
        foreign = Set(request.tools.map(\.name).filter { !tools.names.names.contains($0) })
        self.request = request
        let given = Set(request.tools.map(\.name))
        self.request.tools += tools.definitions.filter { !given.contains($0.name) }
    }

    /// The first thing to do.
    func begin() -> Action { .ask(request) }

    /// Goes on after an answer.
    mutating func received(_ response: ChatResponse) -> Action {
        last = response
        requests += 1
        usage = usage.map { $0.adding(response.usage) } ?? response.usage
        request.messages.append(response.message)
        let calls = response.toolCalls
        guard !calls.isEmpty else {
            // A provider that pauses a long turn wants the conversation again, which counts as a round.
            guard response.finishReason == .pause, round < limits.rounds else { return finish(.answered) }
            round += 1
            return .ask(request)
        }
        if calls.contains(where: { foreign.contains($0.name) }) { return finish(.handedBack) }
        guard round < limits.rounds else {
            skip(calls, because: "the limit of \(limits.rounds) rounds is reached")
            return finish(.rounds)
        }
        round += 1
        let allowed = max(0, limits.calls - callCount)
        callCount += min(calls.count, allowed)
        skipped = Array(calls.dropFirst(allowed))
        guard allowed > 0 else {
            skip(skipped, because: "the limit of \(limits.calls) calls is reached")
            return finish(.calls)
        }
        return .run(Array(calls.prefix(allowed)))
    }

    /// Goes on after calls, with what came of them in their order.
    mutating func completed(_ results: [ToolStep], isTimeLeft: Bool) -> Action {
        steps += results
        request.messages.append(Message(role: .tool, content: results.map { .toolResult($0.result) }))
        guard skipped.isEmpty else {
            skip(skipped, because: "the limit of \(limits.calls) calls is reached")
            return finish(.calls)
        }
        guard isTimeLeft else { return finish(.duration) }
        // A model that must call a tool at each answer would never come to an end.
        switch request.toolChoice {
        case .required, .tool: request.toolChoice = nil
        case .auto, .none?, nil: break
        }
        return .ask(request)
    }

    private mutating func skip(_ calls: [ToolCall], because reason: String) {
        let skippedSteps = calls.map { call in
            ToolStep(
                round: round,
                call: call,
                server: nil,
                outcome: .skipped,
                result: call.failed("The call was not run: \(reason)."),
                duration: .zero
            )
        }
        steps += skippedSteps
        let parts = skippedSteps.map { ContentPart.toolResult($0.result) }
        if let index = request.messages.indices.last, request.messages[index].role == .tool {
            request.messages[index].content += parts
        } else {
            request.messages.append(Message(role: .tool, content: parts))
        }
    }

    private func finish(_ ending: ToolLoopResult.Ending) -> Action {
        let response = last ?? ChatResponse(provider: "", model: request.model, message: .assistant(""))
        return .finish(
            ToolLoopResult(
                response: response,
                ending: ending,
                messages: request.messages,
                steps: steps,
                requests: requests,
                usage: usage
            )
        )
    }
}

extension Usage {
    fileprivate func adding(_ other: Usage?) -> Usage {
        guard let other else { return self }
        func sum(_ left: Int, _ right: Int) -> Int {
            let (sum, overflow) = left.addingReportingOverflow(right)
            return overflow ? .max : sum
        }
        func sum(_ left: Int?, _ right: Int?) -> Int? {
            left == nil && right == nil ? nil : sum(left ?? 0, right ?? 0)
        }
        return Usage(
            inputTokens: sum(inputTokens, other.inputTokens),
            outputTokens: sum(outputTokens, other.outputTokens),
            cachedReadTokens: sum(cachedReadTokens, other.cachedReadTokens),
            cachedWriteTokens: sum(cachedWriteTokens, other.cachedWriteTokens),
            reasoningTokens: sum(reasoningTokens, other.reasoningTokens)
        )
    }
}
