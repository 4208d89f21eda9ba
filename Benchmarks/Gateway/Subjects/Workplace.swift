internal import CLinux
import FoundationEssentials
import Glibc
import ProviderTesting
import TransportKit

/// Where the handler of signals writes.
// Safe: written once, before there is a handler.
nonisolated(unsafe) private var signalPipe: Int32 = -1

/// A directory for files of this run, and the programs started in it: none outlives the run, however it ends.
final class Workplace: Sendable {
    private struct State {
        var processes: Set<Int32> = []
        var names = 0
    }

    let path: String
    private let state = Locked(State())
    private let group = EventLoopGroup(count: 1)
    private let endings: Int32

    /// Makes the directory, and takes care of SIGINT and SIGTERM from here on.
    init() throws {
        var template = Array("/tmp/plex-bench-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else {
            throw TransportError(.other, "cannot make a directory in /tmp: error \(errno)")
        }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        // Streams by the thousand need descriptors, here and in the programs started.
        var limit = rlimit()
        unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = limit.rlim_max
        unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)

        endings = try Self.catchSignals()
        let (endings, loop) = (endings, group.loops[0])
        loop.execute { [self] in
            try? loop.watch(endings, for: [.readable]) { [self] _ in
                clear(exitCode: 130)
            }
        }
    }

    /// Makes SIGINT and SIGTERM readable from a pipe, unless they were ignored.
    ///
    /// They cannot be blocked instead: the thread that runs the main queue takes all signals while it waits.
    private static func catchSignals() throws -> Int32 {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe2(&ends, O_CLOEXEC) == 0 else {
            throw TransportError(.other, "cannot make a pipe: error \(errno)")
        }
        unsafe signalPipe = ends[1]
        for number in [SIGINT, SIGTERM] {
            let previous = signal(number) { _ in
                var byte: UInt8 = 0
                _ = unsafe Glibc.write(signalPipe, &byte, 1)
            }
            if unsafe unsafeBitCast(previous, to: Int.self) == 1 { signal(number, previous) }
        }
        return ends[0]
    }

    /// Ends what still runs and removes the directory, and then ends this program if told to.
    func clear(exitCode: Int32? = nil) {
        // Under the lock: what fails because its server was killed clears up too, and must not end the process midway.
        state.withLock { state in
            for process in state.processes { kill(-process, SIGKILL) }
            state.processes = []
            try? FileManager.default.removeItem(atPath: path)
            if let exitCode { _exit(exitCode) }
        }
    }

    /// A path in the directory that nothing has yet.
    func newPath(_ suffix: String) -> String {
        let number = state.withLock { state in
            state.names += 1
            return state.names
        }
        return "\(path)/\(number)\(suffix)"
    }

    func write(_ text: String, _ suffix: String) throws -> String {
        let path = newPath(suffix)
        try Data(text.utf8).write(to: URL(filePath: path))
        return path
    }

    /// Starts a program that ends with this run at the latest.
    func start(_ program: String, _ arguments: [String]) async throws -> ChildProcess {
        let child = try await ChildProcess(program, arguments)
        state.withLock { _ = $0.processes.insert(child.processID) }
        return child
    }

    /// Ends a program, with force if it takes longer than it may.
    func stop(_ child: ChildProcess) async throws {
        child.signal(SIGTERM)
        let force = Task {
            try await Task.sleep(for: .seconds(10))
            child.signal(SIGKILL)
        }
        _ = try await child.outcome()
        force.cancel()
        state.withLock { _ = $0.processes.remove(child.processID) }
    }

    /// Runs a program to its end and returns what it printed.
    func run(_ program: String, _ arguments: [String]) async throws -> String {
        let child = try await start(program, arguments)
        let outcome = try await child.outcome()
        state.withLock { _ = $0.processes.remove(child.processID) }
        guard outcome.status == 0 else {
            throw TransportError(.other, "\(program) failed with \(outcome.status): \(outcome.errorOutput.suffix(500))")
        }
        return outcome.output
    }

    /// Finds a program in `PATH` and where system programs are.
    static func find(_ name: String) -> String? {
        if name.contains("/") { return name }
        let path = unsafe getenv("PATH").map { unsafe String(cString: $0) } ?? ""
        let directories = path.split(separator: ":").map(String.init) + ["/usr/local/sbin", "/usr/sbin", "/sbin"]
        return directories.map { "\($0)/\(name)" }
            .first { unsafe access($0, X_OK) == 0 }
    }
}
