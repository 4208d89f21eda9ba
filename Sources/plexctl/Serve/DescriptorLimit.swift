import Glibc

/// How many files the process may have open.
enum DescriptorLimit {
    /// Raises the limit to what the system lets this process have: each connection takes one.
    static func raise() {
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard unsafe getrlimit(resource, &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
        limit.rlim_cur = limit.rlim_max
        // Where that is refused the limit stays as it is, which the gateway counts with.
        _ = unsafe setrlimit(resource, &limit)
    }
}
