import ProviderKit
import Testing
import TransportKit

@Suite("OpenAI Responses: streams")
struct ResponsesStreamTests {
    private func decode(_ text: String) throws -> StreamOutcome {
        try ProviderKitTests.decode(
            [Array(text.utf8)],
            framing: .serverSentEvents,
            decoder: ResponsesDialect().makeStreamDecoder()
        )
    }

    private func decode(_ events: [String]) throws -> StreamOutcome {
        try decode(ResponsesTranscripts.events(events))
    }

    @Test("Thoughts with their seal, text and calls stream in, in order")
    func all() throws {
        let outcome = try decode(ResponsesTranscripts.all)
        let first = ToolCall(id: "call_1", name: "get_weather", arguments: #"{"city":"Paris"}"#)
        let second = ToolCall(id: "call_2", name: "now", arguments: "{}")
        let sealed = Reasoning("First this.\n\nThen that.", signature: "gAAAA")
        let response = try #require(outcome.response)
        #expect(
            response.message.content == [
                .reasoning(sealed), ContentPart(.text("I look 🌍."), extra: ["phase": "commentary"]), .toolCall(first),
                .toolCall(second),
            ]
        )
        #expect(response.id == "resp_1")
        #expect(response.model == "gpt-5-2025-08-07")
        #expect((response.finishReason, response.rawFinishReason) == (.toolCalls, "completed"))
        #expect(
            response.usage
                == Usage(inputTokens: 30, outputTokens: 15, cachedReadTokens: 5, reasoningTokens: 4)
        )
        #expect(response.extra == ["service_tier": "default"])
        #expect(
            outcome.events.dropFirst().prefix(7) == [
                .reasoning("First"), .reasoning(" this."), .reasoning("\n\n"), .reasoning("Then that."),
                .reasoningSealed(sealed), .text("I look "), .text("🌍."),
            ]
        )
        #expect(outcome.isWhole)
    }

    @Test("Wherever the bytes are cut, the events are the same")
    func everyCut() throws {
        let expected = try decode(ResponsesTranscripts.all)
        for pieces in cuts(of: ResponsesTranscripts.all) {
            let outcome = try ProviderKitTests.decode(
                pieces,
                framing: .serverSentEvents,
                decoder: ResponsesDialect().makeStreamDecoder()
            )
            #expect(outcome == expected, "cut after \(pieces[0].count) bytes")
        }
    }

    @Test("Only the last event makes an answer whole")
    func cut() throws {
        let events = ResponsesTranscripts.begun
        #expect(!(try decode(events).isWhole))
        let done =
            #"{"type":"response.output_item.done","output_index":0,"item":{"id":"msg_1","type":"message","content":[{"type":"output_text","text":"Hello"}]}}"#
        #expect(!(try decode(events + [done]).isWhole))
        let whole = try decode(events + [done, ResponsesTranscripts.completed])
        #expect(whole.isWhole)
        #expect(whole.response?.text == "Hello")
    }

    @Test(
        "An answer that stays incomplete says why",
        arguments: [("max_output_tokens", FinishReason.length), ("content_filter", .contentFilter), ("new", "new")]
    )
    func incomplete(_ word: String, _ reason: FinishReason) throws {
        let end =
            #"{"type":"response.incomplete","response":{"id":"resp_1","status":"incomplete","incomplete_details":{"reason":"\#(word)"},"output":[]}}"#
        let outcome = try decode(ResponsesTranscripts.begun + [end])
        #expect(outcome.response?.finishReason == reason)
        #expect(outcome.response?.rawFinishReason == word)
    }

    @Test(
        "Errors of every form fail the stream",
        arguments: [
            (
                #"{"type":"response.failed","response":{"id":"resp_1","object":"response","status":"failed","error":{"code":"rate_limit_exceeded","message":"slow"},"output":[]}}"#,
                PlexError.Code.rateLimited
            ),
            (#"{"type":"error","code":"server_error","message":"it broke","param":null}"#, .upstream),
            (#"{"type":"error","error":{"type":"server_error","message":"it broke"}}"#, .upstream),
            (#"{"type":"response.failed","response":{}}"#, .upstream),
        ]
    )
    func failure(_ event: String, _ code: PlexError.Code) throws {
        #expect(try decode(ResponsesTranscripts.begun + [event]).failure == code)
    }

    @Test("What does not come in pieces is taken from the end of its item, or of the answer")
    func wholeItems() throws {
        let item =
            #"{"id":"msg_1","type":"message","content":[{"type":"output_text","text":"Hi","annotations":[{"type":"url_citation","url":"u"}]}]}"#
        let added = #"{"type":"response.output_item.added","output_index":0,"item":{"id":"msg_1","type":"message"}}"#
        let done = #"{"type":"response.output_item.done","output_index":0,"item":\#(item)}"#
        let end = #"{"type":"response.completed","response":{"id":"r","status":"completed","output":[\#(item)]}}"#
        let expected = ContentPart(.text("Hi"), extra: ["annotations": [["type": "url_citation", "url": "u"]]])
        #expect(try decode([added, done, end]).response?.message.content == [expected])
        #expect(try decode([end]).response?.message.content == [expected])
        let call = #"{"type":"function_call","call_id":"c","name":"f","arguments":"{\"a\":1}"}"#
        let calls = #"{"type":"response.completed","response":{"id":"r","status":"completed","output":[\#(call)]}}"#
        #expect(try decode([calls]).response?.toolCalls == [ToolCall(id: "c", name: "f", arguments: #"{"a":1}"#)])
    }

    @Test("Thoughts as they are and summed up are told once; sealed ones need no words")
    func thoughts() throws {
        let added = #"{"type":"response.output_item.added","output_index":0,"item":{"id":"r","type":"reasoning"}}"#
        let text = #"{"type":"response.reasoning_text.delta","output_index":0,"content_index":0,"delta":"raw"}"#
        let sum = #"{"type":"response.reasoning_summary_text.delta","output_index":0,"summary_index":0,"delta":"sum"}"#
        let done =
            #"{"type":"response.output_item.done","output_index":0,"item":{"id":"r","type":"reasoning","summary":[]}}"#
        let sealed =
            #"{"type":"response.output_item.done","output_index":0,"item":{"id":"r","type":"reasoning","summary":[],"encrypted_content":"e"}}"#
        let end = ResponsesTranscripts.completed
        #expect(try decode([added, text, sum, done, end]).response?.message.content == [.reasoning(Reasoning("raw"))])
        #expect(
            try decode([added, sealed, end]).response?.message.content
                == [.reasoning(Reasoning("", redacted: "e"))]
        )
        #expect(
            try decode([added, text, sealed, end]).response?.message.content
                == [.reasoning(Reasoning("raw", signature: "e"))]
        )
    }

    @Test("An item that only this dialect has is kept whole")
    func otherItems() throws {
        let item =
            #"{"id":"ws_1","type":"web_search_call","status":"completed","action":{"type":"search","query":"q"}}"#
        let outcome = try decode([
            #"{"type":"response.output_item.added","output_index":0,"item":{"id":"ws_1","type":"web_search_call"}}"#,
            #"{"type":"response.web_search_call.searching","output_index":0,"item_id":"ws_1"}"#,
            #"{"type":"response.output_item.done","output_index":0,"item":\#(item)}"#, ResponsesTranscripts.completed,
        ])
        #expect(outcome.response?.message.content == [ContentPart(.unknown(try JSONValue(parsing: item)))])
    }
}
