import Glibc
import TransportKit

/// The program: runs the command line and ends with its exit code.
@main
enum Plexctl {
    static func main() {
        openMissingStreams()
        // A reader of standard output that goes away is told by EPIPE.
        signal(SIGPIPE, SIG_IGN)
        let environment = ProcessEnvironment.variables
        let console = Console(
            output: OutputChannel(descriptor: STDOUT_FILENO, environment: environment),
            errors: OutputChannel(descriptor: STDERR_FILENO, environment: environment)
        )
        let interruption = Interruption()
        // Who has sent standard error elsewhere does not wait for questions.
        let canAsk = console.errors.isTerminal && TerminalQuestion.isPossible
        let context = Context(
            console: console,
            environment: environment,
            input: .ofProcess,
            askSecret: { prompt throws(Failure) in
                // A terminal that hides what is typed must not be left so.
                interruption.beginCancellable()
                return try HiddenPrompt.ask(prompt)
            },
            ask: canAsk ? TerminalQuestion.ask : nil,
            beginCancellable: { interruption.beginCancellable() },
            messages: { interruption.messages() }
        )
        // This thread owns the task: it waits for it below, cancels it on a signal, and dies with it.
        // It must not run on the main actor, whose thread this is.
        let run = Task { @concurrent in
            let exitCode = await Run(context: context).exitCode(of: ProcessEnvironment.arguments)
            // What should have ended by now is not left behind.
            LiveProcesses.endAll()
            // Nothing is buffered, and exit handlers would race with the threads of the libraries.
            _exit((interruption.exitCode ?? exitCode).rawValue)
        }
        interruption.wait(cancelling: run)
    }

    /// Fills the places of standard streams that the parent process has closed.
    ///
    /// Else the next descriptor that is opened, perhaps a connection, would take the place and get what is meant for the
    /// stream. Standard input is then empty; writing standard output fails, as it would without this.
    private static func openMissingStreams() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
            // The lowest free number is given, which is the missing one.
            _ = unsafe open("/dev/null", descriptor == STDERR_FILENO ? O_WRONLY : O_RDONLY)
        }
    }
}
