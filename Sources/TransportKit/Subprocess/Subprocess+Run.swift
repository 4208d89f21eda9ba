extension Subprocess {
    /// What a program that has run to its end leaves behind.
    package struct Output: Sendable, Hashable {
        /// How it ended.
        package var exit: ProcessExit
        /// What it wrote to standard output.
        package var output: [UInt8]
        /// What it wrote to standard error.
        package var errorOutput: [UInt8]
    }

    /// Runs a program to its end.
    ///
    /// It is killed, with its whole group, when it takes too long, writes too much, or the calling task is cancelled.
    ///
    /// - Parameters:
    ///   - command: The program.
    ///   - input: What it finds on its standard input.
    ///   - maximumOutput: How many bytes it may write to standard output, and to standard error.
    ///   - timeLimit: How long it may take.
    ///   - loop: Where it is watched; one of the shared group unless given.
    /// - Returns: How it ended and what it wrote.
    /// - Throws: `SubprocessError`; that it ended with a status other than 0 is none.
    package static func run(
        _ command: SubprocessCommand,
        input: [UInt8] = [],
        maximumOutput: Int = 1024 * 1024,
        timeLimit: Duration = .seconds(30),
        on loop: EventLoop? = nil
    ) async throws(SubprocessError) -> Output {
        let loop = loop ?? EventLoopGroup.shared.next()
        let collector = LoopBound(Collector(loop, command.shownProgram, maximumOutput), loop)
        let handlers = Handlers(
            output: { collector.value.append($0, to: \.output) },
            errorOutput: { collector.value.append($0, to: \.errorOutput) },
            ended: { collector.value.ended($0) }
        )
        let process = try await launch(command, on: loop, handlers: handlers)
        return try await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                loop.perform { collector.value.begin(process.value, input, timeLimit, continuation) }
            }
        } onCancel: {
            loop.execute { collector.value.fail(SubprocessError(.cancelled, "the run was cancelled")) }
        }.get()
    }

    private final class Collector {
        var output: [UInt8] = []
        var errorOutput: [UInt8] = []

        private let loop: EventLoop
        private let name: String
        private let limit: Int
        private var process: Subprocess?
        private var failure: SubprocessError?
        private var exit: ProcessExit?
        private var timer: EventLoop.Timer?
        private var continuation: CheckedContinuation<Result<Output, SubprocessError>, Never>?

        init(_ loop: EventLoop, _ name: String, _ limit: Int) {
            self.loop = loop
            self.name = name
            self.limit = limit
        }

        func begin(
            _ process: Subprocess,
            _ input: [UInt8],
            _ timeLimit: Duration,
            _ continuation: CheckedContinuation<Result<Output, SubprocessError>, Never>
        ) {
            self.continuation = continuation
            if let exit { return finish(exit) }
            self.process = process
            if failure != nil { return process.kill() }
            timer = loop.schedule(after: timeLimit) { [unowned self] in
                timer = nil
                fail(SubprocessError(.timeout, "\(name) did not end within \(timeLimit)"))
            }
            process.write { $0.append(contentsOf: input) }
            process.closeInputWhenWritten()
        }

        func append(_ bytes: Span<UInt8>, to stream: ReferenceWritableKeyPath<Collector, [UInt8]>) {
            guard failure == nil else { return }
            guard self[keyPath: stream].count + bytes.count <= limit else {
                return fail(SubprocessError(.tooLarge, "\(name) wrote more than \(limit) bytes"))
            }
            unsafe bytes.withUnsafeBufferPointer { unsafe self[keyPath: stream].append(contentsOf: $0) }
        }

        func fail(_ error: SubprocessError) {
            guard exit == nil, failure == nil else { return }
            failure = error
            process?.kill()
        }

        func ended(_ exit: ProcessExit) {
            self.exit = exit
            finish(exit)
        }

        private func finish(_ exit: ProcessExit) {
            guard let continuation else { return }
            self.continuation = nil
            process = nil
            if let timer { loop.cancel(timer) }
            timer = nil
            if let failure { return continuation.resume(returning: .failure(failure)) }
            let output = Output(exit: exit, output: output, errorOutput: errorOutput)
            continuation.resume(returning: .success(output))
        }
    }
}
