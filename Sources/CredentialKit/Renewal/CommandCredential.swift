public import TransportKit

/// A credential that a program prints, as the command lines of clouds print access tokens.
///
/// The program is run when a credential is asked for and the last one is older than its lifetime, or was refused by a server;
/// callers that come meanwhile wait for the same run. No shell is involved.
///
/// ```swift
/// let source = CommandCredential(["gcloud", "auth", "print-access-token"], lifetime: .seconds(1800), environment: environment)
/// ```
public actor CommandCredential: CredentialSource {
    private struct Held: Sendable {
        var secret: Secret
        var printed: Duration
    }

    private typealias Run = Task<Result<Held, CredentialError>, Never>

    private static let maximumOutput = 65_536

    /// The program's name, for messages; its arguments may say more than others should read.
    public nonisolated let program: String

    private let command: SubprocessCommand
    private let lifetime: Duration?
    private let timeLimit: Duration
    private let now: @Sendable () -> Duration
    private var held: Held?
    private var run: (number: Int, task: Run)?
    private var runs = 0

    /// Makes a source; nothing is run yet.
    ///
    /// - Parameters:
    ///   - arguments: The program, by a path or by a name that is looked for in `PATH`, and its arguments.
    ///   - lifetime: How long a credential is given out; `nil` for as long as no server refuses it.
    ///   - timeLimit: How long the program may take.
    ///   - environment: The program's environment.
    public init(
        _ arguments: [String],
        lifetime: Duration? = nil,
        timeLimit: Duration = .seconds(30),
        environment: [String: String]
    ) {
        self.init(
            arguments,
            lifetime: lifetime,
            timeLimit: timeLimit,
            environment: environment,
            clock: ContinuousClock()
        )
    }

    package init(
        _ arguments: [String],
        lifetime: Duration?,
        timeLimit: Duration,
        environment: [String: String],
        clock: some Clock<Duration>
    ) {
        program = arguments.first?.split(separator: "/").last.map(String.init) ?? ""
        command = SubprocessCommand(
            arguments.first ?? "",
            Array(arguments.dropFirst()),
            environment: environment
        )
        self.lifetime = lifetime
        self.timeLimit = timeLimit
        let start = clock.now
        now = { start.duration(to: clock.now) }
    }

    deinit {
        run?.task.cancel()
    }

    /// The credential as it is valid now; the program is run first, if the last one is too old.
    ///
    /// - Returns: The credential.
    /// - Throws: `CredentialError` of code `refused` if the program fails, `configuration` if it is not there, and
    ///   `invalidSecret` if what it prints is no credential.
    public func credential() async throws(CredentialError) -> Secret {
        if let held, isFresh(held) { return held.secret }
        let run = run ?? begin()
        let result = await run.task.value
        if self.run?.number == run.number {
            self.run = nil
            held = try result.get()
        }
        return try result.get().secret
    }

    /// Makes the next caller run the program again.
    ///
    /// - Parameter credential: What a server refused.
    public func discard(_ credential: Secret) async {
        if held?.secret == credential { held = nil }
    }

    private func isFresh(_ held: Held) -> Bool {
        guard let lifetime else { return true }
        return now() - held.printed < lifetime
    }

    private func begin() -> (number: Int, task: Run) {
        runs += 1
        // Owned by the source, which cancels it when it goes; a caller that leaves takes nothing from the others.
        let begun = (
            number: runs,
            task: Run { [command, timeLimit, now, program] in
                let time = now()
                do throws(CredentialError) {
                    let secret = try await Self.secret(of: command, program, timeLimit)
                    return .success(Held(secret: secret, printed: time))
                } catch {
                    return .failure(error)
                }
            }
        )
        run = begun
        return begun
    }

    private static func secret(
        of command: SubprocessCommand,
        _ program: String,
        _ timeLimit: Duration
    ) async throws(CredentialError) -> Secret {
        let output: Subprocess.Output
        do {
            output = try await Subprocess.run(command, maximumOutput: maximumOutput, timeLimit: timeLimit)
        } catch {
            let code: CredentialError.Code =
                switch error.code {
                case .notFound, .launch: .configuration
                case .timeout: .unavailable
                case .tooLarge: .invalidSecret
                case .cancelled: .cancelled
                }
            throw CredentialError(code, "no credential of the command: \(error.message)")
        }
        guard output.exit == .status(0) else {
            // What it says may hold a credential.
            throw CredentialError(
                .refused,
                "the command \"\(program)\", which is to print a credential, \(output.exit); run it by hand to see why"
            )
        }
        do {
            return try Secret(validating: output.output)
        } catch {
            throw CredentialError(
                .invalidSecret,
                "what the command \"\(program)\" prints is no credential: \(error)"
            )
        }
    }
}
