import ProviderKit
import ProviderTesting
import Testing
import TransportKit

@testable import plexctl

@Suite("plexctl chat beside every fault of a provider", .timeLimit(.minutes(5)), .serialized)
struct FaultProcessTests {
    @Test("each ends in the whole answer or in one error with its code", arguments: Fault.all, [true, false])
    func fault(fault: Fault, isStreamed: Bool) async throws {
        guard let expectation = fault.expectation(isStreamed: isStreamed) else { return }
        let program = try Program()
        try await ScriptedUpstream.run { _ in
            fault.answer()
        } body: { upstream in
            let arguments = try program.configured(upstream, timeouts: timeouts(fault))
            let flags = isStreamed ? [] : ["--no-stream"]
            let outcome = try await program.run(arguments + ["chat", "-m", "m", "Hi"] + flags)
            switch expectation {
            case .answer:
                #expect(outcome == .init(status: 0, output: fault.reply.text + "\n", errorOutput: ""))
            case .failure(let codes, _, _):
                let expected = Set(codes.map { ExitCode(for: $0).rawValue })
                #expect(expected.contains(outcome.status), "\(outcome)")
                let errors = outcome.errorOutput.split(separator: "\n")
                #expect(errors.count == 1 && errors.allSatisfy { $0.hasPrefix("plexctl: error: ") }, "\(outcome)")
                #expect(fault.reply.text.hasPrefix(outcome.output.split(separator: "\n").first ?? ""))
            @unknown default:
                Issue.record("an expectation that this test does not know")
            }
        }
    }

    private func timeouts(_ fault: Fault) -> String {
        guard let timeouts = fault.timeouts else { return "" }
        let limits = [("first_byte", timeouts.firstByte), ("idle", timeouts.idle), ("total", timeouts.total)]
        return limits.compactMap { name, limit in
            limit.map { "\(name) = \"\(Int($0.inSeconds * 1000))ms\"" }
        }.joined(separator: "\n")
    }
}
