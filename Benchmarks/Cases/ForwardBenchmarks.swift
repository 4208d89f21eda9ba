import ProviderKit
import ProviderTesting
import TransportKit

/// What it costs to look through a request, and to hand on a stream in its provider's own words.
@Sendable
func forwardBenchmarks() async throws -> [Measurement] {
    let body = Array(forwardedRequest.utf8)
    var measurements = [
        try Sampler().measure("forward.scan-request", operations: 5000, bytes: body.count) {
            let scanned = try ScannedBody(scanning: body)
            keep(scanned.rewritten(model: "other-model", addingUsage: true))
        }
    ]
    let (upstream, endpoint) = try await startBenchmarkUpstream()
    let provider = OpenAIProvider(
        configuration: ProviderConfiguration(id: "bench", endpoint: endpoint, timeouts: Timeouts()),
        transport: HTTPClient()
    )
    let loop = EventLoopGroup.shared.loops[0]
    for model in ["burst", "paced"] {
        measurements.append(try plainReadCost("forward.\(model)-plain-read", endpoint, model: model))
        measurements.append(
            try await Task(executorPreference: loop) {
                try await chunkCost("forward.\(model)-chunk", provider, model: model)
            }.value
        )
    }
    upstream.closeInput()
    return measurements
}

/// A request as chat programs send it.
private let forwardedRequest = """
    {"model":"gpt-4o-mini","messages":[{"role":"system","content":"You are a helpful assistant."},{"role":"user",\
    "content":"\(String(repeating: "Why is the sky blue, and the sea? ", count: 25))"}],"temperature":0.7,"stream":true}
    """

/// CPU time of this process for each chunk of a stream that is handed on as it is, opening left out.
private func chunkCost(_ name: String, _ provider: OpenAIProvider, model: String) async throws -> Measurement {
    let body = try ScannedBody(scanning: Array(#"{"model":"\#(model)","stream":true}"#.utf8))
    let request = ForwardRequest(operation: .openAIChat, model: ModelID(model), body: body)
    var series = Series(operations: chunkCount - 1)
    for sample in 0..<4 {
        guard case .stream(let stream)? = try await provider.forward(request)?.body else { continue }
        let start = Reading.now
        var isWhole = false
        while let piece = try await stream.next() {
            if case .finished = piece { isWhole = true }
        }
        guard isWhole else { throw TransportError(.other, "the stream was not whole") }
        // The first sample opens the connection and warms up.
        if sample > 0 { series.add(from: start, to: .now) }
    }
    return series.measurement(name: name, bytes: nil, reference: "forward.\(model)-plain-read")
}
