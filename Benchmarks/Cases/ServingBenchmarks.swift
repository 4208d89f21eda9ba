import ProviderKit
import TransportKit

/// Translating for callers of the gateway: what a request and a chunk cost on their way between two dialects.
@Sendable
func servingBenchmarks() throws -> [Measurement] {
    let served = OpenAIChatServed()
    let context = AnswerContext(id: "chatcmpl-1", created: 1_700_000_000, model: "fast")
    let prompt = String(repeating: "All happy families are alike; \"each\" one…\n", count: 22)
    let body: JSONValue = [
        "model": "fast", "temperature": 0.7, "max_tokens": 256, "stream": true,
        "messages": [["role": "system", "content": "Be brief."], ["role": "user", "content": .string(prompt)]],
    ]
    let bytes = body.serialized
    let asked = try served.decodeRequest(body)
    let response = ChatResponse(
        provider: "p",
        model: "m",
        message: .assistant(prompt),
        finishReason: .stop,
        rawFinishReason: "stop",
        usage: Usage(inputTokens: 3, outputTokens: 4)
    )
    let sampler = Sampler()
    return [
        try sampler.measure("serving.read-request", operations: 2000, bytes: bytes.count) {
            keep(try served.decodeRequest(JSONValue(parsing: bytes)))
        },
        sampler.measure("serving.write-answer", operations: 2000) {
            keep(served.encodeResponse(response, to: asked, context: context).serialized)
        },
        sampler.measure("serving.write-chunks-of-100", operations: 100) {
            var encoder = served.makeStreamEncoder(for: asked, context: context)
            var bytes: [UInt8] = []
            encoder.encode(.started(StreamStart(provider: "p", model: "m")), into: &bytes)
            for _ in 0..<100 {
                bytes.removeAll(keepingCapacity: true)
                encoder.encode(.text(" word"), into: &bytes)
            }
            keep(bytes)
        },
    ]
}
