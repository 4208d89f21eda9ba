/// What a child process sees of the machine when bubblewrap (`bwrap`) stands around it.
///
/// The program's own files are there to read (`/usr` and what belongs to it, `/etc`), with a `/tmp`, `/dev` and `/proc` of its own.
/// Everything else is there only if it is named here.
public struct ProcessSandbox: Sendable, Hashable {
    /// Whether it may use the network; without it there is a loopback interface of its own and nothing else.
    public var allowsNetwork: Bool
    /// Files and folders that it may read.
    public var readablePaths: [String]
    /// Files and folders that it may read and change.
    public var writablePaths: [String]

    /// Makes a sandbox.
    public init(allowsNetwork: Bool = false, readablePaths: [String] = [], writablePaths: [String] = []) {
        self.allowsNetwork = allowsNetwork
        self.readablePaths = readablePaths
        self.writablePaths = writablePaths
    }

    /// The sandbox as arguments of `bwrap`, up to the program's own.
    func arguments(workingDirectory: String?) -> [String] {
        var arguments = ["--die-with-parent", "--unshare-user-try", "--unshare-ipc", "--unshare-pid", "--unshare-uts"]
        if !allowsNetwork { arguments.append("--unshare-net") }
        arguments += ["--ro-bind", "/usr", "/usr"]
        for folder in ["/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc", "/opt"] {
            arguments += ["--ro-bind-try", folder, folder]
        }
        arguments += ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"]
        for path in readablePaths { arguments += ["--ro-bind", path, path] }
        for path in writablePaths { arguments += ["--bind", path, path] }
        if let workingDirectory { arguments += ["--chdir", workingDirectory] }
        arguments.append("--")
        return arguments
    }
}
