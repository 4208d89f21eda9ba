import FoundationEssentials
import TransportKit

/// Reading and writing JSON, beside Foundation's typed coders.
@Sendable
func jsonBenchmarks() throws -> [Measurement] {
    let chunk = Array(chatChunk.utf8)
    let chunkData = Data(chunk)
    let value = try JSONValue(parsing: chunk)
    let typed = try JSONDecoder().decode(Chunk.self, from: chunkData)
    let prompt = String(repeating: "All happy families are alike; \"each\" unhappy family…\n", count: 2000)
    let request: JSONValue = ["model": "gpt", "messages": [["role": "user", "content": .string(prompt)]]]
    let requestBytes = request.serialized
    let sampler = Sampler()
    let decoder = JSONDecoder()
    let encoder = JSONEncoder()
    return [
        try sampler.measure("json.foundation-decode", operations: 2000, bytes: chunk.count) {
            keep(try decoder.decode(Chunk.self, from: chunkData))
        },
        try sampler.measure(
            "json.parse",
            operations: 5000,
            bytes: chunk.count,
            reference: "json.foundation-decode"
        ) {
            keep(try JSONValue(parsing: chunk))
        },
        try sampler.measure("json.foundation-encode", operations: 2000, bytes: chunk.count) {
            keep(try encoder.encode(typed))
        },
        sampler.measure(
            "json.serialize",
            operations: 5000,
            bytes: chunk.count,
            reference: "json.foundation-encode"
        ) {
            keep(value.serialized)
        },
        try sampler.measure("json.parse-request", operations: 50, bytes: requestBytes.count) {
            keep(try JSONValue(parsing: requestBytes))
        },
        sampler.measure("json.serialize-request", operations: 50, bytes: requestBytes.count) {
            keep(request.serialized)
        },
    ]
}

private struct Chunk: Codable {
    var id: String
    var object: String
    var created: Int
    var model: String
    var service_tier: String?
    var system_fingerprint: String?
    var choices: [Choice]

    struct Choice: Codable {
        var index: Int
        var delta: Delta
        var finish_reason: String?
    }

    struct Delta: Codable {
        var content: String?
    }
}
