internal import CLinux
import Glibc
import TransportKit

/// Keeps all processors from going to sleep while it lives, by a process for each that runs only where nothing else wants to.
///
/// A virtual processor that sleeps takes 20 to 50 µs to come back, more than most of what is measured here; one that has work does not
/// sleep. Processes and not threads, so that no measured process is charged for them.
final class Wakefulness {
    /// The argument that makes the benchmarks' own program such a process.
    static let argument = "--stay-awake"

    private var processes: [pid_t] = []

    init(_ program: String) throws {
        for _ in 0..<max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) {
            var words = unsafe [strdup(program), strdup(Self.argument), nil]
            defer { unsafe words.forEach { unsafe free($0) } }
            var process: pid_t = 0
            let code = unsafe posix_spawn(&process, program, nil, nil, &words, environ)
            guard code == 0 else { throw TransportError(.other, "\(program) did not start: error \(code)") }
            processes.append(process)
        }
    }

    deinit {
        for process in processes {
            kill(process, SIGKILL)
            waitpid(process, nil, 0)
        }
    }

    /// Turns until the program that started it is gone.
    static func stayAwake() {
        let parent = getppid()
        var parameters = sched_param()
        // Without that it would take time from what is measured.
        guard unsafe sched_setscheduler(0, Int32(PLEX_SCHED_IDLE), &parameters) == 0 else { return }
        while getppid() == parent {
            for _ in 0..<100_000 { plex_relax() }
        }
    }
}
