internal import CLinux
internal import Glibc

/// A program, and what it is started with.
package struct SubprocessCommand: Sendable, Hashable {
    /// The program: a path, or a name that is looked for in the `PATH` of ``environment``.
    package var program: String
    /// Its arguments, its name not among them; no shell reads them.
    package var arguments: [String]
    /// Its whole environment.
    package var environment: [String: String]
    /// The folder that it starts in; `nil` for this program's own.
    package var workingDirectory: String?
    /// What it may use.
    package var limits: ProcessLimits
    /// What stands around it, if anything does.
    package var sandbox: ProcessSandbox?

    package init(
        _ program: String,
        _ arguments: [String] = [],
        environment: [String: String],
        workingDirectory: String? = nil,
        limits: ProcessLimits = ProcessLimits(),
        sandbox: ProcessSandbox? = nil
    ) {
        self.program = program
        self.arguments = arguments
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.limits = limits
        self.sandbox = sandbox
    }

    /// The variables that a program is given of this program's own: what it needs to find its way, and no secret.
    ///
    /// A value that begins with `()` is a shell's function and is left out.
    package static var inheritedEnvironment: [String: String] {
        var environment: [String: String] = [:]
        for name in ["HOME", "LANG", "LC_ALL", "LOGNAME", "PATH", "SHELL", "TERM", "TMPDIR", "TZ", "USER"] {
            guard let pointer = unsafe getenv(name) else { continue }
            let value = unsafe String(cString: pointer)
            if !value.hasPrefix("()") { environment[name] = value }
        }
        return environment
    }
}

extension SubprocessCommand {
    /// What the system is asked to run: the program with what stands around it.
    struct Invocation: Hashable {
        var path: String
        var arguments: [String]
    }

    /// Finds the program, and puts its limits and its sandbox around it.
    ///
    /// Limits are set by `prlimit` of util-linux, which then becomes the program: posix_spawn knows none, and set from here on a
    /// process that runs already they would come too late for what it does first.
    func resolved() throws(SubprocessError) -> Invocation {
        let texts =
            [program] + arguments + environment.keys + environment.values + (workingDirectory.map { [$0] } ?? [])
        guard !texts.contains(where: { $0.utf8.contains(0) }), !environment.keys.contains(where: { $0.contains("=") })
        else {
            throw SubprocessError(
                .launch,
                "\(shownProgram) cannot be started: an argument or a variable has a zero byte in it"
            )
        }
        if let workingDirectory, !Self.isFolder(workingDirectory) {
            throw SubprocessError(.notFound, "the working folder \(workingDirectory) of \(shownProgram) is not there")
        }
        var invocation = Invocation(path: try findProgram(), arguments: arguments)
        if let sandbox {
            let path = try Self.helper("bwrap", of: "bubblewrap", for: "a sandbox")
            invocation.arguments =
                sandbox.arguments(workingDirectory: workingDirectory) + [invocation.path] + invocation.arguments
            invocation.path = path
        }
        if !limits.options.isEmpty {
            let path = try Self.helper("prlimit", of: "util-linux", for: "limits")
            invocation.arguments = limits.options + ["--", invocation.path] + invocation.arguments
            invocation.path = path
        }
        return invocation
    }

    /// The program's name for messages.
    var shownProgram: String { "\"\(program.split(separator: "/").last.map(String.init) ?? program)\"" }

    private func findProgram() throws(SubprocessError) -> String {
        guard !program.isEmpty else {
            throw SubprocessError(.launch, "there is no program to start: its name is empty")
        }
        if program.contains("/") {
            // A relative path counts from the folder that it starts in, where the system will look too.
            let path = program.hasPrefix("/") ? program : (workingDirectory.map { "\($0)/\(program)" } ?? program)
            guard Self.isProgram(path) else {
                throw SubprocessError(.notFound, "\(program) is not there, or is no program that may be run")
            }
            return program
        }
        let folders = environment["PATH"] ?? Self.usualPath
        // Relative entries are skipped, so that what runs does not depend on the folder it starts in.
        for folder in folders.split(separator: ":") where folder.hasPrefix("/") {
            let path = "\(folder)/\(program)"
            if Self.isProgram(path) { return path }
        }
        throw SubprocessError(
            .notFound,
            "no program \"\(program)\" in PATH (\(folders)); install it, or give its full path"
        )
    }

    private static let usualPath = "/usr/local/bin:/usr/bin:/bin"

    private static func helper(
        _ name: String,
        of package: String,
        for purpose: String
    ) throws(SubprocessError) -> String {
        for folder in usualPath.split(separator: ":") where isProgram("\(folder)/\(name)") {
            return "\(folder)/\(name)"
        }
        throw SubprocessError(.launch, "\(purpose) for a program needs \(name), which is not there; install \(package)")
    }

    private static func isProgram(_ path: String) -> Bool {
        guard let mode = mode(of: path), mode & S_IFMT == S_IFREG else { return false }
        return unsafe access(path, X_OK) == 0
    }

    private static func isFolder(_ path: String) -> Bool {
        mode(of: path).map { $0 & S_IFMT == S_IFDIR } ?? false
    }

    private static func mode(of path: String) -> mode_t? {
        var information = stat()
        return unsafe stat(path, &information) == 0 ? information.st_mode : nil
    }
}
