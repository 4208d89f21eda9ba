internal import CLinux
import Glibc
import ProviderKit
import ProviderTesting
import TransportKit

/// A streamed chunk's way from the socket to a `ChatEvent`, and how soon a cancelled stream is closed.
///
/// The upstream is another process, so that only the reader's CPU time counts.
@Sendable
func chatBenchmarks() async throws -> [Measurement] {
    let (upstream, endpoint) = try await startBenchmarkUpstream()
    let provider = OpenAIProvider(
        configuration: ProviderConfiguration(id: "bench", endpoint: endpoint, timeouts: Timeouts()),
        transport: HTTPClient()
    )
    let loop = EventLoopGroup.shared.loops[0]
    var measurements: [Measurement] = []
    for model in ["burst", "paced"] {
        measurements.append(try plainReadCost("chat.\(model)-plain-read", endpoint, model: model))
        measurements.append(try await chunkCost("chat.\(model)-chunk", provider, model: model))
        measurements.append(
            try await Task(executorPreference: loop) {
                try await chunkCost("chat.\(model)-chunk-on-loop", provider, model: model)
            }.value
        )
    }
    upstream.closeInput()
    measurements.append(try await cancellation())
    return measurements
}

/// The hidden argument by which this program becomes the upstream of its own benchmarks.
let upstreamArgument = "__upstream"

let chunkCount = 2000

/// Starts the upstream, which lives until its input is closed.
func startBenchmarkUpstream() async throws -> (ChildProcess, Endpoint) {
    let upstream = try await ChildProcess("/proc/self/exe", [upstreamArgument])
    guard let line = try await upstream.line(beginningWith: "http"), let line = line.split(separator: "\n").first else {
        throw TransportError(.other, "the upstream did not start")
    }
    return (upstream, try Endpoint(parsing: String(line)))
}

/// Serves streams until standard input ends.
func serveBenchmarkStreams() async throws {
    let chunk = sseChunk(chatChunk)
    let upstream = try await ScriptedUpstream { request in
        let burst = 50
        var steps: [UpstreamAnswer.Step] = [
            .write(Array("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n".utf8))
        ]
        if request.model == "paced" {
            for _ in 0..<chunkCount { steps += [.write(chunk), .pause(.milliseconds(1))] }
        } else {
            for _ in 0..<(chunkCount / burst) {
                steps += [.write(Array(repeatElement(chunk, count: burst).joined())), .pause(.milliseconds(1))]
            }
        }
        steps += [.write(sseChunk(finishChunk)), .write(sseChunk("[DONE]")), .close]
        return .steps(steps)
    }
    // Past the buffer of standard output, which is a pipe here.
    let line = Array("\(upstream.baseURL(for: .openAI))\n".utf8)
    _ = unsafe write(STDOUT_FILENO, line, line.count)
    while readLine() != nil {}
    await upstream.shutdown()
}

private let finishChunk = #"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#

private func sseChunk(_ data: String) -> [UInt8] {
    Array("data: \(data)\n\n".utf8)
}

/// CPU time of this process for each chunk of a stream, opening and closing left out.
private func chunkCost(_ name: String, _ provider: OpenAIProvider, model: String) async throws -> Measurement {
    var series = Series(operations: chunkCount - 1)
    for sample in 0..<4 {
        var first: Reading?
        var last = Reading.now
        var count = 0
        for try await event in try await provider.stream(ChatRequest(model: ModelID(model), prompt: "Hello")) {
            guard case .text = event else { continue }
            count += 1
            if first == nil { first = .now }
            if count == chunkCount { last = .now }
        }
        guard let first, count == chunkCount else {
            throw TransportError(.other, "\(count) chunks came instead of \(chunkCount)")
        }
        // The first sample opens the connection and warms up.
        if sample > 0 { series.add(from: first, to: last) }
    }
    return series.measurement(name: name, bytes: nil, reference: "chat.\(model)-plain-read")
}

/// The least that the same stream can cost: a thread that blocks in `recv` and looks at nothing.
func plainReadCost(_ name: String, _ endpoint: Endpoint, model: String) throws -> Measurement {
    let port = endpoint.base.split(separator: ":").last.flatMap { UInt16($0.prefix { $0.isNumber }) } ?? 0
    let body = #"{"model":"\#(model)","stream":true}"#
    let request = Array(
        """
        POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
        content-length: \(body.utf8.count)\r\n\r\n\(body)
        """.utf8
    )
    var series = Series(operations: chunkCount)
    var buffer = [UInt8](repeating: 0, count: 16384)
    for sample in 0..<3 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { _ = close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let connected = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe connect(descriptor, pointer, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0, unsafe send(descriptor, request, request.count, 0) == request.count else {
            throw TransportError(.connect, "the plain reader cannot reach the upstream")
        }
        let start = Reading.now
        while unsafe recv(descriptor, &buffer, buffer.count, 0) > 0 {}
        if sample > 0 { series.add(from: start, to: .now) }
    }
    return series.measurement(name: name, bytes: nil, reference: nil)
}

/// Wall time from cancelling a reader's task to the upstream's seeing the connection closed.
private func cancellation() async throws -> Measurement {
    var series = Series(operations: 1)
    for _ in 0..<50 {
        let gate = Gate()
        let upstream = try await ScriptedUpstream { _ in .text("one two", waitingAt: gate) }
        let endpoint = try Endpoint(parsing: upstream.baseURL(for: .openAI))
        let provider = OpenAIProvider(
            configuration: ProviderConfiguration(id: "bench", endpoint: endpoint),
            transport: HTTPClient()
        )
        let task = Task {
            try await provider.stream(ChatRequest(model: "m", prompt: "Hello")).response()
        }
        try await gate.waitUntilReached()
        let start = Reading.now
        task.cancel()
        _ = try await upstream.peerLeft(request: 0)
        series.add(from: start, to: .now)
        await upstream.shutdown()
    }
    return series.measurement(name: "chat.cancel-to-close", bytes: nil, reference: nil)
}
