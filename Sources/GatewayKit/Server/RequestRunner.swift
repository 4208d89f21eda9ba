internal import TransportKit

/// A task that answers one request after another, on one loop.
///
/// Most of a task's cost is that it is made and that its functions are found memory: with one for each request that was a
/// tenth of all that the gateway does for a request.
// `@safe`: the continuation is taken out to be resumed.
@safe final class RequestRunner {
    private let loop: EventLoop
    /// Whose request is to be answered next.
    private var connection: ServerConnection?
    private var waiter: UnsafeContinuation<Void, Never>?
    /// Held until it ends: by itself when it was cancelled or is one too many, else by `end`.
    private var task: Task<Void, Never>?

    init(_ loop: EventLoop) {
        self.loop = loop
    }

    /// Answers the request of a connection.
    ///
    /// - Returns: The task, to be cancelled by whoever does not want the answer any more; it then answers no other.
    func run(_ connection: ServerConnection) -> Task<Void, Never> {
        self.connection = connection
        unsafe waiter.take()?.resume()
        if let task { return task }
        let bound = LoopBound(self, loop)
        let task = Task(executorPreference: loop) { await bound.value.work() }
        self.task = task
        return task
    }

    /// Ends the task, which waits.
    func end() {
        unsafe waiter.take()?.resume()
    }

    private func work() async {
        while await answerNext() { await rest() }
        task = nil
    }

    // What a request held is let go of before the next one is waited for.
    @inline(__always)
    private func answerNext() async -> Bool {
        guard let connection = connection.take() else { return false }
        await connection.answer()
        return !Task.isCancelled && connection.server.keep(self)
    }

    @inline(__always)
    private func rest() async {
        await unsafe withUnsafeContinuation { unsafe waiter = $0 }
    }
}
