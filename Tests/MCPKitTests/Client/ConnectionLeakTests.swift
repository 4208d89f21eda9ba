import ProviderTesting
import Testing

@Suite(.timeLimit(.minutes(5)))
struct ConnectionLeakTests {
    @Test("A thousand connections, calls and closes leave no process, descriptor or memory behind")
    func leavesNothing() async throws {
        let outcome = try await ChildProcess(ChildProcess.path(ofProgram: "MCPProbe"), ["1000"]).outcome()
        let left = outcome.output.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
        try #require(outcome.status == 0 && left.count == 3, "\(outcome.errorOutput)")
        #expect(left[0] == 0 && left[1] == 0)
        // A connection that stayed would be more than 4 KiB.
        #expect(left[2] < 3000)
    }
}
