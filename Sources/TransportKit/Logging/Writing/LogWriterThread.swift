internal import CLinux

/// The thread of a log writer.
enum LogWriterThread {
    /// Starts a thread that nobody joins, with every signal but faults blocked.
    ///
    /// - Returns: Whether the system gave one.
    static func start(_ core: LogWriterCore) -> Bool {
        var all = sigset_t()
        var previous = sigset_t()
        unsafe sigfillset(&all)
        for fault in [SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGPROF] {
            unsafe sigdelset(&all, fault)
        }
        unsafe pthread_sigmask(SIG_SETMASK, &all, &previous)
        defer { unsafe pthread_sigmask(SIG_SETMASK, &previous, nil) }

        var handle = pthread_t()
        let context = unsafe Unmanaged.passRetained(core)
        guard unsafe pthread_create(&handle, nil, logWriterMain, context.toOpaque()) == 0 else {
            unsafe context.release()
            return false
        }
        pthread_detach(handle)
        return true
    }
}

private func logWriterMain(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    if let context = unsafe context {
        unsafe pthread_setname_np(pthread_self(), "plex-log")
        unsafe Unmanaged<LogWriterCore>.fromOpaque(context).takeRetainedValue().run()
    }
    return nil
}
