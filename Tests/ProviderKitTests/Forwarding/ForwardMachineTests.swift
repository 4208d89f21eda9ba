import Testing

@testable import ProviderKit

struct ForwardMachineTests {
    private func machine(hidesUsage: Bool = false, limit: Int = 1 << 20) -> ForwardMachine {
        ForwardMachine(OpenAIForwardObserver(hidesUsage: hidesUsage), maximumEventSize: limit)
    }

    private func run(_ pieces: [[UInt8]], hidesUsage: Bool = false) -> (text: String, end: String) {
        var machine = machine(hidesUsage: hidesUsage)
        var output: [UInt8] = []
        for piece in pieces { output += machine.consume(piece) }
        output += machine.finish()
        let end =
            switch machine.end {
            case .finished(let summary)?:
                "finished \(summary.finishReason?.rawValue ?? "-") \(summary.usage?.outputTokens ?? -1)"
            case .failed(let error)?: "failed \(error.code)"
            case .cut?: "cut"
            case nil: "open"
            }
        return (String(decoding: output, as: UTF8.self), end)
    }

    private static let chunk = #"{"choices":[{"index":0,"delta":{"content":"日本"},"finish_reason":null}],"usage":null}"#
    private static let finish = #"{ "usage" : null , "choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#
    private static let usage = #"{"choices":[ ],"usage":{"prompt_tokens":1,"completion_tokens":4}}"#

    private static func stream(_ end: String, mark: Bool = true) -> String {
        let blocks = [
            "\u{FEFF}: comment\(end)", "event: message\(end)id: 7\(end)data: \(chunk)\(end)", ": ping\(end)",
            "retry: 5\(end)", "data:\(end)", "data:\(chunk)\(end)", "data: {\"choices\":\(end)data: []}\(end)",
            "data: \(finish)\(end)", "data: \(usage)\(end)",
        ]
        return (blocks + (mark ? ["data: [DONE]\(end)"] : [])).map { $0 + end }.joined()
    }

