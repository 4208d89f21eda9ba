import ProviderKit
import Testing
import TransportKit

@Suite("OpenAI Responses, as a server reads them")
struct ResponsesRequestTests {
    private func read(_ body: String) throws -> ServedRequest {
        try ResponsesServed().decodeRequest(JSONValue(parsing: body))
    }

    private func messages(_ items: String) throws -> [Message] {
        try read(#"{"model":"m","input":[\#(items)]}"#).request.messages
    }

    @Test("A text is a user's message, behind the instructions")
    func text() throws {
        let served = try read(#"{"model":"m","input":"Hi","instructions":"Be kind.","stream":true}"#)
        #expect(served.request.messages == [.system("Be kind."), .user("Hi")])
        #expect(served.isStreaming && served.wantsUsage)
    }

    @Test("What the model said is one message, whatever the number of its items")
    func items() throws {
        let call = ToolCall(id: "c1", name: "f", arguments: #"{"a":1.50}"#)
        #expect(
            try messages(
                #"""
                {"role":"user","content":[{"type":"input_text","text":"Look"},
                  {"type":"input_image","image_url":"data:image/png;base64,iVBORw0KGgo=","detail":"auto"}]},
                {"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"hm"}],"encrypted_content":"e"},
                {"type":"message","id":"msg_1","role":"assistant","status":"completed","phase":"commentary",
                 "content":[{"type":"output_text","text":"I look.","annotations":[],"logprobs":[]}]},
                {"type":"function_call","id":"fc_1","call_id":"c1","name":"f","arguments":"{\"a\":1.50}"},
                {"type":"function_call_output","call_id":"c1","output":"one"},
                {"role":"developer","content":"Go on."}
                """#
            ) == [
                .user([.text("Look"), .image(Media(.base64("iVBORw0KGgo="), mediaType: "image/png"))]),
                Message(
                    role: .assistant,
                    content: [
                        .reasoning(Reasoning("hm", signature: "e")),
                        ContentPart(.text("I look."), extra: ["phase": "commentary"]), .toolCall(call),
                    ]
                ),
                .toolResult("one", for: call), Message(role: .developer, content: [.text("Go on.")]),
            ]
        )
    }

    @Test("Settings have one meaning; what is done anyway is no field of its own")
    func settings() throws {
        let request = try read(
            #"""
            {"model":"m","input":"x","max_output_tokens":50,"temperature":0.5,"top_p":0.9,"parallel_tool_calls":false,
             "tools":[{"type":"function","name":"f","parameters":null,"strict":true},{"type":"web_search"}],
             "tool_choice":{"type":"function","name":"f"},"store":false,"truncation":"disabled",
             "include":["reasoning.encrypted_content"],"reasoning":{"effort":"low","summary":"auto"},
             "text":{"format":{"type":"json_schema","name":"a","schema":{"type":"object"}},"verbosity":"low"},
             "metadata":{"k":"v"},"user":"u","prompt_cache_key":"p","background":false}
            """#
        ).request
        #expect(request.maximumTokens == 50 && request.sampling == Sampling(temperature: 0.5, topP: 0.9))
        #expect(request.toolChoice == .tool("f") && request.allowsParallelToolCalls == false)
        #expect(request.tools.map(\.name) == ["f", "web_search"] && request.tools[0].isStrict == true)
        #expect(request.reasoning == ReasoningOptions(effort: "low"))
        #expect(request.responseFormat == .jsonSchema(JSONSchemaFormat(name: "a", schema: ["type": "object"])))
        #expect(request.metadata == ["k": "v"] && request.user == "u")
        #expect(
            request.extra == [
                "reasoning": ["summary": "auto"], "text": ["verbosity": "low"], "prompt_cache_key": "p",
            ]
        )
    }

    @Test(
        "What is wrong is named by its place",
        arguments: [
            (#"{"model":"m"}"#, "input"), (#"{"model":"m","input":[]}"#, "input"),
            (#"{"model":"m","input":7}"#, "input"),
            (#"{"model":"m","input":[{"role":"nobody","content":"x"}]}"#, "input[0].role"),
            (#"{"model":"m","input":[{"type":"function_call","name":"f","arguments":"{}"}]}"#, "input[0].call_id"),
            (#"{"model":"m","input":[{"type":"function_call_output","call_id":"c"}]}"#, "input[0].output"),
            (
                #"{"model":"m","input":[{"role":"user","content":[{"type":"input_image"}]}]}"#,
                "input[0].content[0].image_url"
            ),
            (#"{"model":"m","input":"x","tools":[{"name":"f"}]}"#, "tools[0].type"),
            (#"{"model":"m","input":"x","max_output_tokens":0}"#, "max_output_tokens"),
            (#"{"model":"m","input":"x","text":{"format":{"type":"json_schema","schema":{}}}}"#, "text.format.name"),
            (#"{"model":"m","input":"x","previous_response_id":"resp_1"}"#, "previous_response_id"),
            (#"{"model":"m","input":"x","conversation":"conv_1"}"#, "conversation"),
            (#"{"model":"m","input":"x","prompt":{"id":"p"}}"#, "prompt"),
            (#"{"model":"m","input":"x","background":true}"#, "background"),
        ]
    )
    func wrong(_ body: String, _ place: String) throws {
        let error = #expect(throws: PlexError.self) { try read(body) }
        #expect(error?.parameter == place)
        #expect(error?.message.hasPrefix(place) == true)
    }

    @Test("Items of other kinds go to servers of this dialect only")
    func otherItems() throws {
        let item: JSONValue = ["type": "web_search_call", "id": "ws", "status": "completed"]
        var request = try read(#"{"model":"m","input":[{"role":"user","content":"x"},\#(item.serializedString)]}"#)
            .request
        #expect(request.messages[1] == Message(role: .assistant, content: [ContentPart(.unknown(item))]))
        #expect(try ResponsesDialect().encode(request, isStreaming: false).body["input"]?.array?.last == item)
        let error = #expect(throws: PlexError.self) { try OpenAIChatDialect().encode(request, isStreaming: false) }
        #expect(error?.code == .unsupported)
        request.messages.removeLast()
        #expect(throws: Never.self) { try OpenAIChatDialect().encode(request, isStreaming: false) }
    }

    @Test("The fields that both of OpenAI's dialects have pass from one to the other, at OpenAI")
    func sharedFields() throws {
        let body = #"{"model":"m","input":"x","prompt_cache_key":"p","text":{"verbosity":"low"},"truncation":"auto"}"#
        let request = try read(body).request
        var flavour = OpenAIFlavour()
        let other = try OpenAIChatDialect(flavour: flavour).encode(request, isStreaming: false)
        #expect(other.warnings.map(\.field) == ["prompt_cache_key", "text.verbosity", "truncation"])
        flavour.takesOwnFields = true
        let own = try OpenAIChatDialect(flavour: flavour).encode(request, isStreaming: false)
        #expect(own.warnings.map(\.field) == ["truncation"])
        #expect(own.body["prompt_cache_key"] == "p" && own.body["verbosity"] == "low")
        let back = try ResponsesDialect().encode(
            OpenAIChatServed().decodeRequest(own.body).request,
            isStreaming: false
        )
        #expect(back.body["text"] == ["verbosity": "low"] && back.body["prompt_cache_key"] == "p")
        #expect(back.warnings.isEmpty)
    }

    @Test("Nothing is kept at the server, and seals are asked for where the model thinks")
    func stateless() throws {
        func body(_ model: ModelID, _ change: (inout ChatRequest) -> Void = { _ in }) throws -> JSONValue {
            var request = ChatRequest(model: model, prompt: "x")
            change(&request)
            return try ResponsesDialect().encode(request, isStreaming: false).body
        }
        #expect(try body("gpt-5")["include"] == ["reasoning.encrypted_content"])
        #expect(try body("gpt-5")["store"] == false)
        #expect(try body("gpt-4o")["include"] == nil)
        #expect(try body("gpt-5-chat-latest")["include"] == nil)
        #expect(try body("local") { $0.reasoning = ReasoningOptions(effort: "low") }["include"] != nil)
        #expect(try body("gpt-5") { $0.extra = ["store": true] }["store"] == true)
        let strict = try body("m") { $0.tools = [ToolDefinition(name: "f")] }
        #expect(strict["tools"]?.array?.first?["strict"] == false)
    }
}
