import MCPKit
import ProviderKit

/// Reads an answer to its end, prints it and takes the time.
struct ChatRun: Sendable {
    private var printer: AnswerPrinter
    private let started = ContinuousClock.now
    private var firstPiece: ContinuousClock.Instant?

    /// Begins to take the time.
    init(printer: AnswerPrinter) {
        self.printer = printer
    }

    /// How long it took, up to now.
    var times: ChatReport.Times {
        ChatReport.Times(
            first: firstPiece.map { started.duration(to: $0) },
            total: started.duration(to: ContinuousClock.now)
        )
    }

    /// Reads a stream to its end.
    ///
    /// - Parameter stream: The stream.
    /// - Returns: The whole answer, or why there is none; what came before a failure is printed.
    mutating func read(_ stream: ChatStream) async -> Result<ChatResponse, Failure> {
        var answer: ChatResponse?
        var events = stream.makeAsyncIterator()
        do throws(Failure) {
            while let event = try await Self.next(of: &events) {
                note(event)
                try printer.print(event)
                if case .finished(let response) = event { answer = response }
            }
            try printer.end()
        } catch {
            // The failure that came first is the one to tell.
            try? printer.end()
            return .failure(error)
        }
        guard let answer else {
            return .failure(Failure(.bug, "the answer ended without an end; please report this"))
        }
        return .success(answer)
    }

    /// Lets the model use tools until it has its answer.
    ///
    /// - Parameters:
    ///   - tools: The tools and who answers.
    ///   - request: What is asked.
    /// - Returns: The last answer with the tokens of all, or why there is none; what came before a failure is printed.
    mutating func read(_ tools: ToolChat, _ request: ChatRequest) async -> Result<ChatResponse, Failure> {
        do throws(Failure) {
            let result = try await tools.run(request, printer)
            if let failure = ToolChat.failure(for: result) { return .failure(failure) }
            var response = result.response
            response.usage = result.usage
            return .success(response)
        } catch {
            return .failure(error)
        }
    }

    private static func next(of events: inout ChatStream.AsyncIterator) async throws(Failure) -> ChatEvent? {
        do {
            return try await events.next()
        } catch {
            throw Failure(error)
        }
    }

    private mutating func note(_ event: ChatEvent) {
        guard firstPiece == nil else { return }
        switch event {
        case .text, .reasoning, .refusal, .toolCallBegan: firstPiece = ContinuousClock.now
        default: break
        }
    }
}

/// The events of an answer that came in one piece.
struct WholeAnswer: ChatEventIterator {
    private var events: [ChatEvent]

    /// Makes the events.
    init(response: ChatResponse) {
        events = [.finished(response)]
        if !response.refusal.isEmpty { events.append(.refusal(response.refusal)) }
        if !response.text.isEmpty { events.append(.text(response.text)) }
        if !response.message.reasoningText.isEmpty { events.append(.reasoning(response.message.reasoningText)) }
        let start = StreamStart(
            id: response.id,
            provider: response.provider,
            model: response.model,
            requestID: response.requestID
        )
        events.append(.started(start))
    }

    /// The next event.
    mutating func next() async throws(PlexError) -> ChatEvent? {
        events.popLast()
    }

    /// The next event, without the last one of all.
    mutating func nextPiece() -> ChatEvent? {
        events.count > 1 ? events.popLast() : nil
    }
}
