internal import CLinux

/// The thread of a loop, and the way from a thread to its loop.
struct LoopThread: Sendable {
    private let handle: pthread_t

    /// Starts a thread that runs the loop, with every signal but faults blocked: signals belong to the program's own
    /// threads, and a TLS library that writes to a closed socket must not end the process.
    static func start(_ loop: EventLoop) -> LoopThread? {
        var all = sigset_t()
        var previous = sigset_t()
        unsafe sigfillset(&all)
        for fault in [SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGPROF] {
            unsafe sigdelset(&all, fault)
        }
        unsafe pthread_sigmask(SIG_SETMASK, &all, &previous)
        defer { unsafe pthread_sigmask(SIG_SETMASK, &previous, nil) }

        var handle = pthread_t()
        let context = unsafe Unmanaged.passRetained(loop).toOpaque()
        let code = unsafe pthread_create(&handle, nil, loopThreadMain, context)
        // Without a thread no work could ever run again, and no caller can do anything about it.
        precondition(code == 0, "the system refused a thread for an event loop: error \(code)")
        return LoopThread(handle: handle)
    }

    /// Waits until the thread has gone.
    func join() {
        pthread_join(handle, nil)
    }

    /// Lets the thread go without anybody waiting for it.
    func detach() {
        pthread_detach(handle)
    }

    // MARK: From thread to loop

    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        unsafe pthread_key_create(&key, nil)
        return key
    }()

    static var current: EventLoop? {
        guard let pointer = unsafe pthread_getspecific(key) else { return nil }
        return unsafe Unmanaged<EventLoop>.fromOpaque(pointer).takeUnretainedValue()
    }

    static func isCurrent(_ loop: EventLoop) -> Bool {
        unsafe pthread_getspecific(key) == UnsafeMutableRawPointer(Unmanaged.passUnretained(loop).toOpaque())
    }

    fileprivate static func main(_ loop: EventLoop) {
        unsafe pthread_setname_np(pthread_self(), "plex-loop-\(loop.index)")
        unsafe pthread_setspecific(key, Unmanaged.passUnretained(loop).toOpaque())
        loop.turnUntilStopped()
        pthread_setspecific(key, nil)
    }
}

private func loopThreadMain(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    if let context = unsafe context {
        LoopThread.main(unsafe Unmanaged<EventLoop>.fromOpaque(context).takeRetainedValue())
    }
    return nil
}
