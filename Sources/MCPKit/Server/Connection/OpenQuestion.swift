internal import TransportKit

/// Resumed once, with the client's answer or the reason that there is none.
typealias QuestionContinuation = CheckedContinuation<Result<JSONObject, JSONRPCFailure>, Never>

/// A question of the service that waits for the client's answer; used on its loop only.
final class OpenQuestion {
    /// What ends the wait early: the time is up, or whoever asked no longer wants to know.
    var giveUp: (_ reason: String) -> Void = { _ in }

    private let loop: EventLoop
    private var continuation: QuestionContinuation?
    private var timer: EventLoop.Timer?
    private(set) var isOver = false

    init(on loop: EventLoop) {
        self.loop = loop
    }

    /// Begins to wait; `false` if it is over already.
    func begin(_ continuation: QuestionContinuation, within time: Duration) -> Bool {
        guard !isOver else {
            continuation.resume(returning: .failure(Self.cancelled))
            return false
        }
        self.continuation = continuation
        timer = loop.schedule(after: time) { [weak self] in
            guard let self, !isOver else { return }
            giveUp("no answer in time")
            finish(.failure(JSONRPCFailure(.internalError, "the client did not answer within \(time)")))
        }
        return true
    }

    func finish(_ result: Result<JSONObject, JSONRPCFailure>) {
        guard !isOver else { return }
        isOver = true
        if let timer { loop.cancel(timer) }
        timer = nil
        giveUp = { _ in }
        continuation?.resume(returning: result)
        continuation = nil
    }

    /// Whoever asked no longer wants to know.
    func cancel() {
        guard !isOver else { return }
        giveUp("the answer is no longer needed")
        finish(.failure(Self.cancelled))
    }

    static let cancelled = JSONRPCFailure(.internalError, "the question was cancelled")

    /// Asks, and waits for the answer.
    ///
    /// - Parameters:
    ///   - loop: Where the question lives.
    ///   - time: How long to wait.
    ///   - ask: Asks; called on the loop. What it throws is the answer.
    /// - Returns: The client's answer.
    /// - Throws: `JSONRPCFailure`: what the client answered, or why it did not.
    static func wait(
        on loop: EventLoop,
        within time: Duration,
        _ ask: @escaping @Sendable (OpenQuestion) throws(JSONRPCFailure) -> Void
    ) async throws(JSONRPCFailure) -> JSONObject {
        let question = LoopBound(OpenQuestion(on: loop), loop)
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: QuestionContinuation) in
                loop.perform {
                    guard question.value.begin(continuation, within: time) else { return }
                    do throws(JSONRPCFailure) {
                        try ask(question.value)
                    } catch {
                        question.value.finish(.failure(error))
                    }
                }
            }
        } onCancel: {
            loop.execute { question.value.cancel() }
        }
        return try result.get()
    }
}
