import ProviderKit
import Testing
import TransportKit

struct ToolCallExtractorTests {
    typealias Piece = ToolCallExtractor.Piece

    struct Case: Sendable, CustomTestStringConvertible {
        var input: String
        var pieces: [Piece]

        var testDescription: String { input.debugDescription }

        init(_ input: String, _ pieces: Piece...) {
            self.input = input
            self.pieces = pieces
        }
    }

    static let tools = [
        ToolDefinition(
            name: "get_weather",
            parameters: ["type": "object", "properties": ["city": ["type": "string"], "days": ["type": "integer"]]]
        ),
        ToolDefinition(name: "files__read"),
    ]

    static let paris = Piece.toolCall(name: "get_weather", arguments: #"{"city":"Paris"}"#)
    static let nested = Piece.toolCall(
        name: "get_weather",
        arguments: #"{"a":{"b":[1.50,"}]{\"\\","</tool_call>"]},"city":"é"}"#
    )

    static let calls: [Case] = [
        // Hermes and Qwen.
        Case(#"<tool_call>{"name": "get_weather", "arguments": {"city": "Paris"}}</tool_call>"#, paris),
        Case(
            "Let me look.\n<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Paris\"}}\n</tool_call>\n",
            .text("Let me look.\n"),
            paris
        ),
        Case(
            #"<tool_call>{"arguments":{"a":{"b":[1.50,"}]{\"\\","</tool_call>"]},"city":"é"},"name":"get_weather"}</tool_call>"#,
            nested
        ),
        Case(
            #"<tool_call>{"name":"get_weather","arguments":{"city":"Paris"}}</tool_call>"# + "\n"
                + #"<tool_call>{"name":"files__read"}</tool_call> Done."#,
            paris,
            .toolCall(name: "files__read", arguments: "{}"),
            .text("Done.")
        ),
        Case(#"\#n<tool_call>{"name":"get_weather","arguments":{"city":"Paris"}}"#, paris),
        Case(#"<tool_call>{"name":"get_weather","arguments":{"city":"Paris"}}</tool_"#, paris),
        Case(#"<tool_call>{"name":"get_weather","arguments":"{\"city\":\"Paris\"}"}</tool_call>"#, paris),
        Case(
            #"<tool_call>[{"name":"get_weather","arguments":{"city":"Paris"}},{"name":"files__read","arguments":null}]</tool_call>"#,
            paris,
            .toolCall(name: "files__read", arguments: "{}")
        ),
        Case(
            #"<tool_call>{"type":"function","function":{"name":"get_weather","arguments":"{\"city\":\"Paris\"}"}}</tool_call>"#,
            paris
        ),
        Case(
            #"<tool_call> <tool_call>{"name":"get_weather","arguments":{"city":"Paris"}}</tool_call>"#,
            .text("<tool_call> "),
            paris
        ),
        // Qwen Coder.
        Case(
            "<tool_call>\n<function=get_weather>\n<parameter=city>\n<b>\nParis\n</parameter>\n<parameter=days>\n3\n</parameter>\n</function>\n</tool_call>",
            .toolCall(name: "get_weather", arguments: #"{"city":"<b>\nParis","days":3}"#)
        ),
        Case(
            "Go. <function=get_weather><parameter=city>Paris</parameter></function>!",
            .text("Go. "),
            paris,
            .text("!")
        ),
        Case("<function=files__read></function>", .toolCall(name: "files__read", arguments: "{}")),
        Case(
            "<function=get_weather><parameter=city>12</parameter></function>",
            .toolCall(name: "get_weather", arguments: #"{"city":"12"}"#)
        ),
        // GLM.
        Case("<tool_call>get_weather\n<arg_key>city</arg_key>\n<arg_value>Paris</arg_value>\n</tool_call>", paris),
        // Llama 3 and Functionary.
        Case(#"<function=get_weather>{"city": "Paris"}</function>"#, paris),
        Case(
            #"<function=get_weather>{"city": "</function>"}</function>"#,
            .toolCall(name: "get_weather", arguments: #"{"city":"</function>"}"#)
        ),
        Case(#"<function=get_weather>{"city": "Paris"}"#, paris),
        Case(#"<|python_tag|>{"name": "get_weather", "parameters": {"city": "Paris"}}"#, paris),
        Case(
            #"<|python_tag|>{"name": "get_weather", "parameters": {"city": "Paris"}}; {"name": "files__read", "parameters": {}}"#,
            paris,
            .toolCall(name: "files__read", arguments: "{}")
        ),
        Case(#" {"name": "get_weather", "parameters": {"city": "Paris"}} "#, paris),
        Case(
            #"{"type":"function","name":"get_weather","parameters":{"city":"Paris"}};\#n{"name":"files__read","parameters":{}}"#,
            paris,
            .toolCall(name: "files__read", arguments: "{}")
        ),
        // Mistral.
        Case(
            #"[TOOL_CALLS] [{"name": "get_weather", "arguments": {"city": "Paris"}}, {"name": "files__read", "arguments": {}}]"#,
            paris,
            .toolCall(name: "files__read", arguments: "{}")
        ),
        Case(#"Sure.[TOOL_CALLS]{"name": "get_weather", "arguments": {"city": "Paris"}}"#, .text("Sure."), paris),
        Case(
            #"[TOOL_CALLS]get_weather[ARGS]{"city": "Paris"}[TOOL_CALLS]files__read{}"#,
            paris,
            .toolCall(name: "files__read", arguments: "{}")
        ),
        Case(#"[TOOL_CALLS]get_weather[CALL_ID]abc123DEF[ARGS]{"city": "Paris"}"#, paris),
        // XML.
        Case(#"<tool_use><name>get_weather</name><arguments>{"city":"Paris"}</arguments></tool_use>"#, paris),
        Case(
            "<tool_use>\n  <name>get_weather</name>\n  <input>{\"city\":\"Paris\"}</input>\n</tool_use>\nOK",
            paris,
            .text("OK")
        ),
        // After a mention, and after a fenced block.
        Case(
            #"<function=get_weather> is the form. <tool_call>{"name":"get_weather","arguments":{"city":"Paris"}}</tool_call>"#,
            .text("<function=get_weather> is the form. "),
            paris
        ),
        Case(
            "```json\n{}\n```\n<tool_call>{\"name\":\"get_weather\",\"arguments\":{\"city\":\"Paris\"}}</tool_call>",
            .text("```json\n{}\n```\n"),
            paris
        ),
    ]

    static let texts: [String] = [
        "", " \n", "Hello, 🇫🇷 wörld!", "a < b and [b] or {c}", "[TOOL_CALLS", "[TOOL_CALLS] none",
        "Use the <tool_call> tag, then </tool_call>.",
        #"<tool_call>{"name":"unknown","arguments":{}}</tool_call>"#,
        #"<tool_call>{"name":"get_weather","arguments":[1]}</tool_call>"#,
        #"<tool_call>{"name":"get_weather","arguments":{"city":"Par"#,
        #"<tool_call>{"name":"get_weather","arguments":{"city":"Paris"}</tool_call>"#,
        #"<tool_call>{"name":"get_weather","arguments":{"city":Paris}}</tool_call>"#,
        #"<tool_call>[{"name":"get_weather","arguments":{}},{"name":"unknown","arguments":{}}]</tool_call>"#,
        "<tool_call>\n<function=get_weather>\n<parameter=city>\nPar",
        "<tool_call>get_weather and more</tool_call>",
        "<function=unknown>{}</function>", "<function=get_weather>soon</function>", "<function=get_weather>",
        #"<|python_tag|>print("hi")"#,
        #"{"name": "Paris", "country": "France"}"#, #"{"city": {"name": "get_weather"}}"#,
        #"{"name": "get_weather", "parameters": {}} is what I would call."#,
        #"{"name": "get_weather", "parameters": {"#, #"{"name": "get_weather", "temperature": 3}"#,
        #"I say {"name": "get_weather", "parameters": {}}"#, "{}", "{\"name\": 3}",
        "```json\n{\"name\": \"get_weather\", \"parameters\": {}}\n```",
        "```\n<tool_call>{\"name\":\"get_weather\",\"arguments\":{}}</tool_call>\n```\n",
        " ~~~~xml\n~~~\n<tool_call>{\"name\":\"get_weather\",\"arguments\":{}}</tool_call>",
        "<tool_use><name>unknown</name><arguments>{}</arguments></tool_use>",
        #"[{"name":"get_weather","arguments":{}}]"#, "<tool_call><tool_call><tool_call>", "<<<[[[{{{",
        #"<tool_call>{"a":]}"#,
    ]

    @Test(arguments: calls)
    func findsCallsAtEverySplit(_ sample: Case) {
        for chunks in splits(of: sample.input) {
            #expect(pieces(of: chunks) == sample.pieces, "\(chunks)")
        }
    }

    @Test(arguments: texts)
    func otherTextComesOutUnchanged(_ text: String) {
        for chunks in splits(of: text) {
            #expect(pieces(of: chunks) == (text.isEmpty ? [] : [.text(text)]), "\(chunks)")
        }
    }

    @Test(arguments: texts.filter { !$0.isEmpty })
    func aCallAfterOtherTextLosesNothing(_ text: String) {
        // A fence or an unclosed call before it may take the call for text; whatever is no call must come out whole.
        let call = #"<tool_call>{"name":"get_weather","arguments":{"city":"Paris"}}</tool_call>"#
        for chunks in splits(of: text + call) {
            let found = pieces(of: chunks)
            #expect(
                found == [.text(text), Self.paris] || found == [.text(text + call)]
                    || (text.allSatisfy(\.isWhitespace) && found == [Self.paris]),
                "\(chunks)"
            )
        }
    }

    @Test func withoutToolsNothingIsACall() {
        let text = #"<tool_call>{"name":"get_weather","arguments":{}}</tool_call>"#
        var extractor = ToolCallExtractor(tools: [])
        #expect(extractor.consume(text) == [.text(text)])
        #expect(extractor.finish().isEmpty)
    }

    @Test func textStreams() {
        var extractor = ToolCallExtractor(tools: Self.tools)
        #expect(extractor.consume("Hel") == [.text("Hel")])
        #expect(extractor.consume("lo <tool") == [.text("lo ")])
        #expect(extractor.consume("box>") == [.text("<toolbox>")])
    }

    @Test func aJSONAnswerThatIsNoCallStreams() {
        var extractor = ToolCallExtractor(tools: Self.tools)
        #expect(extractor.consume(#"{"na"#) == [])
        #expect(extractor.consume(#"me": "Par"#) == [])
        #expect(extractor.consume(#"is","#) == [.text(#"{"name": "Paris","#)])
        #expect(extractor.consume(#" "x": {"#) == [.text(#" "x": {"#)])
    }

    @Test func aCallThatNeverEndsIsLetGo() {
        var extractor = ToolCallExtractor(tools: Self.tools)
        var length = 0
        let chunk = String(repeating: "x", count: 1 << 16)
        #expect(extractor.consume(#"<tool_call>{"name":""#) == [])
        for _ in 0..<20 {
            for case .text(let text) in extractor.consume(chunk) { length += text.utf8.count }
        }
        #expect(length > ToolCallExtractor.maximumCallLength)
    }

    @Test(
        .timeLimit(.minutes(5)),
        arguments: [
            "<function=get_weather>", "<tool_call>{\"", "<tool_call>{\"a\":[\"", "<tool_call>get_weather",
            "[TOOL_CALLS]", "<",
            "<function=get_weather><parameter=a>",
        ]
    )
    func hostileTextCostsLinearTime(_ unit: String) {
        let text = String(repeating: unit, count: 20_000 / unit.utf8.count)
        for suffix in ["", "</function>", "</tool_call>"] {
            #expect(pieces(of: [text, suffix]) == [.text(text + suffix)])
        }
    }

    private func pieces(of chunks: [String]) -> [Piece] {
        var extractor = ToolCallExtractor(tools: Self.tools)
        let pieces = chunks.flatMap { extractor.consume($0) } + extractor.finish()
        #expect(extractor.finish().isEmpty)
        return pieces.reduce(into: []) { merged, piece in
            if case (.text(let before)?, .text(let text)) = (merged.last, piece) {
                merged[merged.count - 1] = .text(before + text)
            } else {
                merged.append(piece)
            }
        }
    }
}
