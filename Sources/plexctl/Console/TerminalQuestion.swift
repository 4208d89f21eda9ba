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
        try readLine(from: terminal, into: &line, atMost: maximumLength)
        return String(decoding: line, as: UTF8.self)
    }

    /// Reads what is typed up to the end of the line, which is left away.
    ///
    /// - Parameters:
    ///   - terminal: The terminal's descriptor.
    ///   - line: Where it is added.
    ///   - limit: How many bytes there may be; what is beyond is not read.
    /// - Throws: `Failure`, if it was interrupted.
    static func readLine(from terminal: Int32, into line: inout [UInt8], atMost limit: Int) throws(Failure) {
        var byte: UInt8 = 0
        while line.count < limit {
            // In short waits, as an interruption cancels the task and does not reach this thread.
            var wait = pollfd(fd: terminal, events: Int16(POLLIN), revents: 0)
            let ready = unsafe poll(&wait, 1, 100)
            if Task.isCancelled { throw Failure(.interrupted, "") }
            if ready <= 0 { continue }
            let count = unsafe read(terminal, &byte, 1)
            if count < 0, errno == EINTR { continue }
            guard count == 1, byte != UInt8(ascii: "\n") else { return }
            line.append(byte)
        }
    }
}
