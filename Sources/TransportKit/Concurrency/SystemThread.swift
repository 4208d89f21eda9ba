internal import CLinux

/// A thread of the system's, for what blocks and for loops.
package struct SystemThread: Sendable {
    private let handle: pthread_t

    /// Starts a thread, with every signal but faults blocked: signals belong to the program's own threads, and a TLS library
    /// that writes to a closed socket must not end the process.
    ///
    /// - Parameters:
    ///   - name: What tools call it; at most 15 bytes.
    ///   - body: What it runs.
    /// - Returns: The thread, to be joined or detached; `nil` if the system has none.
    package static func start(_ name: String, _ body: @escaping @Sendable () -> Void) -> SystemThread? {
        var all = sigset_t()
        var previous = sigset_t()
        unsafe sigfillset(&all)
        for fault in [SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGPROF] {
            unsafe sigdelset(&all, fault)
        }
        unsafe pthread_sigmask(SIG_SETMASK, &all, &previous)
        defer { unsafe pthread_sigmask(SIG_SETMASK, &previous, nil) }

        var handle = pthread_t()
        let work = unsafe Unmanaged.passRetained(Work(name, body))
        guard unsafe pthread_create(&handle, nil, threadMain, work.toOpaque()) == 0 else {
            unsafe work.release()
            return nil
        }
        return SystemThread(handle: handle)
    }

    /// Waits until the thread has gone.
    package func join() {
        pthread_join(handle, nil)
    }

    /// Lets the thread go without anybody waiting for it.
    package func detach() {
        pthread_detach(handle)
    }

    fileprivate final class Work: Sendable {
        let name: String
        let body: @Sendable () -> Void

        init(_ name: String, _ body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }
}

private func threadMain(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    if let context = unsafe context {
        let work = unsafe Unmanaged<SystemThread.Work>.fromOpaque(context).takeRetainedValue()
        unsafe pthread_setname_np(pthread_self(), work.name)
        work.body()
    }
    return nil
}
