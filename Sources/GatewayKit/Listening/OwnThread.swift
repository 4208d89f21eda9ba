internal import CLinux

/// Runs what may block, such as asking a name server, on a thread made for it.
enum OwnThread {
    static func run<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            let work = Work { continuation.resume(returning: body()) }
            var thread = pthread_t()
            let context = unsafe Unmanaged.passRetained(work).toOpaque()
            guard unsafe pthread_create(&thread, nil, ownThreadMain, context) == 0 else {
                // No thread is to be had: then this one blocks for the moment.
                return unsafe Unmanaged<Work>.fromOpaque(context).takeRetainedValue().body()
            }
            pthread_detach(thread)
        }
    }

    fileprivate final class Work: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
}

private func ownThreadMain(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    if let context = unsafe context { unsafe Unmanaged<OwnThread.Work>.fromOpaque(context).takeRetainedValue().body() }
    return nil
}
