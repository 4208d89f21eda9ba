import Glibc
import ProviderTesting
import Testing
import TransportKit

@testable import CredentialKit

@Suite("A store whose writers are killed", .serialized)
struct StoreCrashTests {
    static let probe = ChildProcess.path(ofProgram: "CredentialProbe")

    private func start(_ test: TestStore, _ work: String, rounds: Int = 1_000_000) async throws -> ChildProcess {
        try await ChildProcess(Self.probe, [test.folder, work, "\(rounds)"], environment: [:])
    }

    @Test(
        "kill -9 at any moment loses nothing that was told done, and one key stays valid",
        arguments: ["write", "rotate", "rekey"]
    )
    func kill(work: String) async throws {
        let test = try TestStore()
        let name = try CredentialName("rotated")
        try test.open().write(Secret("value 1"), as: name, kind: .key)
        for index in 0..<20 { try test.open().write("steady \(index)", as: "steady\(index)") }
        var told: Set<String> = []
        for attempt in 0..<70 {
            let process = try await start(test, work)
            // In the midst of the first piece of work, or of one of the next: each moment of it is hit many times.
            let isFirst = attempt.isMultiple(of: 2)
            _ = try await process.line(beginningWith: isFirst ? "begun" : "done")
            spin(microseconds: attempt * (isFirst ? 250 : 80))
            process.signal(SIGKILL)
            let outcome = try await process.outcome()
            // Only whole lines were told.
            let lines = outcome.output.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            #expect(!lines.contains { $0.hasPrefix("error") }, "\(lines)")
            let done = lines.filter { $0.hasPrefix("done ") }.map { String($0.dropFirst("done ".count)) }
            told.formUnion(done)

            let store = test.open(busyTimeout: 2000)
            #expect(store.status().problem == nil)
            for index in 0..<20 { #expect(try store.text("steady\(index)") == "steady \(index)") }
            let current = try #require(try store.read(name))
            #expect(current.secret == Secret("value \(current.entry.version)"))
            switch work {
            case "write": for name in done { #expect(try store.text(name) == "value of \(name)") }
            case "rotate": #expect(current.entry.version >= done.compactMap { Int64($0) }.max() ?? 1)
            default: break
            }
        }
        // What was killed did something: else this would show nothing.
        #expect(!told.isEmpty)
        #expect(try test.open().rekey(to: .same).count >= 21)
        #expect(try MasterKey.parse(Secret(bytes: test.bytes(test.location.keyFile)), origin: "").count == 1)
    }

    @Test("several processes write, rotate, rekey and read at once, and none fails")
    func severalProcesses() async throws {
        let test = try TestStore()
        try test.open().write("value of first", as: "first")
        var processes: [ChildProcess] = []
        for work in ["write", "write", "rekey", "read"] { processes.append(try await start(test, work, rounds: 15)) }
        for process in processes {
            let outcome = try await process.outcome()
            #expect(outcome.status == 0, "\(outcome.output)")
        }
        let store = test.open()
        #expect(try store.list().count == 31)
        for entry in try store.list() { #expect(try store.text("\(entry.name)") == "value of \(entry.name)") }
    }

    /// Passes a short time without leaving the thread: a timer would be coarser than what is looked for.
    private func spin(microseconds: Int) {
        let end = ContinuousClock.now + .microseconds(microseconds)
        while ContinuousClock.now < end {}
    }
}
