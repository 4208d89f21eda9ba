/// A value that belongs to one loop: any thread may carry it, only the loop's may look inside.
// Proof for `@unchecked`: every access to `stored` checks first that it is made on the loop's thread.
package struct LoopBound<Value>: @unchecked Sendable {
    package let loop: EventLoop
    private let stored: Value

    package init(_ value: Value, _ loop: EventLoop) {
        self.loop = loop
        stored = value
    }

    /// The value; traps off the loop.
    package var value: Value {
        loop.checkIsolated()
        return stored
    }
}
