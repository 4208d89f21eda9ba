import ProviderKit
import Testing
import TransportKit

@Suite("OpenAI provider")
struct OpenAIProviderTests {
    static let answer = #"{"id":"i","choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]}"#
    static let streamed = """
        data: {"id":"i","choices":[{"index":0,"delta":{"content":"Hi"}}]}

        data: {"id":"i","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}


        """
    static let request = ChatRequest(model: "m", prompt: "Hello")

    @Test func oneCallSendsOneRequest() async throws {
        let transport = FakeTransport(text: Self.answer)
        let provider = try OpenAIProvider.make(transport, key: "k-123456")
        let response = try await provider.respond(to: Self.request)
        #expect(response.text == "Hi" && response.provider == "p" && response.model == "m")
        let sent = try #require(transport.sent.first)
        #expect(transport.sent.count == 1)
        #expect(sent.url == "https://llm.example.com/v1/chat/completions" && sent.method == "POST" && !sent.isStreaming)
        #expect(sent.credentials["authorization"]?.withText { $0 } == "Bearer k-123456")
        #expect(sent.fields["authorization"] == nil && sent.fields["content-type"] == "application/json")
    }

    @Test(arguments: [400, 401, 403, 404, 429, 500, 503])
    func aRefusalIsSentOnceAndKeepsItsStatus(status: Int) async throws {
        for isStreamed in [false, true] {
            let transport = FakeTransport(status: status, text: #"{"error":{"message":"no"}}"#)
            let provider = try OpenAIProvider.make(transport)
            let error = await #expect(throws: PlexError.self) {
                if isStreamed {
                    _ = try await provider.stream(Self.request)
                } else {
                    _ = try await provider.respond(to: Self.request)
                }
            }
            #expect(error?.status == status && transport.sent.count == 1)
        }
    }

    @Test func ownFieldsWinAndSecretOnesStaySecret() async throws {
        let transport = FakeTransport(text: Self.answer)
        let provider = try OpenAIProvider.make(transport, key: "k") {
            $0.fields = ["Authorization": "Basic abc", "X-Title": "t", "X-Auth-Token": "s"]
        }
        _ = try await provider.respond(to: Self.request)
        let sent = try #require(transport.sent.first)
        #expect(Set(sent.credentials.keys) == ["Authorization", "X-Auth-Token"])
        #expect(sent.fields["x-title"] == "t" && sent.fields["x-auth-token"] == nil)
    }

    @Test func theRequestsOwnTimeoutsWin() async throws {
        let transport = FakeTransport(text: Self.answer)
        var request = Self.request
        request.timeouts = Timeouts(total: .seconds(3))
        _ = try await OpenAIProvider.make(transport).respond(to: request)
        #expect(transport.sent.first?.timeouts.total == .seconds(3))
    }

    @Test func aStreamKeepsTheWarningsAndTheRequestsName() async throws {
        var request = Self.request
        request.sampling.topK = 3
        let provider = try OpenAIProvider.make(FakeTransport(stream: Self.streamed))
        let (events, error) = await (try provider.stream(request)).outcome()
        #expect(error == nil)
        guard case .started(let start)? = events.first, case .finished(let response)? = events.last else {
            Issue.record("\(events)")
            return
        }
        #expect(start.requestID == "req-9" && response.requestID == "req-9")
        #expect(response.warnings.map(\.field) == ["sampling.topK"])
        #expect(events.contains(.warning(response.warnings[0])))
    }

    @Test func theBodyIsReadOnlyAsFarAsTheReaderReads() async throws {
        let pieces = (0..<50).map { Array("data: \(OpenAITranscript.text("\($0)"))\n\n".utf8) }
        let transport = FakeTransport(fields: ["content-type": "text/event-stream"], pieces: pieces)
        let stream = try await OpenAIProvider.make(transport).stream(Self.request)
        #expect(transport.body.reads == 0)
        var events = stream.makeAsyncIterator()
        _ = try await events.next()
        #expect(transport.body.reads == 1)
    }

    @Test func theBodyIsLetGoAtTheEndMark() async throws {
        let transport = FakeTransport(stream: Self.streamed + "data: [DONE]\n\n", ending: .stall)
        let (events, error) = await (try OpenAIProvider.make(transport).stream(Self.request)).outcome()
        #expect(error == nil && EventCheck(events).problems == [])
        #expect(transport.body.isCancelled)
    }

    @Test func cancellingEndsAWaitingRead() async throws {
        let transport = FakeTransport(stream: "", ending: .stall)
        let stream = try await OpenAIProvider.make(transport).stream(Self.request)
        let reader = Task { await stream.outcome() }
        while transport.body.reads == 0 { await Task.yield() }
        reader.cancel()
        let (events, error) = await reader.value
        #expect(events.isEmpty && error?.code == .cancelled && transport.body.isCancelled)
    }

