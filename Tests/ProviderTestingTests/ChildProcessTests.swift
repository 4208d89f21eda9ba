import Glibc
import ProviderTesting
import Testing
import TransportKit

@Suite(.timeLimit(.minutes(5))) struct ChildProcessTests {
    @Test func statusAndOutputAreKept() async throws {
        let child = try await ChildProcess("/bin/sh", ["-c", "echo out; echo err >&2; exit 3"])
        let outcome = try await child.outcome()
        #expect(outcome == .init(status: 3, output: "out\n", errorOutput: "err\n"))
    }

    @Test func aLineIsWaitedForWhileTheProgramRuns() async throws {
        let child = try await ChildProcess("/bin/sh", ["-c", "echo one; echo READY 5; cat; echo more"])
        #expect(try await child.line(beginningWith: "READY") == "READY 5")
        child.write("typed\n")
        child.closeInput()
        let outcome = try await child.outcome()
        #expect(outcome.output.hasSuffix("typed\nmore\n"))
        #expect(try await child.line(beginningWith: "never") == nil)
    }

    @Test func aSignalReachesTheWholeGroup() async throws {
        let child = try await ChildProcess("/bin/sh", ["-c", "sleep 100 & echo READY; wait"])
        #expect(try await child.line(beginningWith: "READY") != nil)
        child.signal(SIGKILL)
        #expect(try await child.outcome().status == 128 + SIGKILL)
    }

    @Test func releaseKillsTheProgram() async throws {
        var child: ChildProcess? = try await ChildProcess("/bin/sh", ["-c", "echo READY; cat; sleep 100"])
        let processID = try #require(child?.processID)
        _ = try await child?.line(beginningWith: "READY")
        child = nil
        var isThere = true
        for _ in 0..<100_000 where isThere {
            isThere = kill(processID, 0) == 0
            await Task.yield()
        }
        #expect(!isThere)
    }

    @Test func theEnvironmentCanBeGiven() async throws {
        let child = try await ChildProcess("/bin/sh", ["-c", "echo $A$HOME"], environment: ["A": "b"])
        #expect(try await child.outcome().output == "b\n")
    }

    @Test func aMissingProgramIsAnError() async {
        await #expect(throws: TransportError.self) { try await ChildProcess("/no/such/program", []) }
    }
}
