import ProviderKit
import Testing

@Suite("Decoders on damaged input")
struct DecoderMutationTests {
    // Repeatable, so that a failure can be found again by its seed.
    struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ (state >> 29)
        }
    }

    private func damaged(_ text: String, seed: UInt64) -> [UInt8] {
        var generator = Generator(state: seed)
        var bytes = Array(text.utf8)
        for _ in 0..<Int.random(in: 1...8, using: &generator) {
            let place = Int.random(in: 0..<bytes.count, using: &generator)
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: bytes[place] = UInt8.random(in: .min ... .max, using: &generator)
            case 1: bytes.removeSubrange(place..<min(bytes.count, place + 40))
            case 2: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 200)], at: place)
            default: bytes.insert(contentsOf: Array("-99999999999999999999".utf8), at: place)
            }
            if bytes.isEmpty { bytes = [0x0A] }
        }
        return bytes
    }

    @Test(
        "A damaged stream of Messages ends in an answer or an error",
        arguments: [AnthropicTranscripts.text, AnthropicTranscripts.tools, AnthropicTranscripts.serverTool]
    )
    func anthropic(stream: String) throws {
        for seed in 0..<300 as Range<UInt64> {
            let outcome = try decode(
                [damaged(stream, seed: seed)],
                framing: .serverSentEvents,
                decoder: AnthropicMessagesDialect().makeStreamDecoder()
            )
            #expect((outcome.response != nil) == outcome.isWhole, "seed \(seed)")
            _ = outcome.response?.usage?.totalTokens
        }
    }

    @Test("A damaged stream of Ollama ends in an answer or an error")
    func ollama() throws {
        for seed in 0..<300 as Range<UInt64> {
            let outcome = try decode(
                [damaged(OllamaAnswerTests.transcript, seed: seed)],
                framing: .newlineDelimitedJSON,
                decoder: OllamaDialect().makeStreamDecoder()
            )
            #expect((outcome.response != nil) == outcome.isWhole, "seed \(seed)")
            _ = outcome.response?.usage?.totalTokens
        }
    }
}
