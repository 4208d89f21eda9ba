internal import CLinux

/// The thread of a loop, and the way from a thread to its loop.
struct LoopThread: Sendable {
    private let thread: SystemThread

    /// Starts a thread that runs the loop.
    static func start(_ loop: EventLoop) -> LoopThread {
        guard let thread = SystemThread.start("plex-loop-\(loop.index)", { run(loop) }) else {
            // Without a thread no work could ever run again, and no caller can do anything about it.
            preconditionFailure("the system refused a thread for an event loop")
        }
        return LoopThread(thread: thread)
    }

    /// Waits until the thread has gone.
    func join() { thread.join() }

    /// Lets the thread go without anybody waiting for it.
    func detach() { thread.detach() }

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

    private static func run(_ loop: EventLoop) {
        unsafe pthread_setspecific(key, Unmanaged.passUnretained(loop).toOpaque())
        loop.turnUntilStopped()
        pthread_setspecific(key, nil)
    }
}
