internal import CLinux
internal import Glibc

/// What the kernel says about this process.
struct ProcessFigures: Sendable {
    /// Seconds of processor time, all threads together.
    var cpuSeconds = 0.0
    /// Memory that is in RAM, shared pages included.
    var residentBytes = 0
    /// Address space.
    var virtualBytes = 0
    /// Descriptors in use, if it can be told.
    var openDescriptors: Int?
    /// The most descriptors that may be in use.
    var maximumDescriptors = 0
    /// When the process started, in seconds since 1970.
    var startTime = 0.0

    /// The figures now.
    ///
    /// It reads files of the kernel's own, which never wait for a disk.
    static var current: ProcessFigures {
        var figures = ProcessFigures()
        figures.cpuSeconds = seconds(of: CLOCK_PROCESS_CPUTIME_ID)
        if let text = read("/proc/self/statm") {
            let pages = text.split(separator: " ").compactMap { Int($0) }
            if pages.count > 1 {
                figures.virtualBytes = pages[0] * pageSize
                figures.residentBytes = pages[1] * pageSize
            }
        }
        figures.openDescriptors = openDescriptorCount()
        var limit = rlimit()
        if unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            figures.maximumDescriptors = Int(clamping: limit.rlim_cur)
        }
        figures.startTime = processStart
        return figures
    }

    private static let pageSize = sysconf(Int32(_SC_PAGESIZE))

    // The kernel counts from boot; the wall clock is looked at once, so that a later change of it does not move the start.
    private static let processStart: Double = {
        let now = seconds(of: CLOCK_REALTIME)
        // The name, in parentheses, may hold spaces; the start is the 20th field behind it.
        guard let text = read("/proc/self/stat"), let end = text.lastIndex(of: ")") else { return now }
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 19, let ticks = Double(fields[19]) else { return now }
        let uptime = seconds(of: CLOCK_BOOTTIME)
        return now - uptime + ticks / Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
    }()

    private static func seconds(of clock: clockid_t) -> Double {
        var time = timespec()
        unsafe clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    private static func read(_ path: String) -> String? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 1024)
        let count = unsafe Glibc.read(descriptor, &buffer, buffer.count)
        guard count > 0 else { return nil }
        return String(decoding: buffer[..<count], as: UTF8.self)
    }

    private static func openDescriptorCount() -> Int? {
        // Since Linux 6.2 the folder's size is the number of descriptors; before, it is 0 and they have to be counted.
        var status = stat()
        if unsafe stat("/proc/self/fd", &status) == 0, status.st_size > 0 { return Int(status.st_size) }
        guard let folder = unsafe opendir("/proc/self/fd") else { return nil }
        defer { unsafe closedir(folder) }
        var count = 0
        while unsafe readdir(folder) != nil { count += 1 }
        // Not `.`, `..` and the one that reads.
        return max(0, count - 3)
    }
}

extension MetricsText {
    /// Writes what the kernel says about the process.
    mutating func append(_ process: ProcessFigures) {
        single(
            "process_cpu_seconds_total",
            .counter,
            "Total user and system CPU time spent in seconds.",
            Self.text(of: process.cpuSeconds)
        )
        single(
            "process_resident_memory_bytes",
            .gauge,
            "Resident memory size in bytes.",
            String(process.residentBytes)
        )
        single("process_virtual_memory_bytes", .gauge, "Virtual memory size in bytes.", String(process.virtualBytes))
        if let count = process.openDescriptors {
            single("process_open_fds", .gauge, "Number of open file descriptors.", String(count))
        }
        single(
            "process_max_fds",
            .gauge,
            "Maximum number of open file descriptors.",
            String(process.maximumDescriptors)
        )
        single(
            "process_start_time_seconds",
            .gauge,
            "Start time of the process since unix epoch in seconds.",
            Self.text(of: process.startTime)
        )
    }
}
