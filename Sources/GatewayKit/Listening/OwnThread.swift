internal import TransportKit

/// Runs what may block, such as asking a name server, on a thread made for it.
enum OwnThread {
    static func run<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            let work: @Sendable () -> Void = { continuation.resume(returning: body()) }
            guard let thread = SystemThread.start("plex-blocking", work) else {
                // No thread is to be had: then this one blocks for the moment.
                return work()
            }
            thread.detach()
        }
    }
}
