internal import TransportKit

extension EventLoop {
    /// Waits for a time on the loop's clock.
    ///
    /// - Parameter delay: How long.
    /// - Returns: Whether the time passed; if not, the calling task was cancelled.
    func pause(for delay: Duration) async -> Bool {
        let pause = LoopBound(Pause(), self)
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                perform { pause.value.begin(delay, on: pause.loop, continuation) }
            }
        } onCancel: {
            perform { pause.value.end(hasPassed: false, on: pause.loop) }
        }
    }
}

/// One wait; it is used on its loop only.
private final class Pause {
    private var continuation: CheckedContinuation<Bool, Never>?
    private var timer: EventLoop.Timer?
    private var isOver = false

    func begin(_ delay: Duration, on loop: EventLoop, _ continuation: CheckedContinuation<Bool, Never>) {
        guard !isOver else { return continuation.resume(returning: false) }
        self.continuation = continuation
        timer = loop.schedule(after: delay) { [self] in end(hasPassed: true, on: loop) }
    }

    func end(hasPassed: Bool, on loop: EventLoop) {
        guard !isOver else { return }
        isOver = true
        if let timer { loop.cancel(timer) }
        timer = nil
        continuation?.resume(returning: hasPassed)
        continuation = nil
    }
}
