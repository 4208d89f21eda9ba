internal import CLinux
internal import Glibc

/// An epoll instance with an event descriptor that ends its wait.
// `@safe`: the buffer lives as long as the object and is reached by `wait` and the subscript only.
@safe final class Poller {
    private let epoll: Int32
    private let wakeUp: Int32
    private let events: UnsafeMutableBufferPointer<epoll_event>

    init() {
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        wakeUp = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        unsafe events = .allocate(capacity: 128)
        unsafe events.initialize(repeating: epoll_event())
        // Without these no loop can work; a process that is out of descriptors this early cannot serve.
        precondition(epoll >= 0 && wakeUp >= 0, "the system refused the descriptors of an event loop: error \(errno)")
        // Edge-triggered, so that a wake-up needs no read.
        control(EPOLL_CTL_ADD, wakeUp, EPOLLIN.rawValue | EPOLLET.rawValue, token: WatchTable.noToken)
    }

    deinit {
        close(epoll)
        close(wakeUp)
        unsafe events.deallocate()
    }

    /// Ends the current or the next wait; the one call that any thread may make.
    func wake() {
        var one: UInt64 = 1
        unsafe write(wakeUp, &one, 8)
    }

    /// Waits, and returns how many events came.
    func wait(timeout: Int32) -> Int {
        max(0, Int(unsafe epoll_wait(epoll, events.baseAddress, Int32(events.count), timeout)))
    }

    subscript(_ index: Int) -> (token: UInt64, events: EventLoop.Events) {
        let event = unsafe events[index]
        return unsafe (event.data.u64, EventLoop.Events(rawValue: event.events))
    }

    /// Returns the error number, zero for success.
    @discardableResult
    func control(_ operation: Int32, _ descriptor: Int32, _ mask: UInt32, token: UInt64) -> Int32 {
        var event = unsafe epoll_event()
        unsafe event.events = mask
        unsafe event.data.u64 = token
        return unsafe epoll_ctl(epoll, operation, descriptor, &event) == 0 ? 0 : errno
    }
}
