import ProviderKit
import Testing
import TransportKit

@Suite("Anthropic answers, as a server writes them")
struct AnthropicServedAnswerTests {
    private let served = AnthropicServed()
    private let context = AnswerContext(id: "msg_1", created: 1_700_000_000, model: "fast")
    private let asked = ServedRequest(
        request: ChatRequest(model: "fast", prompt: "x"),
        isStreaming: true,
        wantsUsage: true
    )

    private func response(
        _ content: [ContentPart],
        _ reason: FinishReason?,
        warnings: [Warning] = []
    ) -> ChatResponse {
        ChatResponse(
            provider: "p",
            model: "real",
            message: Message(role: .assistant, content: content),
            finishReason: reason,
            rawFinishReason: reason?.rawValue,
            usage: Usage(inputTokens: 13, outputTokens: 2, cachedReadTokens: 10),
            warnings: warnings
        )
    }

    private func wire(_ events: [ChatEvent]) -> [String] {
        var encoder = served.makeStreamEncoder(for: asked, context: context)
        var bytes: [UInt8] = []
        for event in events { encoder.encode(event, into: &bytes) }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n\n").map { event in
            // Each event is named as its data says.
            let data = event.drop { $0 != "\n" }.dropFirst("\ndata: ".count)
            #expect(event.hasPrefix("event: \((try? JSONValue(parsing: String(data)))?["type"]?.string ?? "?")\n"))
            return String(data)
        }
    }

    @Test func wholeAnswer() {
        let warnings = [Warning(.dropped, field: "sampling.topK", "there is none")]
        let body = served.encodeResponse(
            response([.text("Hi")], .stop, warnings: warnings),
            to: asked,
            context: context
        )
        #expect(
            body.serializedString == """
                {"id":"msg_1","type":"message","role":"assistant","model":"fast",\
                "content":[{"type":"text","text":"Hi"}],"stop_reason":"end_turn","stop_sequence":null,\
                "usage":{"input_tokens":3,"output_tokens":2,"cache_read_input_tokens":10},\
                "warnings":[{"code":"dropped","field":"top_k","message":"there is none"}]}
                """
        )
    }

    @Test(
        arguments: [
            (.stop, "end_turn"), (.length, "max_tokens"), (.toolCalls, "tool_use"), (.contentFilter, "refusal"),
            (.refusal, "refusal"), (.pause, "pause_turn"), ("odd", "end_turn"), (nil, nil),
        ] as [(FinishReason?, String?)]
    )
    func stopReason(reason: FinishReason?, word: String?) {
        let response = response([.text("x")], reason)
        let body = served.encodeResponse(response, to: asked, context: context)
        #expect(body["stop_reason"] == word.map { .string($0) } ?? .null)
        #expect(body["native_stop_reason"]?.string == (reason == "odd" ? "odd" : nil))
        let end = wire(ResponseReplay.events(of: response)).dropLast().last
        #expect(end?.contains(#""stop_reason":\#(word.map { "\"\($0)\"" } ?? "null")"#) == true)
    }

    @Test func argumentsThatAreNoObject() {
        let call = ToolCall(id: "c", name: "f", arguments: "{broken")
        let body = served.encodeResponse(response([.toolCall(call)], .toolCalls), to: asked, context: context)
        #expect(body["content"]?.array?.first?["input"] == ["_text": "{broken"])
        #expect(body["warnings"]?.array?.first?["field"] == "content[0].input")
    }

    @Test func interleavedCallsComeOneAfterAnother() {
        let first = ToolCall(id: "c1", name: "f", arguments: "{}")
        let second = ToolCall(id: "c2", name: "g", arguments: #"{"a":1}"#)
        let events: [ChatEvent] = [
            .started(StreamStart(provider: "p", model: "real")), .reasoning("hm"),
            .reasoningSealed(Reasoning("hm", signature: "s")), .text("a"),
            .toolCallBegan(index: 0, id: "c1", name: "f"), .toolCallBegan(index: 1, id: "c2", name: "g"),
            .toolCallArguments(index: 1, delta: #"{"a""#), .toolCallArguments(index: 0, delta: "{}"), .text("b"),
            .toolCallArguments(index: 1, delta: ":1}"), .toolCallEnded(index: 0, call: first),
            .toolCallEnded(index: 1, call: second), .finished(response([], .toolCalls)),
        ]
        let start = #"{"type":"content_block_start","index":"#
        let delta = #"{"type":"content_block_delta","index":"#
        let stop = #"{"type":"content_block_stop","index":"#
        #expect(
            wire(events).dropFirst().dropLast(2) == [
                start + #"0,"content_block":{"type":"thinking","thinking":"","signature":""}}"#,
                delta + #"0,"delta":{"type":"thinking_delta","thinking":"hm"}}"#,
                delta + #"0,"delta":{"type":"signature_delta","signature":"s"}}"#, stop + "0}",
                start + #"1,"content_block":{"type":"text","text":""}}"#,
                delta + #"1,"delta":{"type":"text_delta","text":"a"}}"#, stop + "1}",
                start + #"2,"content_block":{"type":"tool_use","id":"c1","name":"f","input":{}}}"#,
                delta + #"2,"delta":{"type":"input_json_delta","partial_json":"{}"}}"#, stop + "2}",
                start + #"3,"content_block":{"type":"tool_use","id":"c2","name":"g","input":{}}}"#,
                delta + #"3,"delta":{"type":"input_json_delta","partial_json":"{\"a\""}}"#,
                delta + #"3,"delta":{"type":"input_json_delta","partial_json":":1}"}}"#, stop + "3}",
                start + #"4,"content_block":{"type":"text","text":""}}"#,
                delta + #"4,"delta":{"type":"text_delta","text":"b"}}"#, stop + "4}",
            ]
        )
    }

    @Test(
        arguments: [
            (400, "invalid_request_error"), (401, "authentication_error"), (403, "permission_error"),
            (404, "not_found_error"), (413, "request_too_large"), (429, "rate_limit_error"), (500, "api_error"),
            (502, "api_error"), (503, "overloaded_error"), (504, "timeout_error"),
        ]
    )
    func errors(status: Int, type: String) {
        let error = CallerError(status: status, message: "it failed", code: "c", parameter: "p", requestID: "r")
        #expect(
            served.encodeError(error) == [
                "type": "error", "request_id": "r",
                "error": ["type": .string(type), "message": "it failed", "code": "c", "param": "p"],
            ]
        )
    }

    @Test func anErrorEndsTheStreamWithoutItsEnd() {
        var encoder = served.makeStreamEncoder(for: asked, context: context)
        var bytes: [UInt8] = []
        encoder.encode(CallerError(status: 502, message: "cut", code: "stream_cut", requestID: "r"), into: &bytes)
        encoder.encode(.text("more"), into: &bytes)
        #expect(
            String(decoding: bytes, as: UTF8.self) == """
                event: error
                data: {"type":"error","error":{"type":"api_error","message":"cut","code":"stream_cut"},"request_id":"r"}


                """
        )
        #expect(encoder.hasEnded)
    }

    @Test func models() {
        let models = [Model(id: "a", provider: "p", created: 1_700_000_000), Model(id: "a", provider: "q")]
        #expect(
            served.encodeModels(models) == [
                "data": [
                    ["type": "model", "id": "a", "display_name": "a", "created_at": "2023-11-14T22:13:20Z"]
                ],
                "has_more": false, "first_id": "a", "last_id": "a",
            ]
        )
    }

    @Test func anEstimateGrowsWithWhatIsAsked() {
        var request = ChatRequest(model: "m", prompt: String(repeating: "word ", count: 80))
        let plain = request.estimatedTokens
        #expect((80...130).contains(plain))
        request.tools = [ToolDefinition(name: "f", description: String(repeating: "x", count: 400))]
        #expect(request.estimatedTokens >= plain + 100)
        request.messages.append(.user([.image(Media(.url("https://e.org/i.png")))]))
        #expect(request.estimatedTokens >= plain + 1100)
    }
}
