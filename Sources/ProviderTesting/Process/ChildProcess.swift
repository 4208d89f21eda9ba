internal import CLinux
internal import Glibc
package import TransportKit

/// A program that a test runs beside itself.
///
/// It has a process group of its own, which is killed when the object is released. Its input is open until `closeInput`.
package final class ChildProcess: Sendable {
    /// What a program that has ended leaves behind.
    package struct Outcome: Sendable, Hashable {
        /// The exit status, or 128 plus the number of the signal that ended it.
        package var status: Int32
        /// What it wrote to standard output.
        package var output: String
        /// What it wrote to standard error.
        package var errorOutput: String

        package init(status: Int32, output: String, errorOutput: String) {
            self.status = status
            self.output = output
            self.errorOutput = errorOutput
        }
    }

    private struct State: Sendable {
        var output: [UInt8] = []
        var errorOutput: [UInt8] = []
        var openPipes: Set<Int32> = []
        var status: Int32?

        var outcome: Outcome? {
            guard openPipes.isEmpty, let status else { return nil }
            return Outcome(
                status: status,
                output: String(decoding: output, as: UTF8.self),
                errorOutput: String(decoding: errorOutput, as: UTF8.self)
            )
        }
    }

    /// The process's number, also that of its group.
    package let processID: Int32

    private let processDescriptor: Int32
    private let state = Observed(State())
    private let input: Observed<Int32?>
    private let group = EventLoopGroup(count: 1)

    /// A program of the package, which stands beside the tests' own file.
    ///
    /// - Parameter name: Its name.
    /// - Returns: Its path.
    package static func path(ofProgram name: String) -> String {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = unsafe buffer.withUnsafeMutableBytes { buffer in
            unsafe buffer.bindMemory(to: CChar.self).baseAddress.map { unsafe readlink("/proc/self/exe", $0, 4096) }
        }
        let own = String(decoding: buffer[..<max(0, count ?? 0)], as: UTF8.self)
        return own.split(separator: "/").dropLast().map { "/\($0)" }.joined() + "/\(name)"
    }

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - path: The program's file.
    ///   - arguments: Its arguments, its name not among them.
    ///   - environment: Its environment; `nil` for this process's own.
    /// - Throws: `TransportError`, if it cannot be started.
    package init(
        _ path: String,
        _ arguments: [String],
        environment: [String: String]? = nil
    ) async throws(TransportError) {
        let pipes = try ChildPipes()
        do {
            if var environment {
                // A build that counts what is covered says in it where to. Nothing else of ours is handed on.
                if let profile = unsafe getenv("LLVM_PROFILE_FILE").map({ unsafe String(cString: $0) }) {
                    environment["LLVM_PROFILE_FILE"] = profile
                }
                let variables = environment.map { "\($0.key)=\($0.value)" }
                processID = try pipes.spawn("/usr/bin/env", ["-i"] + variables + [path] + arguments)
            } else {
                processID = try pipes.spawn(path, arguments)
            }
        } catch {
            pipes.closeAll()
            throw error
        }
        pipes.closeChildEnds()
        input = Observed(pipes.input.write)
        processDescriptor = pidfd_open(processID, 0)
        let (processID, processDescriptor) = (processID, processDescriptor)
        let (state, loop) = (state, group.loops[0])
        let (output, errorOutput) = (pipes.output.read, pipes.errorOutput.read)
        state.update { $0.openPipes = [output, errorOutput] }
        await loop.run {
            Self.follow(output, on: loop, state) { $0.output += $1 }
            Self.follow(errorOutput, on: loop, state) { $0.errorOutput += $1 }
            Self.followEnd(of: processID, processDescriptor, on: loop, state)
        }
    }

    deinit {
        closeInput()
        let (processID, processDescriptor) = (processID, processDescriptor)
        let (state, loop) = (state, group.loops[0])
        // The loop is this child's own: it may wait for the moment that a killed process takes to end.
        loop.execute {
            for descriptor in state.current.openPipes {
                loop.unwatch(descriptor)
                close(descriptor)
            }
            if state.current.status == nil {
                kill(-processID, SIGKILL)
                waitpid(processID, nil, 0)
                loop.unwatch(processDescriptor)
                close(processDescriptor)
            }
        }
    }

    private static func follow(
        _ descriptor: Int32,
        on loop: EventLoop,
        _ state: Observed<State>,
        _ add: @escaping (inout State, ArraySlice<UInt8>) -> Void
    ) {
        var buffer = [UInt8](repeating: 0, count: 16 * 1024)
        let read: () -> Void = {
            let count = unsafe buffer.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count > 0 { return state.update { add(&$0, buffer[..<count]) } }
            if count < 0, errno == EAGAIN || errno == EINTR { return }
            loop.unwatch(descriptor)
            close(descriptor)
            state.update { _ = $0.openPipes.remove(descriptor) }
        }
        watch(descriptor, on: loop, read)
    }

    private static func followEnd(
        of processID: pid_t,
        _ descriptor: Int32,
        on loop: EventLoop,
        _ state: Observed<State>
    ) {
        watch(descriptor, on: loop) {
            loop.unwatch(descriptor)
            close(descriptor)
            var status: Int32 = 0
            state.update { state in
                unsafe waitpid(processID, &status, 0)
                let signal = status & 0x7F
                state.status = signal == 0 ? (status >> 8) & 0xFF : 128 + signal
            }
        }
    }

    private static func watch(_ descriptor: Int32, on loop: EventLoop, _ body: @escaping () -> Void) {
        do {
            try loop.watch(descriptor, for: [.readable]) { _ in body() }
        } catch {
            preconditionFailure("\(error)")
        }
    }
}

