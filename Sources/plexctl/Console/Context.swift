import TransportKit

/// What a command may touch of the world outside.
struct Context: Sendable {
    /// Where it prints.
    var console: Console
    /// The variables of the environment.
    var environment: [String: String]
    /// What is given to read.
    var input: StandardInput
    /// Asks a person for a secret, without showing it.
    var askSecret: @Sendable (_ prompt: String) throws(Failure) -> Secret = { _ throws(Failure) in
        throw Failure.noTerminal
    }
    /// Asks a person for a line; `nil` where there is no terminal.
    var ask: (@Sendable (_ question: String) throws(Failure) -> String)?
    /// Called when from now on an interruption should cancel the task, so that it can end in order, instead of the process.
    var beginCancellable: @Sendable () -> Void = {}
    /// Called by a command that runs until it is told to end: from now on signals are messages to it.
    var messages: @Sendable () -> AsyncStream<Interruption.Message> = { AsyncStream { _ in } }
}
