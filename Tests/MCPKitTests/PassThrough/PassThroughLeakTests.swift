import ProviderTesting
import Testing

@Suite("What a pass-through leaves behind", .timeLimit(.minutes(5)))
struct PassThroughLeakTests {
    @Test(
        "Deaths of servers, and clients that come and leave, leave no process, descriptor or memory behind",
        arguments: [("deaths", 100), ("clients", 500)]
    )
    func leavesNothing(what: String, rounds: Int) async throws {
        let arguments = [what, "\(rounds)"]
        let outcome = try await ChildProcess(ChildProcess.path(ofProgram: "MCPProbe"), arguments).outcome()
        let left = outcome.output.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
        try #require(outcome.status == 0 && left.count == 3, "\(outcome.errorOutput)")
        #expect(left[0] == 0 && left[1] == 0)
        // A session that stayed would be more than 20 KiB.
        #expect(left[2] < 2000)
    }
}
