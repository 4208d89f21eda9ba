import ProviderKit
import Testing
import TransportKit

@testable import plexctl

@Suite("Printing answers")
struct AnswerPrinterTests {
    private let start = ChatEvent.started(StreamStart(id: "1", provider: "p", model: "m"))

    private func response(_ text: String, finishReason: FinishReason? = .stop) -> ChatResponse {
        ChatResponse(provider: "p", model: "m", message: .assistant(text), finishReason: finishReason)
    }

    private func print(
        _ events: [ChatEvent],
        form: AnswerPrinter.Form = .text,
        showsReasoning: Bool = false,
        to recorded: RecordedConsole = RecordedConsole()
    ) throws -> RecordedConsole {
        var printer = AnswerPrinter(console: recorded.console, form: form, showsReasoning: showsReasoning)
        for event in events { try printer.print(event) }
        try printer.end()
        return recorded
    }

    @Test("each piece of text is one write, and the last line is ended once")
    func pieces() throws {
        let recorded = try print([start, .text("Hel"), .text("lo"), .finished(response("Hello"))])
        #expect(recorded.writes == ["Hel", "lo", "\n"])
        #expect(recorded.errors == "")
    }

    @Test("an answer that ends its last line gets no second line end")
    func endedLine() throws {
        #expect(try print([.text("a\n"), .finished(response("a\n"))]).output == "a\n")
    }

    @Test("an answer without text prints nothing")
    func nothing() throws {
        #expect(try print([start, .finished(response(""))]).output == "")
    }

    @Test("what came before a cut ends its line")
    func cut() throws {
        #expect(try print([start, .text("Hel")]).output == "Hel\n")
    }

    @Test("thoughts are shown on standard error when asked for, and never on standard output")
    func reasoning() throws {
        let events = [start, .reasoning("Hm"), .reasoning("m."), .text("Hi"), .finished(response("Hi"))]
        #expect(try print(events).errors == "")
        let shown = try print(events, showsReasoning: true)
        #expect(shown.errors == "Hmm.\n")
        #expect(shown.output == "Hi\n")
    }

    @Test("controls reach a pipe as they are, and a terminal as symbols")
    func controls() throws {
        let events: [ChatEvent] = [.text("a\u{1B}[2Jb\r"), .text("\nc\u{7}"), .finished(response(""))]
        #expect(try print(events).output == "a\u{1B}[2Jb\r\nc\u{7}\n")
        let terminal = RecordedConsole(isTerminal: true)
        #expect(try print(events, to: terminal).output == "a\u{241B}[2Jb\nc\u{2407}\n")
    }

    @Test("warnings, a cut at the token limit and unanswered tool calls are told on standard error")
    func warnings() throws {
        var response = response("Hi", finishReason: .length)
        response.warnings = [Warning(.dropped, field: "sampling.topK", "not known here")]
        response.message.content.append(.toolCall(ToolCall(id: "1", name: "clock", arguments: "{}")))
        let recorded = try print([.text("Hi"), .finished(response)])
        #expect(
            recorded.errors == """
                plexctl: warning: sampling.topK: not known here
                plexctl: warning: the answer ends at the token limit; raise it with --max-tokens
                plexctl: warning: the model asked for tools, which nobody ran: clock; see them with --json

                """
        )
    }

    @Test("a new beginning is told between the lines")
    func reset() throws {
        let recorded = try print([.text("Hel"), .reset(reason: "again"), .text("Hi"), .finished(response("Hi"))])
        #expect(recorded.output == "Hel\nHi\n")
        #expect(recorded.errors.contains("void"))
    }

    @Test("--json prints one object at the end")
    func json() throws {
        var response = response("Hi")
        response.id = "r1"
        response.rawFinishReason = "end_turn"
        response.usage = Usage(inputTokens: 3, outputTokens: 2, cachedReadTokens: 1)
        response.requestID = "req"
        let recorded = try print([start, .text("Hi"), .finished(response)], form: .json)
        #expect(recorded.writes.count == 1)
        #expect(
            recorded.output == """
                {"id":"r1","provider":"p","model":"m","text":"Hi","finish_reason":"stop","raw_finish_reason":"end_turn",\
                "usage":{"input_tokens":3,"output_tokens":2,"cached_read_tokens":1},"request_id":"req"}

                """
        )
    }

    @Test("--jsonl prints each event as an object on its line")
    func jsonLines() throws {
        let call = ToolCall(id: "1", name: "clock", arguments: "{}")
        let events: [ChatEvent] = [
            start, .reasoning("a\nb"), .text("Hi"), .toolCallBegan(index: 0, id: "1", name: "clock"),
            .toolCallArguments(index: 0, delta: "{}"), .toolCallEnded(index: 0, call: call), .refusal("No"),
            .warning(Warning(.adjusted, field: "f", "w")), .reset(reason: "r"), .finished(response("Hi")),
        ]
        let lines = try print(events, form: .jsonLines).output.split(separator: "\n")
        let types = try lines.map { try JSONValue(parsing: String($0))["type"]?.string }
        #expect(
            types == [
                "started", "reasoning", "text", "tool_call_began", "tool_call_arguments", "tool_call_ended", "refusal",
                "warning", "reset", "finished",
            ]
        )
    }
}
