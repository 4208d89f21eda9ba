internal import CLinux
internal import Glibc
internal import TransportKit

/// The three pipes between a test and a program that it runs.
struct ChildPipes {
    struct Pipe {
        var read: Int32
        var write: Int32
    }

    let input: Pipe
    let output: Pipe
    let errorOutput: Pipe

    init() throws(TransportError) {
        input = try Self.makePipe()
        output = try Self.makePipe()
        errorOutput = try Self.makePipe()
        for descriptor in [output.read, errorOutput.read] {
            _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        }
    }

    private static func makePipe() throws(TransportError) -> Pipe {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe2(&ends, O_CLOEXEC) == 0 else {
            throw TransportError(.other, "cannot make a pipe: error \(errno)")
        }
        return Pipe(read: ends[0], write: ends[1])
    }

    /// Starts a program with the pipes' other ends as its standard streams, in a process group of its own.
    func spawn(_ path: String, _ arguments: [String]) throws(TransportError) -> pid_t {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        for (descriptor, target) in [(input.read, Int32(0)), (output.write, 1), (errorOutput.write, 2)] {
            unsafe posix_spawn_file_actions_adddup2(&actions, descriptor, target)
        }
        // Whatever else is open without close-on-exec would else live on in the child, and its peers would see no end.
        unsafe posix_spawn_file_actions_addclosefrom_np(&actions, 3)
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        // Worker threads block signals, and a suite that runs in the background ignores some: a child that inherited
        // either could not be interrupted.
        var noSignals = sigset_t()
        unsafe sigemptyset(&noSignals)
        unsafe posix_spawnattr_setsigmask(&attributes, &noSignals)
        var allSignals = sigset_t()
        unsafe sigfillset(&allSignals)
        unsafe posix_spawnattr_setsigdefault(&attributes, &allSignals)
        let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
        unsafe posix_spawnattr_setflags(&attributes, Int16(flags))
        unsafe posix_spawnattr_setpgroup(&attributes, 0)

        var pointers = unsafe ([path] + arguments).map { unsafe strdup($0) } + [nil]
        defer { unsafe pointers.forEach { unsafe free($0) } }

        var processID: pid_t = 0
        let code = unsafe posix_spawn(&processID, path, &actions, &attributes, &pointers, environ)
        guard code == 0 else { throw TransportError(.other, "cannot start \(path): error \(code)") }
        return processID
    }

    func closeChildEnds() {
        for descriptor in [input.read, output.write, errorOutput.write] { close(descriptor) }
    }

    func closeAll() {
        closeChildEnds()
        for descriptor in [input.write, output.read, errorOutput.read] { close(descriptor) }
    }
}
