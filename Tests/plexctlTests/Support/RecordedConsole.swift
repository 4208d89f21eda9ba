import TransportKit

@testable import plexctl

/// A console that keeps what is printed.
final class RecordedConsole: Sendable {
    private let written = Locked<(output: [String], errors: String)>(([], ""))
    /// The console to print to.
    var console: Console {
        Console(
            output: OutputChannel(isTerminal: isTerminal, usesColor: false) { bytes in
                self.written.withLock { $0.output.append(String(decoding: bytes, as: UTF8.self)) }
            },
            errors: OutputChannel(isTerminal: isTerminal, usesColor: usesColor) { bytes in
                self.written.withLock { $0.errors += String(decoding: bytes, as: UTF8.self) }
            }
        )
    }

    private let isTerminal: Bool
    private let usesColor: Bool

    init(isTerminal: Bool = false, usesColor: Bool = false) {
        self.isTerminal = isTerminal
        self.usesColor = usesColor
    }

    /// Each write to standard output.
    var writes: [String] { written.withLock { $0.output } }
    /// All of standard output.
    var output: String { writes.joined() }
    /// All of standard error.
    var errors: String { written.withLock { $0.errors } }
}
