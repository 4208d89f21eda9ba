internal import ProviderKit
internal import TransportKit

/// The part of a loop that touches the world: the model, the tools, somebody who approves, and time.
struct ToolLoopRun {
    let loop: ToolLoop
    let isStreaming: Bool
    private var watch: any Stopwatch
    private var box: ToolBoxContents?

    init(loop: ToolLoop, isStreaming: Bool) {
        self.loop = loop
        self.isStreaming = isStreaming
        watch = Self.stopwatch(loop.clock)
    }

    /// Begins to take the time.
    mutating func start() {
        watch = Self.stopwatch(loop.clock)
    }

    var isTimeLeft: Bool { watch.elapsed < loop.limits.duration }

    func checkTime() throws(PlexError) {
        guard !isTimeLeft else { return }
        throw outOfTime
    }

    private var outOfTime: PlexError {
        PlexError(.timeout(.total), "the tool loop takes longer than the \(loop.limits.duration) that it may")
    }

    mutating func contents() async throws(PlexError) -> ToolBoxContents {
        let contents = try await loop.box.contents()
        box = contents
        return contents
    }

    func respond(to request: ChatRequest) async throws(PlexError) -> ChatResponse {
        let provider = loop.provider
        return try await limited { () async throws(PlexError) in try await provider.respond(to: request) }
    }

    func stream(_ request: ChatRequest) async throws(PlexError) -> ChatStream {
        let provider = loop.provider
        return try await limited { () async throws(PlexError) in try await provider.stream(request) }
    }

    /// Has calls approved, one after another, and runs those that are, at the same time.
    func steps(for calls: [ToolCall], round: Int) async throws(PlexError) -> [ToolStep] {
        guard let box else { return [] }
        var steps: [Int: ToolStep] = [:]
        var waiting: [(index: Int, call: ToolCall)] = []
        for (index, call) in calls.enumerated() {
            let tool = box.serverTool(named: call.name)
            // What is not there needs nobody's word.
            guard box.contains(call.name) else {
                waiting.append((index, call))
                continue
            }
            switch await loop.approve(ToolApprovalRequest(call: call, serverTool: tool, round: round)) {
            case .approved: waiting.append((index, call))
            case .denied(let reason):
                let text = "The user did not allow this call." + (reason.map { " \($0)" } ?? "")
                steps[index] = ToolStep(
                    round: round,
                    call: call,
                    server: tool?.source,
                    outcome: .denied,
                    result: call.failed(text),
                    duration: .zero
                )
            }
            if Task.isCancelled { throw PlexError(.cancelled, "the tool loop was cancelled") }
        }
        let caller = ToolCaller(box: box, limits: loop.limits, clock: loop.clock, remaining: remaining, round: round)
        await withTaskGroup(of: (Int, ToolStep?).self) { group in
            var next = waiting.startIndex
            func add() {
                guard next < waiting.endIndex else { return }
                let (index, call) = waiting[next]
                next += 1
                group.addTask { await caller.run(call, at: index) }
            }
            for _ in 0..<max(1, loop.limits.parallelCalls) { add() }
            while let (index, step) = await group.next() {
                steps[index] = step
                add()
            }
        }
        if Task.isCancelled { throw PlexError(.cancelled, "the tool loop was cancelled") }
        return calls.indices.compactMap { steps[$0] }
    }

    private var remaining: Duration { max(.zero, loop.limits.duration - watch.elapsed) }

    private func limited<T: Sendable>(
        _ work: @escaping @Sendable () async throws(PlexError) -> T
    ) async throws(PlexError) -> T {
        try checkTime()
        let outcome = await Deadline.race(remaining, loop.clock) { await Self.result(of: work) }
        guard let outcome else {
            if Task.isCancelled { throw PlexError(.cancelled, "the tool loop was cancelled") }
            throw outOfTime
        }
        return try outcome.get()
    }

    private static func result<T: Sendable>(
        of work: @Sendable () async throws(PlexError) -> T
    ) async -> Result<T, PlexError> {
        do {
            return .success(try await work())
        } catch {
            return .failure(error)
        }
    }

    private static func stopwatch<C: Clock<Duration>>(_ clock: C) -> any Stopwatch {
        RunningStopwatch(clock: clock, start: clock.now)
    }
}

/// Runs calls within their time.
private struct ToolCaller: Sendable {
    let box: ToolBoxContents
    let limits: ToolLoopLimits
    let clock: any Clock<Duration>
    let remaining: Duration
    let round: Int

    // No step where the task was cancelled.
    func run(_ call: ToolCall, at index: Int) async -> (Int, ToolStep?) {
        let step = await step(for: call, clock)
        return (index, step)
    }

    private func step<C: Clock<Duration>>(for call: ToolCall, _ clock: C) async -> ToolStep? {
        let limit = min(limits.callDuration, remaining)
        let start = clock.now
        let outcome: CallOutcome? = await Deadline.race(limit, clock) { await attempt(call) }
        guard !Task.isCancelled, outcome != .cancelled else { return nil }
        var step = ToolStep(
            round: round,
            call: call,
            server: box.serverTool(named: call.name)?.source,
            outcome: .timedOut,
            result: call.failed("The tool took longer than \(limit) and was given up."),
            duration: start.duration(to: clock.now)
        )
        if case .result(let result)? = outcome {
            step.outcome = result.isError ? .failed : .succeeded
            step.result = result.cut(to: limits.resultBytes)
        }
        return step
    }

    private func attempt(_ call: ToolCall) async -> CallOutcome {
        do {
            return .result(try await box.call(call))
        } catch {
            return .cancelled
        }
    }
}

private enum CallOutcome: Sendable, Hashable {
    case result(ToolResult)
    case cancelled
}

extension ToolResult {
    /// The result with no more than so many bytes of text.
    fileprivate func cut(to limit: Int) -> ToolResult {
        var result = self
        var left = limit
        for index in result.content.indices {
            guard case .text(let text) = result.content[index].kind else { continue }
            let size = text.utf8.count
            if size > left {
                let kept = String(decoding: text.utf8.prefix(max(0, left)), as: UTF8.self)
                result.content[index] = .text("\(kept)\n[cut off here, \(size - max(0, left)) more bytes]")
            }
            left -= min(size, max(0, left))
        }
        return result
    }
}
