import Glibc

/// One of the two ways out of the program.
struct OutputChannel: Sendable {
    /// Whether a person reads it on a terminal.
    let isTerminal: Bool
    /// Whether colours may be used.
    let usesColor: Bool
    private let sink: @Sendable ([UInt8]) throws(Failure) -> Void

    /// Makes a channel that hands its bytes to a closure.
    init(isTerminal: Bool, usesColor: Bool, sink: @escaping @Sendable ([UInt8]) throws(Failure) -> Void) {
        self.isTerminal = isTerminal
        self.usesColor = usesColor
        self.sink = sink
    }

    /// Makes a channel to a descriptor of this process.
    ///
    /// - Parameters:
    ///   - descriptor: The descriptor.
    ///   - environment: Looked at for `NO_COLOR`, `CLICOLOR_FORCE` and `TERM`.
    init(descriptor: Int32, environment: [String: String]) {
        let isTerminal = isatty(descriptor) == 1
        self.init(
            isTerminal: isTerminal,
            usesColor: Self.usesColor(isTerminal: isTerminal, environment: environment)
        ) { bytes throws(Failure) in
            try writeAll(bytes, to: descriptor)
        }
    }

    /// Whether colours are wanted: never with `NO_COLOR`, always with `CLICOLOR_FORCE`, else on a terminal that has them.
    static func usesColor(isTerminal: Bool, environment: [String: String]) -> Bool {
        if environment["NO_COLOR", default: ""] != "" { return false }
        if !["", "0"].contains(environment["CLICOLOR_FORCE", default: ""]) { return true }
        return isTerminal && environment["TERM"] != "dumb"
    }

    /// Writes a text in one piece, unbuffered.
    ///
    /// - Throws: `Failure`, silent if the reader has gone.
    func write(_ text: String) throws(Failure) {
        guard !text.isEmpty else { return }
        try sink(Array(text.utf8))
    }
}

private func writeAll(_ bytes: [UInt8], to descriptor: Int32) throws(Failure) {
    var rest = bytes[...]
    while !rest.isEmpty {
        let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
        if count >= 0 {
            rest = rest.dropFirst(count)
            continue
        }
        switch errno {
        case EINTR:
            continue
        case EAGAIN:
            // Whoever shares the descriptor made it non-blocking.
            var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            _ = unsafe poll(&wait, 1, -1)
        case EPIPE:
            throw .brokenPipe
        default:
            throw Failure(.inputOutput, "cannot write the output: \(systemMessage(errno))")
        }
    }
}

/// The system's words for an error number.
func systemMessage(_ number: Int32) -> String {
    unsafe String(cString: strerror(number))
}
