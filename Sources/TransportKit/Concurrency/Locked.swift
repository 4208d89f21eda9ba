internal import Glibc

/// A value behind a lock, for short critical sections.
///
/// It stands in for the standard library's `Mutex`, whose slow path lives in a library that the thread sanitizer cannot see
/// into: every contended use of that one is reported as a race.
// `@safe`: both pointers are made here, freed in `deinit`, and never leave.
// `@unchecked Sendable`: the value is reached between locking and unlocking only, and enters and leaves by `sending`.
@safe package struct Locked<Value: ~Copyable>: ~Copyable, @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    @usableFromInline package let value: UnsafeMutablePointer<Value>

    /// Puts a value behind a lock.
    package init(_ value: consuming sending Value) {
        // Both in one piece of memory: every request makes some of these.
        let alignment = unsafe max(MemoryLayout<pthread_mutex_t>.alignment, MemoryLayout<Value>.alignment)
        let place = unsafe (MemoryLayout<pthread_mutex_t>.size + alignment - 1) / alignment * alignment
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: place + MemoryLayout<Value>.size,
            alignment: alignment
        )
        unsafe mutex = unsafe memory.bindMemory(to: pthread_mutex_t.self, capacity: 1)
        unsafe mutex.initialize(to: pthread_mutex_t())
        unsafe pthread_mutex_init(mutex, nil)
        unsafe self.value = (memory + place).bindMemory(to: Value.self, capacity: 1)
        unsafe self.value.initialize(to: value)
    }

    deinit {
        unsafe pthread_mutex_destroy(mutex)
        unsafe value.deinitialize(count: 1)
        unsafe UnsafeMutableRawPointer(mutex).deallocate()
    }

    /// Calls a closure with the value while nobody else has it.
    ///
    /// Inlinable: the way through it for any type costs more than the lock.
    @inlinable
    package borrowing func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        lock()
        defer { unlock() }
        return try unsafe body(&value.pointee)
    }

    @usableFromInline
    package borrowing func lock() {
        unsafe pthread_mutex_lock(mutex)
    }

    @usableFromInline
    package borrowing func unlock() {
        unsafe pthread_mutex_unlock(mutex)
    }
}
