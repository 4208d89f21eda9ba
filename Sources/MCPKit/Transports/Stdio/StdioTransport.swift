package import TransportKit

/// A server that runs as a child process: one message a line, on its standard input and output.
package final class StdioTransport: MessageTransport {
    /// The limits of the connection.
    package struct Limits: Sendable, Hashable {
        /// The largest message in bytes, either way.
        package var messageSize = 16 * 1024 * 1024
        /// How many bytes may wait for the server to read; beyond that, senders wait.
        package var backlog = 1024 * 1024
        /// How many bytes of standard error go to the log in a minute.
        package var errorOutput = 256 * 1024

        package init() {}
    }

    package let traits = TransportTraits(name: "stdio", cancelsByClosing: false, survivesDisconnect: false)

    private let command: SubprocessCommand
    private let limits: Limits
    private let logger: Logger
    private let connection = Locked<LoopBound<StdioConnection>?>(nil)

    /// Makes a transport.
    ///
    /// - Parameters:
    ///   - command: The server's program.
    ///   - limits: The limits of the connection.
    ///   - logger: Where the server's standard error goes.
    package init(_ command: SubprocessCommand, limits: Limits = Limits(), logger: Logger = .disabled) {
        self.command = command
        self.limits = limits
        self.logger = logger
    }

    package func open(
        on loop: EventLoop,
        deliver: @escaping @Sendable (TransportEvent) -> Void
    ) async throws(MCPError) {
        let bound = LoopBound(StdioConnection(loop, limits: limits, logger: logger, deliver: deliver), loop)
        let isFirst = connection.withLock { connection in
            guard connection == nil else { return false }
            connection = bound
            return true
        }
        guard isFirst else {
            throw MCPError(.connection, "a server's process is started once; make another transport for each session")
        }
        do {
            let process = try await Subprocess.launch(
                command,
                on: loop,
                handlers: Subprocess.Handlers(
                    output: { bound.value.received($0) },
                    errorOutput: { bound.value.receivedError($0) },
                    inputWritten: { bound.value.inputWritten() },
                    disconnected: { bound.value.disconnected() },
                    ended: { bound.value.ended($0) }
                )
            )
            await loop.run { bound.value.begin(process.value) }
        } catch {
            await loop.run { bound.value.launchFailed() }
            connection.withLock { $0 = nil }
            let hint = error.code == .notFound ? Self.hint(on: command.program) : ""
            throw MCPError(.launch, error.message + hint)
        }
    }

    /// Who writes a whole line where a program is expected means its arguments too.
    private static func hint(on program: String) -> String {
        guard program.contains(where: \.isWhitespace) else { return "" }
        return "; its arguments belong in args, as no shell reads the command"
    }

    package func sendNow(_ message: JSONRPCMessage, _ context: MessageContext) throws(MCPError) -> Bool {
        guard let connection = connection.withLock({ $0 }) else { throw StdioConnection.notOpen }
        return try connection.value.sendNow(message)
    }

    package func send(_ message: JSONRPCMessage, _ context: MessageContext) async throws(MCPError) {
        guard let connection = connection.withLock({ $0 }) else { throw StdioConnection.notOpen }
        while true {
            let outcome: Result<Bool, MCPError> = await connection.loop.run {
                do throws(MCPError) {
                    return .success(try connection.value.sendNow(message))
                } catch {
                    return .failure(error)
                }
            }
            if try outcome.get() { return }
            guard !Task.isCancelled else {
                throw MCPError(.cancelled, "the message was not sent: its task was cancelled")
            }
            await waitForRoom(connection)
        }
    }

    private func waitForRoom(_ connection: LoopBound<StdioConnection>) async {
        let waiter = LoopBound(RoomWaiter(), connection.loop)
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                connection.loop.perform { connection.value.wait(waiter.value, continuation) }
            }
        } onCancel: {
            connection.loop.execute { connection.value.stopWaiting(waiter.value) }
        }
    }

    package func abandon(_ request: JSONRPCID) {}

    package func close() async {
        guard let connection = connection.withLock({ $0 }) else { return }
        await withCheckedContinuation { continuation in
            connection.loop.perform { connection.value.close(continuation) }
        }
    }

    /// What the server last wrote to its standard error, for people.
    package func lastErrorOutput() async -> String {
        guard let connection = connection.withLock({ $0 }) else { return "" }
        return await connection.loop.run { connection.value.errorTail }
    }

    /// The number of the server's process.
    package func processID() async -> Int32? {
        guard let connection = connection.withLock({ $0 }) else { return nil }
        return await connection.loop.run { connection.value.processID }
    }
}

/// Who waits until the server has read; used on the loop only.
final class RoomWaiter {
    var isCancelled = false
}
