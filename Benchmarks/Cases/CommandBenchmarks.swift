import FoundationEssentials
import ProviderTesting
import TransportKit

/// `plexctl chat`: the time from its start to its request's arrival, and the most memory that it has used.
///
/// Runs the `plexctl` beside this program.
@Sendable
func commandBenchmarks() async throws -> [Measurement] {
    let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let command =
        own.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/") + "/plexctl"
    var arrival = Series(operations: 1)
    var peak = 0
    for sample in 0..<23 {
        let gate = Gate()
        let upstream = try await ScriptedUpstream { _ in .text("one two three", waitingAt: gate) }
        let start = upstream.elapsed
        let child = try await ChildProcess(
            command,
            ["chat", "--server", upstream.baseURL(for: .openAI), "-m", "bench", "Hello"]
        )
        // What is piped belongs to the prompt: the command waits for its end.
        child.closeInput()
        try await gate.waitUntilReached()
        let came = try await upstream.request(0).time
        // The answer waits before its end, so the process still stands here with all that it ever needs.
        peak = max(peak, try peakMemory(of: child.processID))
        gate.open()
        let outcome = try await child.outcome()
        guard outcome.status == 0, outcome.output == "one two three\n" else {
            throw TransportError(.other, "plexctl failed with \(outcome.status): \(outcome.errorOutput)")
        }
        if sample >= 3 { arrival.add(wall: (came - start) / .nanoseconds(1)) }
        await upstream.shutdown()
    }
    var memory = Series(operations: 1)
    memory.add(wall: 0)
    var measurements = [arrival.measurement(name: "command.first-byte", bytes: nil, reference: nil)]
    var resident = memory.measurement(name: "command.memory", bytes: nil, reference: nil)
    resident.residentBytes = peak
    measurements.append(resident)
    return measurements
}

/// The highest resident memory of a process so far, in bytes.
private func peakMemory(of processID: Int32) throws -> Int {
    let status = try String(contentsOfFile: "/proc/\(processID)/status", encoding: .utf8)
    for line in status.split(separator: "\n") where line.hasPrefix("VmHWM:") {
        let kibibytes = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) }
        return (kibibytes ?? 0) * 1024
    }
    throw TransportError(.other, "/proc says nothing of the memory of process \(processID)")
}
