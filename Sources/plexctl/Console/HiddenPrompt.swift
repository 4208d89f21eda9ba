import Glibc
import TransportKit

/// Asks a person for a secret on the terminal, whatever standard input and output are, without showing it.
enum HiddenPrompt {
    private static let maximumLength = 65_536

    /// Asks.
    ///
    /// - Parameter prompt: What to ask, ending with a space.
    /// - Returns: The line without its end.
    /// - Throws: `Failure`, if there is no terminal, nothing was typed, or it was interrupted; the terminal is as before then.
    static func ask(_ prompt: String) throws(Failure) -> Secret {
        let terminal = unsafe open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)
        guard terminal >= 0 else {
            throw Failure.noTerminal
        }
        defer { close(terminal) }
        var original = termios()
        guard unsafe tcgetattr(terminal, &original) == 0 else {
            throw Failure(.inputOutput, "the terminal cannot be asked for a secret: \(systemMessage(errno))")
        }
        var hidden = original
        hidden.c_lflag &= ~tcflag_t(ECHO | ECHOE | ECHOK | ECHONL)
        guard unsafe tcsetattr(terminal, TCSAFLUSH, &hidden) == 0 else {
            throw Failure(.inputOutput, "the terminal does not hide what is typed: \(systemMessage(errno))")
        }
        defer {
            unsafe tcsetattr(terminal, TCSAFLUSH, &original)
            // The line end that was typed was not shown.
            unsafe write(terminal, "\n", 1)
        }
        unsafe write(terminal, prompt, prompt.utf8.count)
        return try readLine(terminal)
    }

    private static func readLine(_ terminal: Int32) throws(Failure) -> Secret {
        var line: [UInt8] = []
        // Reserved at once, so that no smaller copy of the secret is left where the array grew.
        line.reserveCapacity(maximumLength)
        defer {
            for index in line.indices { line[index] = 0 }
        }
        try TerminalQuestion.readLine(from: terminal, into: &line, atMost: maximumLength)
        guard !line.isEmpty else { throw Failure(.badData, "nothing was typed") }
        return Secret(bytes: line)
    }
}
