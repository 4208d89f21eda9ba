import MCPKit
import ProviderKit

/// Why a command ended without doing what it was asked to.
struct Failure: Error, Sendable {
    /// The number that the run ends with.
    var exitCode: ExitCode
    /// What failed, why, and what to do next; empty where nothing should be said.
    var message: String
    /// The library's error, where it is one.
    var error: PlexError?

    /// Whether a secret could not be asked for: what else there is to do only the command knows.
    var isWithoutTerminal = false
    /// Whether the command itself has told it already.
    var isReported = false
    /// The command whose help page is all there is to say.
    var helpPath: CommandPath?

    /// Makes a failure of the command itself.
    init(_ exitCode: ExitCode, _ message: String) {
        self.exitCode = exitCode
        self.message = message
    }

    /// Makes a failure from the library's error.
    init(_ error: PlexError) {
        var error = error
        exitCode = ExitCode(for: error.code)
        if error.underlyingError is MissingKey, let provider = error.provider {
            error.message += ", or store one with plexctl auth set \(provider)"
        }
        // To name a model is the command line's part, or that of the variable beside it.
        if error.code == .invalidRequest, error.underlyingError is NoModelNamed { exitCode = .usage }
        message = error.description + Self.errorOutput(of: error)
        self.error = error
    }

    /// What a server's program wrote before it ended, a few lines; here is its log.
    private static func errorOutput(of error: PlexError) -> String {
        guard let output = (error.underlyingError as? MCPError)?.errorOutput else { return "" }
        let lines = output.split(whereSeparator: \.isNewline).suffix(5)
        return lines.map { "\n  | \(TerminalText.line(String($0)))" }.joined()
    }

    /// Makes a failure of a command line that gives a command nothing to do.
    init(showing path: CommandPath) {
        self.init(.usage, "")
        helpPath = path
    }

    /// There is nobody to ask for a secret.
    static let noTerminal = {
        var failure = Failure(.usage, "there is no terminal to ask for the secret")
        failure.isWithoutTerminal = true
        return failure
    }()

    /// The reader of standard output went away, which is its right.
    static let brokenPipe = Failure(.brokenPipe, "")
}

extension ExitCode {
    /// The exit code for an error of the library.
    init(for code: PlexError.Code) {
        self =
            switch code {
            case .authentication, .permission: .authentication
            case .configuration: .configuration
            case .network, .upstream, .overloaded, .notFound, .unsupported: .unavailable
            case .rateLimited, .quotaExhausted: .tryLater
            case .malformedResponse, .streamCut: .wrongProtocol
            case .invalidRequest, .contextLengthExceeded, .contentFiltered: .badData
            case .cancelled: .interrupted
            case .internal: .bug
            case _ where code.timeoutPhase != nil: .tryLater
            default: .failure
            }
    }

    /// How bad an ending is beside others: a mistake that the user can mend counts more than one that passes.
    var severity: Int {
        let order: [ExitCode] = [
            .success, .tryLater, .unavailable, .failure, .wrongProtocol, .badData, .authentication, .configuration,
            .bug,
        ]
        return order.firstIndex(of: self) ?? order.count
    }
}

/// Calls the library and turns its error into a failure of the command.
func asking<Value>(_ call: () async throws(PlexError) -> Value) async throws(Failure) -> Value {
    do {
        return try await call()
    } catch {
        throw Failure(error)
    }
}
