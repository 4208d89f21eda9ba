internal import CLinux
import TransportKit

/// One chunk of a streamed chat answer, as it comes from an OpenAI-compatible server.
let chatChunk = """
    {"id":"chatcmpl-B9MHDbslfkBeAs8l4bebGdFOJ6PeG","object":"chat.completion.chunk","created":1741570283,\
    "model":"gpt-4o-2024-08-06","service_tier":"default","system_fingerprint":"fp_06737a9306",\
    "choices":[{"index":0,"delta":{"content":" Zürich \\"and\\" so on"},"logprobs":null,"finish_reason":null}],"usage":null}
    """

/// Cutting streams into events, beside copying and scanning the same bytes.
@Sendable
func framingBenchmarks() throws -> [Measurement] {
    let stream = Array(repeatElement("data: \(chatChunk)\n\n", count: 2000).joined().utf8)
    let lines = Array(repeatElement("\(chatChunk)\n", count: 2000).joined().utf8)
    let pieces = stride(from: 0, to: stream.count, by: 16_384).map {
        Array(stream[$0..<min($0 + 16_384, stream.count)])
    }
    let linePieces = stride(from: 0, to: lines.count, by: 16_384).map {
        Array(lines[$0..<min($0 + 16_384, lines.count)])
    }
    let single = Array("data: \(chatChunk)\n\n".utf8)
    let sampler = Sampler()
    var results: [Measurement] = []
    results.append(
        sampler.measure("framing.scan", operations: 20, bytes: stream.count) {
            for piece in pieces {
                keep(copyAndCountLines(piece))
            }
        }
    )
    results.append(
        try sampler.measure("framing.sse", operations: 20, bytes: stream.count, reference: "framing.scan") {
            var decoder = SSEDecoder()
            for piece in pieces {
                decoder.append(piece)
                while let event = try decoder.next() {
                    keep(event.data.count)
                }
            }
        }
    )
    results.append(
        try sampler.measure("framing.ndjson", operations: 20, bytes: lines.count, reference: "framing.scan") {
            var decoder = NDJSONDecoder()
            for piece in linePieces {
                decoder.append(piece)
                while let line = try decoder.next() {
                    keep(line.count)
                }
            }
        }
    )
    var decoder = SSEDecoder()
    results.append(
        try sampler.measure("framing.sse-chunk", operations: 20_000, bytes: single.count) {
            decoder.append(single)
            while let event = try decoder.next() {
                keep(event.data.count)
            }
        }
    )
    return results
}

private func copyAndCountLines(_ piece: [UInt8]) -> Int {
    var copy: [UInt8] = []
    copy.append(contentsOf: piece)
    return unsafe copy.withUnsafeBytes { buffer in
        guard var position = buffer.baseAddress else { return 0 }
        let end = unsafe position + buffer.count
        var lines = 0
        while unsafe position < end, let hit = unsafe memchr(position, 10, end - position) {
            lines += 1
            unsafe position = UnsafeRawPointer(hit) + 1
        }
        return lines
    }
}
