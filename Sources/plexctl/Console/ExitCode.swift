/// How a run ended, in the numbers of `sysexits.h` and of shells.
struct ExitCode: RawRepresentable, Sendable, Hashable {
    /// The number that the shell sees.
    let rawValue: Int32

    /// All went well.
    static let success = ExitCode(rawValue: 0)
    /// Something failed that has no number of its own.
    static let failure = ExitCode(rawValue: 1)
    /// The command line is wrong.
    static let usage = ExitCode(rawValue: 64)
    /// What was given to read is wrong.
    static let badData = ExitCode(rawValue: 65)
    /// A file is missing or cannot be read.
    static let noInput = ExitCode(rawValue: 66)
    /// No provider could answer.
    static let unavailable = ExitCode(rawValue: 69)
    /// A mistake in the program.
    static let bug = ExitCode(rawValue: 70)
    /// Reading or writing failed.
    static let inputOutput = ExitCode(rawValue: 74)
    /// It may work later.
    static let tryLater = ExitCode(rawValue: 75)
    /// What the provider sent cannot be understood, or is not whole.
    static let wrongProtocol = ExitCode(rawValue: 76)
    /// The key is missing, wrong, or may not do this.
    static let authentication = ExitCode(rawValue: 77)
    /// The configuration is wrong.
    static let configuration = ExitCode(rawValue: 78)
    /// Ended by SIGHUP.
    static let hungUp = ExitCode(rawValue: 129)
    /// Ended by SIGINT.
    static let interrupted = ExitCode(rawValue: 130)
    /// The reader of standard output has gone (SIGPIPE).
    static let brokenPipe = ExitCode(rawValue: 141)
    /// Ended by SIGTERM.
    static let terminated = ExitCode(rawValue: 143)

    /// Every code that the program ends with, and what it means.
    static let all: [(code: ExitCode, meaning: String)] = [
        (.success, "Success."),
        (.failure, "Failure without a code of its own."),
        (.usage, "The command line is wrong."),
        (.badData, "The input is wrong: not UTF-8, not an image, not JSON, or refused by the provider."),
        (.noInput, "An input file is missing or cannot be read."),
        (.unavailable, "No provider answered, there is no such model, or an address to listen at is in use."),
        (.bug, "A mistake in the program."),
        (.inputOutput, "Reading or writing failed, or an address cannot be listened at."),
        (.tryLater, "Try later: a rate limit, a quota or a timeout."),
        (.wrongProtocol, "The provider's answer could not be understood, or was cut short."),
        (.authentication, "The key is missing, wrong, or may not do this."),
        (.configuration, "The configuration is wrong, or there is none."),
        (.hungUp, "Ended by SIGHUP."),
        (.interrupted, "Interrupted by the user."),
        (.brokenPipe, "The reader of standard output went away."),
        (.terminated, "Ended by SIGTERM."),
    ]
}
