import ProviderTesting
import TransportKit

/// A request of `HTTPClient` over kept connections, several at a time on one loop: about a kilobyte each way.
///
/// The server is another process, so that only the client's CPU time counts.
@Sendable
func clientBenchmarks() async throws -> [Measurement] {
    let server = try await ChildProcess("/proc/self/exe", ["--mock", "0"])
    guard let line = try await server.line(beginningWith: "the mock"),
        let port = line.split(separator: " ").last.flatMap({ UInt16($0) })
    else {
        throw TransportError(.other, "the mock did not start")
    }
    let group = EventLoopGroup(count: 1)
    var configuration = HTTPClient.Configuration()
    configuration.eventLoopGroup = group
    let client = HTTPClient(configuration: configuration)
    let request = HTTPRequest(
        method: "POST",
        url: "http://127.0.0.1:\(port)/plain/v1/chat/completions",
        fields: ["content-type": "application/json", "authorization": "Bearer k"],
        body: .bytes(Array(Request.body(model: "plain", isStreamed: false).utf8))
    )
    let operations = 16_000
    var series = Series(operations: operations)
    for sample in 0..<6 {
        let start = Reading.now
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for _ in 0..<32 {
                tasks.addTask(executorPreference: group.loops[0]) {
                    for _ in 0..<(operations / 32) { _ = try await client.send(request).body.collect(upTo: 1 << 20) }
                }
            }
            try await tasks.waitForAll()
        }
        if sample > 0 { series.add(from: start, to: .now) }
    }
    server.closeInput()
    await group.shutdown()
    return [series.measurement(name: "client.request", bytes: nil, reference: nil)]
}
