#if DEBUG
    internal import Glibc
#else
    public import Synchronization
#endif

// Both forms are public, although they are there for this package only: what is `package` is not specialized in another
// module (Swift 6.3), and the way through a lock of any type costs ten times the lock.

#if DEBUG
    // `@safe`: both pointers are made here, freed in `deinit`, and never leave.
    // `@unchecked Sendable`: the value is reached between locking and unlocking only, and enters and leaves by `sending`.
    /// A value behind a lock, for short critical sections.
    ///
    /// In a debug build it is a lock of POSIX threads instead of the standard library's `Mutex`, whose slow path lives in a
    /// library that the thread sanitizer cannot see into: every contended use of that one is reported as a race.
    @safe public struct Locked<Value: ~Copyable>: ~Copyable, @unchecked Sendable {
        private let mutex: UnsafeMutablePointer<pthread_mutex_t>
        private let value: UnsafeMutablePointer<Value>

        /// Puts a value behind a lock.
        public init(_ value: consuming sending Value) {
            unsafe mutex = .allocate(capacity: 1)
            unsafe mutex.initialize(to: pthread_mutex_t())
            unsafe pthread_mutex_init(mutex, nil)
            unsafe self.value = .allocate(capacity: 1)
            unsafe self.value.initialize(to: value)
        }

        deinit {
            unsafe pthread_mutex_destroy(mutex)
            unsafe mutex.deallocate()
            unsafe value.deinitialize(count: 1)
            unsafe value.deallocate()
        }

        /// Calls a closure with the value while nobody else has it.
        ///
        /// - Parameter body: What needs the value.
        /// - Returns: What the closure returns.
        /// - Throws: What the closure throws.
        public borrowing func withLock<Result: ~Copyable, Failure: Error>(
            _ body: (inout sending Value) throws(Failure) -> sending Result
        ) throws(Failure) -> sending Result {
            unsafe pthread_mutex_lock(mutex)
            defer { unsafe pthread_mutex_unlock(mutex) }
            return try unsafe body(&value.pointee)
        }
    }
#else
    /// A value behind a lock, for short critical sections.
    public struct Locked<Value: ~Copyable>: ~Copyable, Sendable {
        @usableFromInline let mutex: Mutex<Value>

        /// Puts a value behind a lock.
        @inlinable
        public init(_ value: consuming sending Value) {
            mutex = Mutex(value)
        }

        /// Calls a closure with the value while nobody else has it.
        ///
        /// - Parameter body: What needs the value.
        /// - Returns: What the closure returns.
        /// - Throws: What the closure throws.
        @inlinable
        public borrowing func withLock<Result: ~Copyable, Failure: Error>(
            _ body: (inout sending Value) throws(Failure) -> sending Result
        ) throws(Failure) -> sending Result {
            try mutex.withLock(body)
        }
    }
#endif
