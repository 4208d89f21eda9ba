internal import CLinux
internal import Synchronization

/// A value behind a lock, for short critical sections.
///
/// It is the standard library's `Mutex`, made visible to the thread sanitizer: the slow path of that lock lives in a
/// library that is not instrumented, so every contended use would be reported as a race.
package struct Locked<Value: ~Copyable>: ~Copyable, Sendable {
    private let mutex: Mutex<Value>

    /// Puts a value behind a lock.
    package init(_ value: consuming sending Value) {
        mutex = Mutex(value)
    }

    /// Calls a closure with the value while nobody else has it.
    package borrowing func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        try mutex.withLock { value throws(Failure) in
            unsafe withUnsafeMutablePointer(to: &value) { unsafe plex_tsan_acquire($0) }
            defer { unsafe withUnsafeMutablePointer(to: &value) { unsafe plex_tsan_release($0) } }
            return try body(&value)
        }
    }
}
