internal import Glibc
internal import TransportKit

/// The program's standard input and output, taken over for messages.
///
/// They are opened anew or copied, so that nothing else that holds them becomes non-blocking. What the program itself still writes to standard
/// output goes to standard error from then on, and there is nothing to read on its standard input.
struct StandardStreams {
    var input: Int32
    var output: Int32

    /// Takes them over.
    ///
    /// - Throws: `MCPError` with code `connection`, if one of them is closed.
    static func takeOver() throws(MCPError) -> StandardStreams {
        let input = try copy(0, O_RDONLY, "input")
        do throws(MCPError) {
            let output = try copy(1, O_WRONLY, "output")
            dup2(2, 1)
            let nothing = unsafe open("/dev/null", O_RDONLY | O_CLOEXEC)
            if nothing >= 0 {
                dup2(nothing, 0)
                close(nothing)
            }
            return StandardStreams(input: input, output: output)
        } catch {
            close(input)
            throw error
        }
    }

    private static func copy(_ descriptor: Int32, _ mode: Int32, _ name: String) throws(MCPError) -> Int32 {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else {
            throw MCPError(.connection, "standard \(name) is closed; start the program with pipes to its client")
        }
        // A file would be opened at its beginning, and never makes anybody wait.
        if status.st_mode & S_IFMT == S_IFIFO || status.st_mode & S_IFMT == S_IFCHR {
            let path = "/proc/self/fd/\(descriptor)"
            let opened = unsafe open(path, mode | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
            if opened >= 0 { return opened }
        }
        let copied = fcntl(descriptor, F_DUPFD_CLOEXEC, 3)
        guard copied >= 0 else {
            throw MCPError(.connection, "standard \(name) cannot be used: error \(errno)")
        }
        if status.st_mode & S_IFMT != S_IFREG { _ = fcntl(copied, F_SETFL, fcntl(copied, F_GETFL) | O_NONBLOCK) }
        return copied
    }
}
