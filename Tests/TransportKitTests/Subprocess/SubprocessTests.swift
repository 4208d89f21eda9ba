import Glibc
import ProviderTesting
import Testing

@testable import TransportKit

/// What a process under test has said and done.
private final class Witness: Sendable {
    struct Seen: Sendable {
        var output: [UInt8] = []
        var isDisconnected = false
        var exit: ProcessExit?
    }

    private let (changes, sink) = AsyncStream.makeStream(of: Seen.self)
    private let seen = Locked(Seen())

    var current: Seen { seen.withLock { $0 } }

    private func update(_ change: (inout Seen) -> Void) {
        sink.yield(
            seen.withLock { seen in
                change(&seen)
                return seen
            }
        )
    }

    var handlers: Subprocess.Handlers {
        Subprocess.Handlers(
            output: { [self] bytes in update { for index in bytes.indices { $0.output.append(bytes[index]) } } },
            disconnected: { [self] in update { $0.isDisconnected = true } },
            ended: { [self] exit in update { $0.exit = exit } }
        )
    }

    /// One task at a time may wait.
    func wait(until isMet: (Seen) -> Bool) async {
        if isMet(current) { return }
        for await seen in changes where isMet(seen) { return }
    }
}

@Suite(.timeLimit(.minutes(5)))
struct SubprocessTests {
    private func launch(
        _ script: String,
        _ witness: Witness,
        on loop: EventLoop
    ) async throws -> LoopBound<Subprocess> {
        let command = SubprocessCommand("sh", ["-c", script], environment: ["PATH": "/usr/bin:/bin"])
        return try await Subprocess.launch(command, on: loop, handlers: witness.handlers)
    }

    private func end(_ process: LoopBound<Subprocess>, _ witness: Witness) async {
        await process.loop.run { process.value.beginEnd() }
        await witness.wait { $0.exit != nil }
    }

    /// Whether processes of a group are left, the dead ones that nobody has reaped aside.
    private func isAlive(group: Int32) async throws -> Bool {
        let command = SubprocessCommand("ps", ["-eo", "pgid=,stat="], environment: ["PATH": "/usr/bin:/bin"])
        let text = String(decoding: try await Subprocess.run(command).output, as: UTF8.self)
        return text.split(separator: "\n").contains { line in
            let columns = line.split(separator: " ")
            return columns.first.flatMap { Int32($0) } == group && columns.last?.hasPrefix("Z") == false
        }
    }

    /// Waits for processes that were killed: they need a moment to go, and others would stay for many minutes.
    private func waitUntilGone(group: Int32) async throws {
        while try await isAlive(group: group) {}
    }

    @Test("What is written in one turn arrives in order, and its echo comes back")
    func echoes() async throws {
        let group = EventLoopGroup(count: 1)
        let witness = Witness()
        let process = try await launch("cat", witness, on: group.loops[0])
        await process.loop.run {
            for text in ["one ", "two ", "three"] { process.value.write { $0.append(contentsOf: text.utf8) } }
        }
        await witness.wait { $0.output.count == 13 }
        #expect(witness.current.output == Array("one two three".utf8))
        await end(process, witness)
        #expect(witness.current.exit == .status(0))
        await group.shutdown()
    }

    // bubblewrap ends what is in it when the thread ends that has started it.
    @Test("The thread that started a process is one that stays")
    func parentStays() async throws {
        let group = EventLoopGroup(count: 1)
        let witness = Witness()
        let process = try await launch("cat", witness, on: group.loops[0])
        let number = await process.loop.run { process.value.processID }
        let script = """
            for thread in /proc/$PPID/task/*; do
                grep -qw \(number) $thread/children && cat $thread/comm
            done
            true
            """
        let command = SubprocessCommand("sh", ["-c", script], environment: ["PATH": "/usr/bin:/bin"])
        let parent = String(decoding: try await Subprocess.run(command).output, as: UTF8.self)
        #expect(parent.hasPrefix("plex-loop-"), "\(parent)")
        await end(process, witness)
        await group.shutdown()
    }

    @Test("A process that ends at the end of its input ends without a signal")
    func endsInOrder() async throws {
        let group = EventLoopGroup(count: 1)
        let witness = Witness()
        let process = try await launch("cat >/dev/null; echo bye", witness, on: group.loops[0])
        await end(process, witness)
        #expect(witness.current.exit == .status(0))
        #expect(witness.current.output == Array("bye\n".utf8))
        await group.shutdown()
    }

    @Test("Who ignores the end of its input is asked, who ignores that too is killed, with what it started")
    func escalates() async throws {
        let clock = ManualClock()
        let group = EventLoopGroup(count: 1, clock: clock)
        let witness = Witness()
        let script = "trap '' TERM; (trap '' TERM; while :; do sleep 0.1; done) & echo up; while :; do sleep 0.1; done"
        let process = try await launch(script, witness, on: group.loops[0])
        await witness.wait { !$0.output.isEmpty }
        let number = await process.loop.run { process.value.processID }
        async let ended: Void = end(process, witness)
        for _ in 0..<2 {
            try await clock.waitForSleepers(1)
            clock.advance(by: .seconds(2))
        }
        await ended
        #expect(witness.current.exit == .signal(SIGKILL))
        try await waitUntilGone(group: number)
        await group.shutdown()
    }

    @Test("A process that dies is noticed, with what it had written; what it left behind is killed")
    func noticesDeath() async throws {
        let group = EventLoopGroup(count: 1)
        let witness = Witness()
        let process = try await launch("sleep 1000 & echo last; kill -9 $$", witness, on: group.loops[0])
        await witness.wait { $0.exit != nil }
        #expect(witness.current.exit == .signal(SIGKILL))
        #expect(witness.current.output == Array("last\n".utf8))
        let number = await process.loop.run { process.value.processID }
        try await waitUntilGone(group: number)
        await end(process, witness)
        await group.shutdown()
    }

    @Test("A process that closes its output and lives on is noticed", arguments: ["exec 1>&-", "exec 1>&- 0<&-"])
    func noticesClosing(script: String) async throws {
        let group = EventLoopGroup(count: 1)
        let witness = Witness()
        let process = try await launch("\(script); exec sleep 1000", witness, on: group.loops[0])
        await witness.wait(until: \.isDisconnected)
        #expect(witness.current.exit == nil)
        await process.loop.run { process.value.kill() }
        await witness.wait { $0.exit != nil }
        await group.shutdown()
    }

    @Test("A process that reads nothing makes writers wait, and the rest arrives once it reads")
    func backsUp() async throws {
        let group = EventLoopGroup(count: 1)
        let witness = Witness()
        let process = try await launch("read line; sleep 0.2; wc -c", witness, on: group.loops[0])
        let size = 1 << 20
        await process.loop.run {
            process.value.write { $0 += Array("\n".utf8) + Array(repeating: 65, count: size) }
            process.value.closeInputWhenWritten()
        }
        await witness.wait { $0.exit != nil }
        let text = String(decoding: witness.current.output, as: UTF8.self)
        #expect(Int(text.filter(\.isNumber)) == size)
        await group.shutdown()
    }

    @Test("A loop that stops leaves no process behind")
    func stopsWithLoop() async throws {
        let group = EventLoopGroup(count: 1)
        let witness = Witness()
        _ = try await launch("sleep 1000", witness, on: group.loops[0])
        await group.shutdown()
        #expect(witness.current.exit == .signal(SIGKILL))
    }
}
