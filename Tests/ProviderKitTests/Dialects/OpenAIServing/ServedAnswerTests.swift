import ProviderKit
import Testing
import TransportKit

@Suite("OpenAI answers, as a server writes them")
struct ServedAnswerTests {
    private let served = OpenAIChatServed()
    private let context = AnswerContext(id: "chatcmpl-1", created: 1_700_000_000, model: "fast")

    private func asked(usesFunctions: Bool = false, wantsUsage: Bool = false) -> ServedRequest {
        var request = ServedRequest(
            request: ChatRequest(model: "fast", prompt: "x"),
            isStreaming: true,
            wantsUsage: wantsUsage
        )
        request.usesFunctions = usesFunctions
        return request
    }

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
            usage: Usage(inputTokens: 3, outputTokens: 2),
            warnings: warnings
        )
    }

    @Test("The probabilities of tokens have one name and two forms; each caller is given only its own")
    func logprobs() {
        let ours: JSONValue = ["content": [["token": "a", "logprob": -0.1]]]
        let ollamas: JSONValue = [["token": "a", "logprob": -0.1]]
        for (given, isOllamas) in [(ours, false), (ollamas, true)] {
            var answer = response([.text("a")], .stop)
            answer.extra["logprobs"] = given
            let body = served.encodeResponse(answer, to: asked(), context: context)
            #expect(body["choices"]?.array?.first?["logprobs"] == (isOllamas ? .null : ours))
            let other = OllamaServed().encodeResponse(answer, to: asked(), context: context)
            #expect(isOllamas ? other["logprobs"] == ollamas : other.object?.names.contains("logprobs") == false)
        }
    }

    private func wire(_ events: [ChatEvent], _ request: ServedRequest) -> String {
        var encoder = served.makeStreamEncoder(for: request, context: context)
        var bytes: [UInt8] = []
        for event in events { encoder.encode(event, into: &bytes) }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func wholeAnswer() {
        let warnings = [Warning(.dropped, field: "sampling.seed", "there is none")]
        let body = served.encodeResponse(
            response([.text("Hi"), .text(" you")], .stop, warnings: warnings),
            to: asked(),
            context: context
        )
        #expect(
            body.serializedString == """
                {"id":"chatcmpl-1","object":"chat.completion","created":1700000000,"model":"fast",\
                "choices":[{"index":0,"message":{"role":"assistant","content":"Hi you","refusal":null},\
                "logprobs":null,"finish_reason":"stop"}],\
                "usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5},\
                "warnings":[{"code":"dropped","field":"seed","message":"there is none"}]}
                """
        )
    }

    @Test(
        arguments: [
            (.stop, "stop", nil), (.length, "length", nil), (.toolCalls, "tool_calls", nil),
            (.contentFilter, "content_filter", nil), (.refusal, "content_filter", "refusal"), (.pause, "stop", "pause"),
            ("model_context_window_exceeded", "stop", "model_context_window_exceeded"), (nil, nil, nil),
        ] as [(FinishReason?, String?, String?)]
    )
    func finishReason(reason: FinishReason?, word: String?, native: String?) {
        let response = response([.text("x")], reason)
        let body = served.encodeResponse(response, to: asked(), context: context)
        let choice = body["choices"]?.array?.first
        #expect(choice?["finish_reason"] == word.map { .string($0) } ?? .null)
        #expect(choice?["native_finish_reason"]?.string == native)
        let wire = wire(ResponseReplay.events(of: response), asked())
        #expect(wire.contains(#""finish_reason":\#(word.map { "\"\($0)\"" } ?? "null")"#))
    }

    @Test func sealedThoughtsComeBackInTheirOwnForm() throws {
        let content: [ContentPart] = [
            .reasoning(Reasoning("hm", signature: "s")), .reasoning(Reasoning("", redacted: "d")), .text("x"),
        ]
        let body = served.encodeResponse(response(content, .stop), to: asked(), context: context)
        let message = try #require(body["choices"]?.array?.first?["message"])
        #expect(message["reasoning_content"] == "hm")
        let again: JSONValue = ["model": "m", "messages": [message]]
        #expect(try served.decodeRequest(again).request.messages.first?.content == content)
    }

    @Test func streamedSealsAreJoinedWithTheirWords() throws {
        let content: [ContentPart] = [.reasoning(Reasoning("hm", signature: "s")), .text("x")]
        let wire = wire(ResponseReplay.events(of: response(content, .stop)), asked())
        // What a client collects: words by one field, seals by the other.
        #expect(wire.contains(#""reasoning_content":"hm""#))
        #expect(wire.contains(#""reasoning_details":[{"type":"reasoning.text","text":"","signature":"s"}]"#))
        let collected: JSONValue = [
            "role": "assistant", "content": "x", "reasoning_content": "hm",
            "reasoning_details": [["type": "reasoning.text", "text": "", "signature": "s"]],
        ]
        let again: JSONValue = ["model": "m", "messages": [collected]]
        #expect(try served.decodeRequest(again).request.messages.first?.content == content)
    }

    @Test func chunks() {
        let call = ToolCall(id: "c1", name: "f", arguments: "{}")
        let events: [ChatEvent] = [
            .started(StreamStart(provider: "p", model: "real")), .reasoning("hm"), .text("a\n\"b\""),
            .toolCallBegan(index: 0, id: "c1", name: "f"), .toolCallArguments(index: 0, delta: "{}"),
            .toolCallEnded(index: 0, call: call), .refusal("no"),
            .finished(response([.text("a\n\"b\""), .toolCall(call)], .toolCalls)),
        ]
        let deltas = [
            #"{"role":"assistant","content":""}"#, #"{"reasoning_content":"hm"}"#, #"{"content":"a\n\"b\""}"#,
            #"{"tool_calls":[{"index":0,"id":"c1","type":"function","function":{"name":"f","arguments":""}}]}"#,
            #"{"tool_calls":[{"index":0,"function":{"arguments":"{}"}}]}"#, #"{"refusal":"no"}"#,
        ]
        let head = #"data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1700000000,"model":"fast","#
        let expected =
            deltas.map { head + #""choices":[{"index":0,"delta":\#($0),"finish_reason":null}]}"# }
            + [head + #""choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}"#, "data: [DONE]", ""]
        #expect(wire(events, asked()) == expected.joined(separator: "\n\n"))
    }

    @Test func theCountComesLastIfItIsWanted() {
        let events = ResponseReplay.events(of: response([.text("x")], .stop))
        #expect(!wire(events, asked()).contains("usage"))
        let frames = wire(events, asked(wantsUsage: true)).split(separator: "\n\n")
        #expect(frames.last == "data: [DONE]")
        #expect(frames.dropLast(2).allSatisfy { $0.hasSuffix(#""usage":null}"#) })
        #expect(
            frames.dropLast().last?.hasSuffix(
                #""choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}"#
            ) == true
        )
    }

    @Test func theFormOfOldForWhoAsksInIt() {
        let content: [ContentPart] = [.toolCall(ToolCall(id: "c1", name: "f", arguments: "{}"))]
        let whole = response(content, .toolCalls)
        let body = served.encodeResponse(whole, to: asked(usesFunctions: true), context: context)
        let choice = body["choices"]?.array?.first
        #expect(choice?["message"]?["function_call"] == ["name": "f", "arguments": "{}"])
        #expect(choice?["message"]?["tool_calls"] == nil && choice?["finish_reason"] == "function_call")
        let wire = wire(ResponseReplay.events(of: whole), asked(usesFunctions: true))
        #expect(wire.contains(#""function_call":{"name":"f","arguments":""}"#))
        #expect(wire.contains(#""function_call":{"arguments":"{}"}"#))
        #expect(wire.contains(#""finish_reason":"function_call""#) && !wire.contains("tool_calls"))
    }

    @Test func anErrorEndsTheStreamWithoutTheEndMark() {
        var encoder = served.makeStreamEncoder(for: asked(), context: context)
        var bytes: [UInt8] = []
        encoder.encode(CallerError(status: 502, message: "cut", code: "stream_cut", requestID: "r"), into: &bytes)
        #expect(encoder.hasEnded)
        encoder.encode(.text("more"), into: &bytes)
        #expect(
            String(decoding: bytes, as: UTF8.self) == """
                data: {"error":{"message":"cut","type":"server_error","code":"stream_cut","param":null,"request_id":"r"}}


                """
        )
    }

    @Test func aNewBeginningIsAnErrorOnceSomethingWasSent() {
        let start = ChatEvent.started(StreamStart(provider: "p", model: "m"))
        let end = ChatEvent.finished(response([.text("b")], .stop))
        let quiet = wire([start, .reset(reason: "cut"), .text("b"), end], asked())
        #expect(quiet.hasSuffix("data: [DONE]\n\n") && !quiet.contains("error"))
        let told = wire([start, .text("a"), .reset(reason: "cut"), .text("b"), end], asked())
        #expect(told.contains(#""code":"stream_cut""#) && !told.contains("[DONE]") && !told.contains(#""b""#))
    }
}
