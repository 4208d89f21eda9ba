internal import CLinux
internal import Glibc

/// What the system's limit on open files leaves for connections.
enum DescriptorLimit {
    /// Half of what there is, for an answer needs a connection to a provider too.
    static var connections: Int {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 256 }
        return max(16, min(4096, (Int(clamping: limit.rlim_cur) - 64) / 2))
    }
}