    /// However a stream is cut into pieces, the same bytes go on.
    @Test(arguments: ["\n", "\r\n", "\r"], [true, false])
    func forwardsTheSameBytesForEverySplit(_ lineEnd: String, _ hidesUsage: Bool) {
        let source = Self.stream(lineEnd)
        let bytes = Array(source.utf8)
        let whole = run([bytes], hidesUsage: hidesUsage)
        #expect(whole.end == "finished stop 4")
        if hidesUsage {
            let expected = source.replacing(#","usage":null"#, with: "").replacing(#" "usage" : null ,"#, with: "")
                .replacing("data: \(Self.usage)\(lineEnd)\(lineEnd)", with: "")
            #expect(whole.text == expected)
        } else {
            #expect(whole.text == source)
        }
        for place in bytes.indices {
            let pieces = [Array(bytes[..<place]), Array(bytes[place...])].filter { !$0.isEmpty }
            let split = run(pieces, hidesUsage: hidesUsage)
            #expect(split == whole, "split at \(place)")
        }
        #expect(run(bytes.map { [$0] }, hidesUsage: hidesUsage) == whole)
    }

    @Test func handsOnTheSameArray() {
        var machine = machine()
        let piece = Array("data: \(Self.chunk)\n\ndata: \(Self.chunk)\n\n".utf8)
        let output = machine.consume(piece)
        let isSame = unsafe piece.withUnsafeBufferPointer { first in
            unsafe output.withUnsafeBufferPointer { unsafe $0.baseAddress == first.baseAddress }
        }
        #expect(isSame)
        #expect(output == piece)
    }

    @Test func holdsBackWhatIsNotWhole() {
        var machine = machine()
        #expect(machine.consume(Array("data: {\"choices\"".utf8)).isEmpty)
        #expect(!machine.hasBegun)
        #expect(machine.consume(Array(":[]}\n".utf8)).isEmpty)
        #expect(machine.consume(Array("\ndata".utf8)) == Array("data: {\"choices\":[]}\n\n".utf8))
        #expect(machine.hasBegun)
    }

    @Test(arguments: [
        // No end mark after the finish: it is added.
        ("data: \(finish)\n\n", "data: \(finish)\n\ndata: [DONE]\n\n", "finished stop -1"),
        ("data: \(finish)\n\n: bye", "data: \(finish)\n\ndata: [DONE]\n\n", "finished stop -1"),
        ("data: \(finish)\r\n\r", "data: \(finish)\r\n\rdata: [DONE]\n\n", "finished stop -1"),
        // An end mark without its empty line.
        ("data: \(chunk)\n\ndata: [DONE]", "data: \(chunk)\n\ndata: [DONE]\n\n", "finished - -1"),
        ("data: \(chunk)\n\ndata: [DONE]\n", "data: \(chunk)\n\ndata: [DONE]\n\n", "finished - -1"),
        // Nothing goes on after the end mark.
        ("data: \(chunk)\n\ndata: [DONE]\n\ndata: \(chunk)\n\n", "data: \(chunk)\n\ndata: [DONE]\n\n", "finished - -1"),
        ("data: \(chunk)\n\ndata:  [DONE] \n\n", "data: \(chunk)\n\ndata:  [DONE] \n\n", "finished - -1"),
        ("", "", "cut"),
        ("data: [DONE]\n\n", "", "cut"),
        ("data: \(usage)\n\ndata: [DONE]\n\n", "data: \(usage)\n\n", "cut"),
        ("data: \(chunk)\n\n", "data: \(chunk)\n\n", "cut"),
        ("data: \(finish)\n", "", "cut"),
        ("data: \(finish)\n\ndata: {\"cho", "data: \(finish)\n\n", "cut"),
        ("data: \(chunk)\n\ndata: {]}\n\ndata: \(chunk)\n\n", "data: \(chunk)\n\n", "failed malformed_response"),
        ("data: \(chunk)\n\ndata: 5\n\n", "data: \(chunk)\n\n", "failed malformed_response"),
        ("data: \(chunk)\n\ndata: {\"error\":\"x\"}\n\ndata: [DONE]\n\n", "data: \(chunk)\n\n", "failed upstream"),
        ("data: {\"error\":null,\"choices\":[{}]}\n\n", "data: {\"error\":null,\"choices\":[{}]}\n\n", "cut"),
        (
            "data: {\"choices\":[{\"finish_reason\":\"error\"}]}\n\ndata: [DONE]\n\n", "", "failed upstream"
        ),
    ])
    func endsInOneWay(_ source: String, _ output: String, _ end: String) {
        let result = run([Array(source.utf8)])
        #expect(result.text == output)
        #expect(result.end == end)
    }

    @Test(
        arguments: [
            ([(0, true), (1, true)], true), ([(0, true), (1, false)], false), ([(1, true)], false),
            ([(12, true)], false),
            ([(0, true)], true), ([(1, true), (0, false), (0, true)], true), ([(-5, true), (99_999_999, true)], false),
        ] as [([(Int, Bool)], Bool)]
    )
    func everyChoiceHasToFinish(_ choices: [(Int, Bool)], _ isWhole: Bool) {
        let events = choices.map { index, isFinished in
            "data: {\"choices\":[{\"index\":\(index),\"finish_reason\":\(isFinished ? "\"stop\"" : "null")}]}\n\n"
        }
        #expect(run([Array(events.joined().utf8)]).end == (isWhole ? "finished stop -1" : "cut"))
    }

    @Test func readsGroqsUsage() {
        let source =
            #"{"choices":[{"finish_reason":"stop"}],"x_groq":{"usage":{"prompt_tokens":2,"completion_tokens":9}}}"#
        #expect(run([Array("data: \(source)\n\n".utf8)]).end == "finished stop 9")
    }

    @Test func limitsAnEvent() {
        var machine = machine(limit: 100)
        let fits = Array("data: {\"choices\":[]}\n\n".utf8)
        for _ in 0..<20 { #expect(machine.consume(fits) == fits) }
        #expect(machine.consume(Array(repeating: 0x64, count: 100)).isEmpty)
        #expect(machine.end == nil)
        #expect(machine.consume([0x64]).isEmpty)
        guard case .failed(let error)? = machine.end else {
            Issue.record("it did not fail")
            return
        }
        #expect(error.code == .malformedResponse)
        #expect(machine.consume(fits).isEmpty)
    }
}
