internal import CLinux
internal import Glibc

/// Descriptors that connections leave to everything else in the process.
///
/// A process without any dies: the thread that watches over libdispatch's workers opens a file of `/proc` once a second, and
/// ends the process if it cannot (`_dispatch_workq_monitor_pools`). The kernel gives the lowest free number, so a number near
/// the limit says that nearly all are used.
package enum DescriptorReserve {
    /// Who opens a connection.
    package enum Use: Sendable {
        /// A caller's, which waits in the kernel's queue meanwhile.
        case caller
        /// One that a caller who is already there waits for; it may go half as deep into the reserve.
        case provider
    }

    /// Whether a descriptor of this number leaves enough.
    ///
    /// - Parameters:
    ///   - descriptor: The number.
    ///   - use: Who wants it.
    /// - Returns: Whether it may be used.
    package static func allows(_ descriptor: Int32, for use: Use) -> Bool {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return true }
        return allows(descriptor, for: use, limit: Int(clamping: limit.rlim_cur))
    }

    static func allows(_ descriptor: Int32, for use: Use, limit: Int) -> Bool {
        let reserve = min(32, limit / 4)
        return Int(descriptor) < limit - (use == .caller ? reserve : reserve / 2)
    }

    /// Whether another connection of a caller could be had now.
    ///
    /// - Parameter descriptor: Any open descriptor, which is copied to see what number the kernel gives.
    /// - Returns: Whether there is one.
    package static func hasRoom(copying descriptor: Int32) -> Bool {
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { return false }
        close(copy)
        return allows(copy, for: .caller)
    }
}