    @Test(arguments: [
        (TransportError.Code.closed, PlexError.Code.streamCut), (.timeout(.idle), .timeout(.idle)),
        (.timeout(.total), .timeout(.total)), (.other, .network),
    ])
    func aTransferThatFailsMidway(code: TransportError.Code, expected: PlexError.Code) async throws {
        let wire = "data: \(OpenAITranscript.text("a"))\n\n"
        let transport = FakeTransport(stream: wire, ending: .failure(TransportError(code, "why")))
        let (events, error) = await (try OpenAIProvider.make(transport).stream(Self.request)).outcome()
        #expect(events.contains(.text("a")))
        #expect(error?.code == expected && error?.provider == "p" && error?.requestID == "req-9")
        #expect(error?.message.contains("llm.example.com") == true)
    }

    @Test func aConnectionThatClosesAfterTheFinishReasonIsAnEnd() async throws {
        let ending = FakeTransport.Ending.failure(TransportError(.closed, "closed"))
        let whole = FakeTransport(stream: Self.streamed, ending: ending)
        let (events, error) = await (try OpenAIProvider.make(whole).stream(Self.request)).outcome()
        #expect(error == nil && EventCheck(events).problems == [])
        let torn = FakeTransport(stream: Self.streamed + "data: {\"usa", ending: ending)
        #expect(await (try OpenAIProvider.make(torn).stream(Self.request)).outcome().error?.code == .streamCut)
    }

    @Test func aWholeAnswerToAStreamRequestIsReplayed() async throws {
        let provider = try OpenAIProvider.make(FakeTransport(text: Self.answer))
        let (events, error) = await (try provider.stream(Self.request)).outcome()
        #expect(error == nil && events.contains(.text("Hi")) && EventCheck(events).problems == [])
        let failing = try OpenAIProvider.make(FakeTransport(text: #"{"error":{"message":"no","code":503}}"#))
        let failure = await (try failing.stream(Self.request)).outcome()
        #expect(failure.events.isEmpty && failure.error?.code == .overloaded)
    }

    @Test(arguments: [
        ("text/html", "<html>hello</html>", PlexError.Code.malformedResponse, "HTML page"),
        ("application/json", "", .malformedResponse, "empty body"),
        ("application/json", "{oops", .malformedResponse, "not JSON"),
        ("application/json", #"{"error":{"message":"busy","code":"overloaded_error"}}"#, .overloaded, "busy"),
    ])
    func answersThatAreNone(type: String, body: String, code: PlexError.Code, words: String) async throws {
        let provider = try OpenAIProvider.make(FakeTransport(fields: ["content-type": type], text: body))
        let error = await #expect(throws: PlexError.self) { try await provider.respond(to: Self.request) }
        #expect(error?.code == code && error?.message.contains(words) == true)
    }

    @Test func anAnswerBeyondTheLimitIsRefused() async throws {
        let long = String(repeating: "x", count: 3000)
        let whole = FakeTransport(text: #"{"choices":[{"message":{"content":"\#(long)"}}]}"#)
        let wholeError = await #expect(throws: PlexError.self) {
            try await OpenAIProvider.make(whole, change: { $0.maximumResponseSize = 1000 }).respond(to: Self.request)
        }
        #expect(wholeError?.code == .malformedResponse)
        let chunk = "data: \(OpenAITranscript.text(String(long.prefix(300))))\n\n"
        let streamed = FakeTransport(stream: String(repeating: chunk, count: 10))
        let provider = try OpenAIProvider.make(streamed) { $0.maximumResponseSize = 1000 }
        let (_, error) = await (try provider.stream(Self.request)).outcome()
        #expect(error?.code == .malformedResponse && streamed.body.isCancelled)
        let event = FakeTransport(stream: chunk)
        let small = try OpenAIProvider.make(event) { $0.maximumEventSize = 100 }
        #expect(await (try small.stream(Self.request)).outcome().error?.code == .malformedResponse)
    }

    @Test func thoughtsAndCallsInTextAreTakenOut() async throws {
        let text = #"<think>hm</think><tool_call>{\"name\": \"t\", \"arguments\": {\"a\": {\"b\": 1}}}</tool_call>"#
        var request = Self.request
        request.tools = [ToolDefinition(name: "t")]
        let body = #"{"choices":[{"message":{"content":"\#(text)"},"finish_reason":"stop"}]}"#
        let whole = try OpenAIProvider.make(FakeTransport(text: body)) { $0.extractsTextToolCalls = true }
        let response = try await whole.respond(to: request)
        #expect(response.message.reasoningText == "hm" && response.text == "")
        #expect(response.toolCalls.map(\.arguments) == [#"{"a":{"b":1}}"#])
        #expect(response.finishReason == .toolCalls && response.rawFinishReason == "stop")

        let wire = "data: \(OpenAITranscript.text(text))\n\ndata: \(OpenAITranscript.stop)\n\n"
        let streamed = try OpenAIProvider.make(FakeTransport(stream: wire)) { $0.extractsTextToolCalls = true }
        let (events, error) = await (try streamed.stream(request)).outcome()
        #expect(error == nil && EventCheck(events).problems == [])
        guard case .finished(let end)? = events.last else { return }
        #expect(end.message == response.message && end.finishReason == .toolCalls)
    }
}
