// Public although it is there for this package only: what is `package` is not specialized in another module (Swift 6.3).
// Proof for `@unchecked`: every access to `stored` checks first that it is made on the loop's thread.
/// A value that belongs to one loop: any thread may carry it, only the loop's may look inside.
public struct LoopBound<Value>: @unchecked Sendable {
    /// The loop.
    public let loop: EventLoop
    @usableFromInline let stored: Value

    /// Binds a value to a loop.
    @inlinable
    public init(_ value: Value, _ loop: EventLoop) {
        self.loop = loop
        stored = value
    }

    /// The value; traps off the loop.
    @inlinable
    public var value: Value {
        loop.checkIsolated()
        return stored
    }
}