extension ChildProcess {
    /// Suspends until the program has written a line that begins with a text.
    ///
    /// - Parameter prefix: The text.
    /// - Returns: The line, or `nil` if the program ended without it.
    /// - Throws: `CancellationError` when the calling task is cancelled.
    package func line(beginningWith prefix: String) async throws(CancellationError) -> String? {
        try await state.first { Self.line(in: $0.output, $0) { $0.hasPrefix(prefix) } }
    }

    /// Suspends until the program has written a line with a text in it to standard error.
    ///
    /// - Parameters:
    ///   - text: The text.
    ///   - count: How many such lines there have to be.
    /// - Returns: The last of these lines, or `nil` if the program ended without it.
    /// - Throws: `CancellationError` when the calling task is cancelled.
    package func errorLine(
        containing text: String,
        count: Int = 1
    ) async throws(CancellationError) -> String? {
        try await state.first { Self.line(in: $0.errorOutput, $0, count: count) { $0.contains(text) } }
    }

    private static func line(
        in output: [UInt8],
        _ state: State,
        count: Int = 1,
        where isWanted: (Substring) -> Bool
    ) -> String?? {
        let lines = String(decoding: output, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        let found = lines.dropLast().filter(isWanted)
        if found.count >= count { return .some(String(found[count - 1])) }
        return state.outcome == nil ? nil : .some(nil)
    }

    /// Suspends until the program has ended and all that it wrote is there.
    ///
    /// - Returns: Its status and output.
    /// - Throws: `CancellationError` when the calling task is cancelled.
    package func outcome() async throws(CancellationError) -> Outcome {
        try await state.first { $0.outcome }
    }

    /// What the program has written to standard error so far.
    package var errorOutput: String { String(decoding: state.current.errorOutput, as: UTF8.self) }

    /// Writes to the program's standard input.
    ///
    /// - Parameter text: A short text, which the pipe has room for.
    package func write(_ text: String) {
        let bytes = Array(text.utf8)
        guard let descriptor = input.current else { return }
        _ = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
    }

    /// Closes the program's standard input.
    package func closeInput() {
        let descriptor: Int32? = input.update { descriptor in
            defer { descriptor = nil }
            return descriptor
        }
        if let descriptor { close(descriptor) }
    }

    /// Sends a signal to the program's group, unless it has ended.
    ///
    /// - Parameter signal: The signal's number.
    package func signal(_ signal: Int32) {
        state.update { if $0.status == nil { kill(-processID, signal) } }
    }
}
