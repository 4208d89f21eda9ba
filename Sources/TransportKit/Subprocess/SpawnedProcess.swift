internal import CLinux
internal import Glibc

/// A process that has just been started, and this side's ends of its pipes.
struct SpawnedProcess: Sendable {
    let processID: Int32
    /// Becomes readable when the process ends.
    let processDescriptor: Int32
    let input: Int32
    let output: Int32
    let errorOutput: Int32

    /// Starts a program; blocks for the moment that this takes.
    ///
    /// The program gets three pipes, a session and so a process group of its own, no other descriptor, no blocked and no ignored
    /// signal, and the environment as given.
    static func start(_ command: SubprocessCommand) throws(SubprocessError) -> SpawnedProcess {
        let invocation = try command.resolved()
        var pipes = Pipes()
        do throws(SubprocessError) {
            try pipes.open(for: command)
            let processID = try LiveProcesses.start { () throws(SubprocessError) in
                try pipes.spawn(invocation, command)
            }
            let processDescriptor = pidfd_open(processID, 0)
            guard processDescriptor >= 0 else {
                let number = errno
                LiveProcesses.end(processID)
                waitpid(processID, nil, 0)
                throw SubprocessError(.launch, "\(command.shownProgram) cannot be watched: error \(number)")
            }
            pipes.closeChildEnds()
            return SpawnedProcess(
                processID: processID,
                processDescriptor: processDescriptor,
                input: pipes.input.write,
                output: pipes.output.read,
                errorOutput: pipes.errorOutput.read
            )
        } catch {
            pipes.closeAll()
            throw error
        }
    }
}

private struct Pipes {
    struct Pipe {
        var read: Int32 = -1
        var write: Int32 = -1
    }

    var input = Pipe()
    var output = Pipe()
    var errorOutput = Pipe()

    mutating func open(for command: SubprocessCommand) throws(SubprocessError) {
        guard Self.open(&input), Self.open(&output), Self.open(&errorOutput) else {
            throw SubprocessError(.launch, "no pipes for \(command.shownProgram): error \(errno)")
        }
        for descriptor in [input.write, output.read, errorOutput.read] {
            _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        }
    }

    private static func open(_ pipe: inout Pipe) -> Bool {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe2(&ends, O_CLOEXEC) == 0 else { return false }
        pipe = Pipe(read: aboveStandard(ends[0]), write: aboveStandard(ends[1]))
        return pipe.read >= 0 && pipe.write >= 0
    }

    /// A descriptor that is no standard stream's number, or its own move to the child's streams would overwrite another's; this
    /// program's own may have been closed.
    private static func aboveStandard(_ descriptor: Int32) -> Int32 {
        guard descriptor < 3 else { return descriptor }
        let moved = fcntl(descriptor, F_DUPFD_CLOEXEC, 3)
        close(descriptor)
        return moved
    }

    func spawn(_ invocation: SubprocessCommand.Invocation, _ command: SubprocessCommand) throws(SubprocessError)
        -> pid_t
    {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        for (descriptor, target) in [(input.read, Int32(0)), (output.write, 1), (errorOutput.write, 2)] {
            unsafe posix_spawn_file_actions_adddup2(&actions, descriptor, target)
        }
        // What else is open without close-on-exec would live on in the child.
        unsafe posix_spawn_file_actions_addclosefrom_np(&actions, 3)
        if let folder = command.workingDirectory { unsafe posix_spawn_file_actions_addchdir_np(&actions, folder) }

        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        // Threads here block signals, and the program may ignore some: a child that inherited that could not be ended.
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        var all = sigset_t()
        unsafe sigfillset(&all)
        unsafe posix_spawnattr_setsigdefault(&attributes, &all)
        let flags = Int32(POSIX_SPAWN_SETSIGMASK) | Int32(POSIX_SPAWN_SETSIGDEF) | Int32(PLEX_SPAWN_SETSID)
        unsafe posix_spawnattr_setflags(&attributes, Int16(flags))

        var arguments = unsafe ([invocation.path] + invocation.arguments).map { unsafe strdup($0) } + [nil]
        var environment = unsafe command.environment.map { unsafe strdup("\($0.key)=\($0.value)") } + [nil]
        defer { unsafe (arguments + environment).forEach { unsafe free($0) } }
        var processID: pid_t = 0
        let code = unsafe posix_spawn(&processID, invocation.path, &actions, &attributes, &arguments, &environment)
        guard code == 0 else {
            let reason = unsafe String(cString: strerror(code))
            throw SubprocessError(.launch, "\(command.shownProgram) cannot be started: \(reason)")
        }
        return processID
    }

    mutating func closeChildEnds() {
        for descriptor in [input.read, output.write, errorOutput.write] where descriptor >= 0 { close(descriptor) }
        input.read = -1
        output.write = -1
        errorOutput.write = -1
    }

    mutating func closeAll() {
        closeChildEnds()
        for descriptor in [input.write, output.read, errorOutput.read] where descriptor >= 0 { close(descriptor) }
    }
}
