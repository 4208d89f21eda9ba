import Glibc

/// Asks a person on the terminal, whatever standard input and output are.
enum TerminalQuestion {
    private static let maximumLength = 256

    /// Whether there is a terminal.
    static var isPossible: Bool {
        let terminal = unsafe open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)
        guard terminal >= 0 else { return false }
        close(terminal)
        return true
    }

    /// Asks.
    ///
    /// - Parameter question: What to ask, ending with a space.
    /// - Returns: The line without its end; empty if nothing was typed.
    /// - Throws: `Failure`, if there is no terminal, or it was interrupted.
    static func ask(_ question: String) throws(Failure) -> String {
        let terminal = unsafe open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)
        guard terminal >= 0 else { throw Failure(.usage, "there is no terminal to ask at") }
        defer { close(terminal) }
        // What was typed before the question is no answer to it.
        tcflush(terminal, TCIFLUSH)
        unsafe write(terminal, question, question.utf8.count)
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while line.count < maximumLength {
            // In short waits, as an interruption cancels the task and does not reach this thread.
            var wait = pollfd(fd: terminal, events: Int16(POLLIN), revents: 0)
            let ready = unsafe poll(&wait, 1, 100)
            if Task.isCancelled { throw Failure(.interrupted, "") }
            if ready <= 0 { continue }
            let count = unsafe read(terminal, &byte, 1)
            if count < 0, errno == EINTR { continue }
            guard count == 1, byte != UInt8(ascii: "\n") else { break }
            line.append(byte)
        }
        return String(decoding: line, as: UTF8.self)
    }
}
