import ProviderKit
import Testing
import TransportKit

@Suite("OpenAI requests, as a server reads them")
struct ServedRequestTests {
    private func read(_ body: String) throws -> ServedRequest {
        try OpenAIChatServed().decodeRequest(JSONValue(parsing: body))
    }

    private func messages(_ text: String) throws -> [Message] {
        try read(#"{"model":"m","messages":[\#(text)]}"#).request.messages
    }

    private func settings(_ text: String) throws -> ChatRequest {
        try read(#"{"model":"m","messages":[{"role":"user","content":"x"}],\#(text)}"#).request
    }

    @Test(
        arguments: [
            (#"{"role":"system","content":"s"}"#, Message.system("s")),
            (#"{"role":"developer","content":"s"}"#, Message(role: .developer, content: [.text("s")])),
            (
                #"{"role":"user","content":"hi","name":"Ann"}"#,
                Message(role: .user, content: [.text("hi")], name: "Ann")
            ),
            (
                #"{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}"#,
                .user([.text("a"), .text("b")])
            ),
            (
                #"{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://e.org/i.png","detail":"low"}}]}"#,
                .user([.image(Media(.url("https://e.org/i.png"), detail: "low"))])
            ),
            (
                #"{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBO"}}]}"#,
                .user([.image(Media(.base64("iVBO"), mediaType: "image/png"))])
            ),
            (
                #"{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"AAAA","format":"mp3"}}]}"#,
                .user([.audio(Media(.base64("AAAA"), mediaType: "audio/mpeg"))])
            ),
            (
                #"{"role":"user","content":[{"type":"file","file":{"file_data":"data:application/pdf;base64,JVBE","filename":"a.pdf"}}]}"#,
                .user([.file(Media(.base64("JVBE"), mediaType: "application/pdf", filename: "a.pdf"))])
            ),
            (
                #"{"role":"user","content":[{"type":"file","file":{"file_id":"file-1"}}]}"#,
                .user([.file(Media(.providerFile("file-1")))])
            ),
            (
                #"{"role":"user","content":[{"type":"text","text":"a","cache_control":{"type":"ephemeral","ttl":"1h"}}]}"#,
                .user([ContentPart(.text("a"), cacheHint: CacheHint(timeToLive: "1h"))])
            ),
            (
                #"{"role":"user","content":[{"type":"video_url","video_url":{"url":"https://e.org/v"}}]}"#,
                .user([ContentPart(.unknown(["type": "video_url", "video_url": ["url": "https://e.org/v"]]))])
            ),
            (
                #"{"role":"assistant","content":null,"refusal":"no"}"#,
                Message(role: .assistant, content: [.refusal("no")])
            ),
            (
                #"{"role":"assistant","content":[{"type":"refusal","refusal":"no"}]}"#,
                Message(role: .assistant, content: [.refusal("no")])
            ),
            (#"{"role":"assistant","content":null,"audio":null}"#, Message(role: .assistant, content: [])),
            (
                #"{"role":"assistant","content":"","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]}"#,
                Message(role: .assistant, content: [.toolCall(ToolCall(id: "c1", name: "f", arguments: #"{"a":1}"#))])
            ),
            (
                #"{"role":"assistant","reasoning_content":"hm","content":"x"}"#,
                Message(role: .assistant, content: [.reasoning(Reasoning("hm")), .text("x")])
            ),
            (
                #"{"role":"assistant","reasoning_content":"hm","reasoning_details":[{"type":"reasoning.text","text":"","signature":"s"},{"type":"reasoning.encrypted","data":"d"}],"content":"x"}"#,
                Message(
                    role: .assistant,
                    content: [
                        .reasoning(Reasoning("hm", signature: "s")), .reasoning(Reasoning("", redacted: "d")),
                        .text("x"),
                    ]
                )
            ),
            (
                #"{"role":"tool","tool_call_id":"c1","content":[{"type":"text","text":"5"}]}"#,
                Message(role: .tool, content: [.toolResult(ToolResult(callID: "c1", content: [.text("5")]))])
            ),
            (
                #"{"role":"user","content":"x","odd":{"n":1.50}}"#,
                Message(role: .user, content: [.text("x")], extra: ["odd": ["n": .number(JSONNumber(1.5))]])
            ),
        ] as [(String, Message)]
    )
    func message(wire: String, expected: Message) throws {
        let found = try messages(wire)
        // Digits are compared by the test of unknown fields.
        #expect(found.first?.content == expected.content && found.first?.role == expected.role)
        #expect(found.count == 1 && found.first?.name == expected.name)
        #expect(found.first?.extra.names == expected.extra.names)
    }

    @Test func functionsOfOldAreToolsWithNames() throws {
        let served = try read(
            #"""
            {"model":"m","functions":[{"name":"f","parameters":{"type":"object"}}],"function_call":{"name":"f"},
             "messages":[{"role":"user","content":"x"},
              {"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{}"}},
              {"role":"function","name":"f","content":"5"}]}
            """#
        )
        #expect(served.usesFunctions)
        #expect(served.request.tools.map(\.name) == ["f"])
        #expect(served.request.toolChoice == .tool("f"))
        let call = try #require(served.request.messages[1].toolCalls.first)
        #expect(
            served.request.messages[2].content
                == [.toolResult(ToolResult(callID: call.id, name: "f", content: [.text("5")]))]
        )
    }

    @Test func settingsFindTheirPlaces() throws {
        let request = try settings(
            #"""
            "temperature":0.5,"top_p":0.9,"top_k":7,"seed":42,"presence_penalty":1,"frequency_penalty":-1,
            "max_tokens":10,"max_completion_tokens":20,"stop":"END","user":"u","metadata":{"k":"v"},
            "reasoning_effort":"low","parallel_tool_calls":false,"n":1,"logit_bias":null
            """#
        )
        #expect(
            request.sampling
                == Sampling(
                    temperature: 0.5,
                    topP: 0.9,
                    topK: 7,
                    seed: 42,
                    presencePenalty: 1,
                    frequencyPenalty: -1
                )
        )
        #expect(request.maximumTokens == 20 && request.stopSequences == ["END"])
        #expect(request.user == "u" && request.metadata == ["k": "v"])
        #expect(request.reasoning == ReasoningOptions(effort: .low))
        #expect(request.allowsParallelToolCalls == false && request.extra.isEmpty)
    }

    @Test func unknownFieldsSurviveDigitByDigit() throws {
        let request = try settings(#""logprobs":true,"min_p":0.050,"vendor":{"big":12345678901234567890}"#)
        #expect(request.extraDialect == .openAI)
        #expect(
            JSONValue.object(request.extra).serializedString
                == #"{"logprobs":true,"min_p":0.050,"vendor":{"big":12345678901234567890}}"#
        )
        let body = try OpenAIChatDialect().encode(request, isStreaming: false)
        #expect(body.warnings.isEmpty)
        #expect(body.body["vendor"]?.serializedString == #"{"big":12345678901234567890}"#)
    }

    @Test func otherDialectsAreNotSentWhatTheyDoNotKnow() throws {
        let request = try read(
            #"{"model":"m","messages":[{"role":"user","content":"x","odd":1}],"logprobs":true,"seed":1}"#
        ).request
        let anthropic = try AnthropicMessagesDialect().encode(request, isStreaming: false)
        #expect(anthropic.body["logprobs"] == nil)
        let warnings = OpenAIChatServed().callersWarnings(anthropic.warnings)
        #expect(warnings.map(\.field) == ["logprobs", "messages[0].odd", "seed"])
        #expect(warnings.allSatisfy { $0.code == .dropped })
        let ollama = try OllamaDialect().encode(request, isStreaming: false)
        #expect(
            ollama.body["logprobs"] == nil && ollama.shortWarnings == ["dropped logprobs", "dropped messages[0].odd"]
        )
    }

    @Test func partsThatOnlyOneDialectKnowsAreRefusedElsewhere() throws {
        let request = try read(
            #"{"model":"m","messages":[{"role":"user","content":[{"type":"video_url","video_url":{}}]}]}"#
        ).request
        #expect(try OpenAIChatDialect().encode(request, isStreaming: false).warnings.isEmpty)
        let error = #expect(throws: PlexError.self) {
            try AnthropicMessagesDialect().encode(request, isStreaming: false)
        }
        #expect(error?.code == .unsupported && error?.parameter == "messages[0].content[0]")
    }

    @Test(
        arguments: [
            (#""tool_choice":"auto""#, .auto), (#""tool_choice":"none""#, ToolChoice.none),
            (#""tool_choice":"required""#, .required),
            (#""tool_choice":{"type":"function","function":{"name":"b"}}"#, .tool("b")),
            (
                #""tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"required","tools":[{"type":"function","function":{"name":"b"}}]}}"#,
                .required
            ),
        ] as [(String, ToolChoice)]
    )
    func toolChoice(wire: String, expected: ToolChoice) throws {
        let tools =
            #""tools":[{"type":"function","function":{"name":"a"}},{"type":"function","function":{"name":"b","strict":true}}]"#
        let request = try settings("\(wire),\(tools)")
        #expect(request.toolChoice == expected)
        #expect(request.tools.map(\.name) == (wire.contains("allowed_tools") ? ["b"] : ["a", "b"]))
        #expect(request.tools.last?.isStrict == true)
    }

    @Test(
        arguments: [
            (#"{"type":"text"}"#, .text), (#"{"type":"json_object"}"#, .jsonObject),
            (
                #"{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"},"strict":true}}"#,
                .jsonSchema(JSONSchemaFormat(name: "n", schema: ["type": "object"], isStrict: true))
            ),
        ] as [(String, ResponseFormat)]
    )
    func responseFormat(wire: String, expected: ResponseFormat) throws {
        #expect(try settings(#""response_format":\#(wire)"#).responseFormat == expected)
    }

    @Test func streaming() throws {
        let plain = try read(#"{"model":"m","messages":[{"role":"user","content":"x"}],"stream":true}"#)
        #expect(plain.isStreaming && !plain.wantsUsage)
        let counted = try read(
            #"{"model":"m","messages":[{"role":"user","content":"x"}],"stream":true,"stream_options":{"include_usage":true}}"#
        )
        #expect(counted.isStreaming && counted.wantsUsage && counted.request.extra.isEmpty)
    }
}

@Suite("Wrong OpenAI requests")
struct WrongServedRequestTests {
    struct Sample: Sendable, CustomTestStringConvertible {
        var body: String
        var field: String?
        var code: PlexError.Code

        init(_ body: String, _ field: String?, _ code: PlexError.Code = .invalidRequest) {
            self.body = body
            self.field = field
            self.code = code
        }

        init(setting: String, _ field: String?, _ code: PlexError.Code = .invalidRequest) {
            self.init(#"{"model":"m","messages":[{"role":"user","content":"x"}],\#(setting)}"#, field, code)
        }

        init(message: String, _ field: String?, _ code: PlexError.Code = .invalidRequest) {
            let body = #"{"model":"m","messages":[{"role":"user","content":"x"},\#(message)]}"#
            self.init(body, field.map { "messages[1]\($0)" }, code)
        }

        var testDescription: String { "\(body) → \(field ?? "the body")" }
    }

    static let samples: [Sample] = [
        Sample("[]", nil),
        Sample(#"{"messages":[]}"#, "model"),
        Sample(#"{"model":"","messages":[]}"#, "model"),
        Sample(#"{"model":5,"messages":[]}"#, "model"),
        Sample(#"{"model":"m"}"#, "messages"),
        Sample(#"{"model":"m","messages":null}"#, "messages"),
        Sample(#"{"model":"m","messages":[]}"#, "messages"),
        Sample(#"{"model":"m","messages":"hello"}"#, "messages"),
        Sample(#"{"model":"m","messages":["hello"]}"#, "messages[0]"),
        Sample(message: #"{"content":"x"}"#, ".role"),
        Sample(message: #"{"role":"pirate","content":"x"}"#, ".role"),
        Sample(message: #"{"role":"user"}"#, ".content"),
        Sample(message: #"{"role":"user","content":5}"#, ".content"),
        Sample(message: #"{"role":"user","content":[5]}"#, ".content[0]"),
        Sample(message: #"{"role":"user","content":[{"text":"x"}]}"#, ".content[0].type"),
        Sample(message: #"{"role":"user","content":[{"type":"text"}]}"#, ".content[0].text"),
        Sample(message: #"{"role":"user","content":[{"type":"image_url"}]}"#, ".content[0].image_url"),
        Sample(
            message: #"{"role":"user","content":[{"type":"image_url","image_url":{"url":5}}]}"#,
            ".content[0].image_url.url"
        ),
        Sample(
            message: #"{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png"}}]}"#,
            ".content[0].image_url.url"
        ),
        Sample(
            message: #"{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"AA"}}]}"#,
            ".content[0].input_audio.format"
        ),
        Sample(message: #"{"role":"user","content":[{"type":"file","file":{}}]}"#, ".content[0].file"),
        Sample(message: #"{"role":"tool","content":"x"}"#, ".tool_call_id"),
        Sample(message: #"{"role":"tool","tool_call_id":"c"}"#, ".content"),
        Sample(message: #"{"role":"function","name":"f","content":"x"}"#, ".name"),
        Sample(message: #"{"role":"assistant","tool_calls":{}}"#, ".tool_calls"),
        Sample(message: #"{"role":"assistant","tool_calls":[{"id":"c"}]}"#, ".tool_calls[0].function"),
        Sample(
            message: #"{"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":""}}]}"#,
            ".tool_calls[0].id"
        ),
        Sample(
            message: #"{"role":"assistant","tool_calls":[{"id":"c","function":{"name":"f","arguments":5}}]}"#,
            ".tool_calls[0].function.arguments"
        ),
        Sample(
            message: #"{"role":"assistant","tool_calls":[{"id":"c","type":"custom","custom":{}}]}"#,
            ".tool_calls[0].type",
            .unsupported
        ),
        Sample(setting: #""temperature":"hot""#, "temperature"),
        Sample(setting: #""max_tokens":0"#, "max_tokens"),
        Sample(setting: #""max_completion_tokens":1.5"#, "max_completion_tokens"),
        Sample(setting: #""stream":"yes""#, "stream"),
        Sample(setting: #""stream_options":{"include_usage":1}"#, "stream_options.include_usage"),
        Sample(setting: #""stop":5"#, "stop"),
        Sample(setting: #""stop":["a",5]"#, "stop[1]"),
        Sample(setting: #""n":2"#, "n", .unsupported),
        Sample(setting: #""n":0"#, "n"),
        Sample(setting: #""metadata":{"k":1}"#, "metadata.k"),
        Sample(setting: #""tools":[{"type":"custom","custom":{"name":"c"}}]"#, "tools[0].type", .unsupported),
        Sample(setting: #""tools":[{"type":"function"}]"#, "tools[0].function"),
        Sample(setting: #""tools":[{"type":"function","function":{"name":""}}]"#, "tools[0].function.name"),
        Sample(
            setting: #""tools":[{"type":"function","function":{"name":"f","parameters":[]}}]"#,
            "tools[0].function.parameters"
        ),
        Sample(setting: #""tool_choice":"always""#, "tool_choice"),
        Sample(setting: #""tool_choice":{"type":"custom"}"#, "tool_choice.type", .unsupported),
        Sample(
            setting:
                #""tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"auto","tools":[{"function":{"name":"f"}}]}}"#,
            "tool_choice.allowed_tools.tools[0].function.name"
        ),
        Sample(setting: #""response_format":"json""#, "response_format"),
        Sample(setting: #""response_format":{"type":"json_schema"}"#, "response_format.json_schema"),
        Sample(setting: #""response_format":{"type":"grammar"}"#, "response_format.type", .unsupported),
    ]

    @Test(arguments: samples)
    func isRefusedByName(_ sample: Sample) throws {
        let body = try JSONValue(parsing: sample.body)
        let error = #expect(throws: PlexError.self) { try OpenAIChatServed().decodeRequest(body) }
        #expect(error?.code == sample.code)
        #expect(error?.parameter == sample.field)
        #expect(error?.message.hasPrefix(sample.field ?? "the request's body") == true)
        #expect(CallerError(try #require(error)).status == 400)
    }

    @Test func hostileNamesAndNumbersOfFieldsAreBounded() throws {
        let name = String(repeating: "a\r\n,", count: 1000)
        let messages: JSONValue = [["role": "user", "content": "x"]]
        let long: JSONValue = ["model": "m", "messages": messages, "metadata": .object([name: 1])]
        let error = #expect(throws: PlexError.self) { try OpenAIChatServed().decodeRequest(long) }
        #expect(error?.parameter == "metadata." + String(repeating: "a???", count: 16))
        let request = try OpenAIChatServed().decodeRequest(
            .object(["model": "m", "messages": messages, name: 1])
        ).request
        let warnings = try AnthropicMessagesDialect().encode(request, isStreaming: false).warnings
        #expect(warnings.map(\.field) == [String(repeating: "a???", count: 16)])

        let many = (0..<300).map { ("f\($0)", JSONValue.null) }
        let wide = JSONObject([("model", "m"), ("messages", messages)] + many)
        #expect(throws: PlexError.self) { try OpenAIChatServed().decodeRequest(.object(wide)) }
        let fields = (0..<200).map { ("f\($0)", JSONValue(integerLiteral: $0)) }
        let kept = try OpenAIChatServed().decodeRequest(
            .object(JSONObject([("model", "m"), ("messages", messages)] + fields))
        ).request
        let told = try OllamaDialect().encode(kept, isStreaming: false).warnings
        #expect(told.count == 65 && told.last?.message.hasPrefix("136 more") == true)
    }

    @Test func theValueIsNotRepeated() throws {
        let body = try JSONValue(parsing: #"{"model":"m","messages":[{"role":"my secret","content":"my secret"}]}"#)
        let error = #expect(throws: PlexError.self) { try OpenAIChatServed().decodeRequest(body) }
        #expect(error?.description.contains("secret") == false)
    }
}
