public import ProviderKit

/// What happens in a loop, as it happens.
///
/// It can be read once. It ends with ``ToolLoopEvent/finished(_:)`` as its last event, or by throwing. Reading drives the loop:
/// there is no task behind it, and cancelling the reading task cancels what is under way.
public struct ToolLoopEvents: AsyncSequence, Sendable {
    /// What happens.
    public typealias Element = ToolLoopEvent
    /// What reading throws.
    public typealias Failure = PlexError

    let loop: ToolLoop
    let request: ChatRequest
    let isStreaming: Bool

    /// Makes the iterator.
    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(run: ToolLoopRun(loop: loop, isStreaming: isStreaming), request: request)
    }

    /// Reads the events.
    public struct AsyncIterator: AsyncIteratorProtocol {
        private enum Phase {
            case idle(ChatRequest)
            case next(ToolLoopMachine.Action)
            case reading(ChatStream.AsyncIterator)
            case done
        }

        private var run: ToolLoopRun
        private var machine: ToolLoopMachine?
        private var phase: Phase
        private var pending: [ToolLoopEvent] = []

        init(run: ToolLoopRun, request: ChatRequest) {
            self.run = run
            phase = .idle(request)
        }

        /// The next event, or `nil` after the last one.
        public mutating func next() async throws(PlexError) -> ToolLoopEvent? {
            while pending.isEmpty {
                do {
                    guard try await advance() else { return nil }
                } catch {
                    phase = .done
                    throw error
                }
            }
            return pending.removeFirst()
        }

        /// The next event, or `nil` after the last one.
        public mutating func next(isolation actor: isolated (any Actor)?) async throws(PlexError) -> ToolLoopEvent? {
            try await next()
        }

        // One step; says whether there may be more.
        private mutating func advance() async throws(PlexError) -> Bool {
            switch phase {
            case .idle(let request):
                run.start()
                let contents = try await run.contents()
                let machine = ToolLoopMachine(request, tools: contents, limits: run.loop.limits)
                self.machine = machine
                phase = .next(machine.begin())
                pending.append(.ready(tools: contents.definitions, failures: contents.failures))
            case .next(.ask(let request)):
                if run.isStreaming {
                    phase = .reading(try await run.stream(request).makeAsyncIterator())
                } else {
                    goOn(after: try await run.respond(to: request))
                }
            case .next(.run(let calls)):
                guard var machine else { return false }
                let steps = try await run.steps(for: calls, round: machine.round)
                phase = .next(machine.completed(steps, isTimeLeft: run.isTimeLeft))
                self.machine = machine
                pending += steps.map { .called($0) }
            case .next(.finish(let result)):
                phase = .done
                pending.append(.finished(result))
            case .reading(var events):
                guard let event = try await events.next() else {
                    throw PlexError(.streamCut, "the provider's stream ended without a last event")
                }
                phase = .reading(events)
                if case .finished(let response) = event {
                    goOn(after: response)
                } else {
                    try run.checkTime()
                    pending.append(.piece(event))
                }
            case .done: return false
            }
            return true
        }

        private mutating func goOn(after response: ChatResponse) {
            guard var machine else { return }
            let action = machine.received(response)
            self.machine = machine
            phase = .next(action)
            pending.append(.answer(response))
            if case .run(let calls) = action { pending.append(.calling(calls)) }
        }
    }
}
