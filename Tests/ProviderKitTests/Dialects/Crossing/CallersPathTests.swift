import ProviderKit
import Testing
import TransportKit

/// What has no counterpart is told of by the caller's own fields.
@Suite("The caller's own paths")
struct CallersPathTests {
    /// A request, and the paths that its conversation's fields have there.
    struct Row: Sendable, CustomTestStringConvertible {
        var dialect: String
        var request: String
        var paths: [String: String]
        var testDescription: String { dialect }
    }

    private static let rows = [
        Row(
            dialect: "openai",
            request: #"""
                {"model":"m","messages":[{"role":"system","content":"s"},
                  {"role":"user","content":[{"type":"text","text":"a"},
                    {"type":"image_url","image_url":{"url":"https://e.org/a.png"}}]},
                  {"role":"assistant","reasoning_content":"hm","content":"b","tool_calls":[
                    {"id":"c","type":"function","function":{"name":"f","arguments":"{"}}]},
                  {"role":"tool","tool_call_id":"c","content":"d"}]}
                """#,
            paths: [
                "messages[0].content[0].cacheHint": "messages[0].content.cacheHint",
                "messages[1].content[1]": "messages[1].content[1]",
                "messages[1].content[1].detail": "messages[1].content[1].image_url.detail",
                "messages[2].content[0]": "messages[2]", "messages[2].content[1]": "messages[2].content",
                "messages[2].content[2].arguments": "messages[2].tool_calls[0].function.arguments",
                "messages[3].content[0]": "messages[3]", "messages[1].name": "messages[1].name",
                "messages[9].content[0]": "messages[9].content[0]", "sampling.seed": "sampling.seed",
            ]
        ),
        Row(
            dialect: "responses",
            request: #"""
                {"model":"m","instructions":"s","input":[{"role":"user","content":[{"type":"input_text","text":"a"}]},
                  {"type":"message","role":"assistant","content":[{"type":"output_text","text":"b"}]},
                  {"type":"function_call","call_id":"c","name":"f","arguments":"{"},
                  {"type":"function_call_output","call_id":"c","output":[{"type":"input_text","text":"d"}]}]}
                """#,
            paths: [
                "messages[0].content[0]": "instructions", "messages[1].content[0]": "input[0].content[0]",
                "messages[2].content[0]": "input[1].content[0]",
                "messages[2].content[1].arguments": "input[2].arguments",
                "messages[3].content[0].content[0]": "input[3].output[0]", "messages[1].name": "input[0].name",
            ]
        ),
        Row(
            dialect: "anthropic",
            request: #"""
                {"model":"m","max_tokens":5,"system":"s","messages":[{"role":"user","content":"a"},
                  {"role":"assistant","content":[{"type":"tool_use","id":"c","name":"f","input":{}}]},
                  {"role":"user","content":[{"type":"text","text":"x"},
                    {"type":"tool_result","tool_use_id":"c","content":"d"}]}]}
                """#,
            paths: [
                "messages[0].content[0]": "system", "messages[1].content[0]": "messages[0].content",
                "messages[2].content[0].arguments": "messages[1].content[0].input",
                "messages[3].content[0]": "messages[2].content[1]", "messages[4].content[0]": "messages[2].content[0]",
            ]
        ),
        Row(
            dialect: "ollama",
            request: #"""
                {"model":"m","messages":[{"role":"user","content":"a","images":["iVBORw0KGgo="]},
                  {"role":"assistant","content":"","thinking":"hm","tool_calls":[{"function":{"name":"f"}}]},
                  {"role":"tool","tool_name":"f","content":"d"}]}
                """#,
            paths: [
                "messages[0].content[0]": "messages[0].content", "messages[0].content[1]": "messages[0].images[0]",
                "messages[1].content[0]": "messages[1]", "messages[1].content[1]": "messages[1].tool_calls[0]",
                "messages[2].content[0]": "messages[2]",
            ]
        ),
        Row(
            dialect: "gemini",
            request: #"""
                {"model":"m","systemInstruction":{"parts":[{"text":"s"}]},"contents":[{"parts":[{"text":"a"}]},
                  {"role":"model","parts":[{"functionCall":{"name":"f","args":{}}}]},
                  {"role":"user","parts":[{"text":"x"},{"functionResponse":{"name":"f","response":{"output":"d"},
                    "parts":[{"inlineData":{"mimeType":"image/png","data":"iVBORw0KGgo="}}]}}]}]}
                """#,
            paths: [
                "messages[0].content[0]": "systemInstruction.parts[0]",
                "messages[1].content[0]": "contents[0].parts[0]",
                "messages[2].content[0].arguments": "contents[1].parts[0].functionCall.args",
                "messages[3].content[0]": "contents[2].parts[1]", "messages[4].content[0]": "contents[2].parts[0]",
                "messages[3].content[0].content[0]": "contents[2].parts[1].functionResponse.response",
                "messages[3].content[0].content[1]": "contents[2].parts[1].functionResponse.parts[0]",
                "messages[3].content[0].isError": "contents[2].parts[1].functionResponse.response.error",
            ]
        ),
    ]

    @Test(arguments: rows)
    func paths(_ row: Row) throws {
        let (served, _) = try WireSide.named(row.dialect).read(JSONValue(parsing: row.request))
        for (field, own) in row.paths { #expect(served.places.path(of: field) == own) }
    }

    @Test(
        "What cannot be answered is named as its caller wrote it",
        arguments: [
            ("openai", #"{"model":"m","messages":[{"role":"user","content":""}]}"#, "messages"),
            ("responses", #"{"model":"m","input":""}"#, "input"),
            ("anthropic", #"{"model":"m","max_tokens":5,"messages":[{"role":"user","content":""}]}"#, "messages"),
            ("ollama", #"{"model":"m","messages":[{"role":"user","content":""}]}"#, "messages"),
            ("gemini", #"{"model":"m","contents":[{"parts":[{"text":""}]}]}"#, "contents"),
        ]
    )
    func nothingToAnswer(dialect: String, request: String, field: String) throws {
        let (served, _) = try WireSide.named(dialect).read(JSONValue(parsing: request))
        for target in ["anthropic", "gemini"] {
            let error = #expect(throws: PlexError.self) { try WireSide.named(target).write(served.request) }
            let own = served.places.inCallersWords(try #require(error))
            #expect(own.parameter == field, "\(target)")
            #expect(own.message.hasPrefix("\(field): there is no message to answer"), "\(own.message)")
        }
    }

    @Test func errors() throws {
        let row = Self.rows[1]
        let (served, _) = try WireSide.named(row.dialect).read(JSONValue(parsing: row.request))
        let error = #expect(throws: PlexError.self) { try WireSide.named("anthropic").write(served.request) }
        let own = served.places.inCallersWords(try #require(error))
        #expect(own.message.hasPrefix("input[2].arguments: "), "\(own.message)")
        #expect(own.parameter == "input[2].arguments")
        let theirs = PlexError(.invalidRequest, "messages[2].content[1]: no", status: 400)
        #expect(served.places.inCallersWords(theirs).message == theirs.message)
    }
}

/// Tools are named by where their caller wrote them, whichever were left out or stand apart.
@Suite("The caller's own tools")
struct CallersToolTests {
    /// A request, and what is told of its tools when it is written for another dialect.
    struct Row: Sendable, CustomTestStringConvertible {
        var dialect: String
        var target: String
        var request: String
        var told: [String]
        var testDescription: String { "\(dialect) to \(target)" }
    }

    private static let rows = [
        Row(
            dialect: "anthropic",
            target: "gemini",
            request: #"""
                {"model":"m","max_tokens":5,"messages":[{"role":"user","content":"a"}],"tools":[
                  {"type":"web_search_20250305","name":"web_search"},
                  {"name":"f","input_schema":{}},
                  {"name":"g","input_schema":{},"strict":true,"defer_loading":true,"cache_control":{"type":"ephemeral"}}]}
                """#,
            told: ["tools[0]", "tools[2].defer_loading", "tools[2].strict", "tools[2].cache_control"]
        ),
        Row(
            dialect: "responses",
            target: "ollama",
            request: #"""
                {"model":"m","input":"a","tools":[{"type":"web_search"},{"type":"function","name":"e","strict":false},
                  {"type":"function","name":"f","strict":true,"y":1}],
                  "tool_choice":{"type":"allowed_tools","mode":"auto",
                    "tools":[{"type":"web_search"},{"type":"function","name":"f"}]}}
                """#,
            told: ["tools[0]", "tools[2].y", "tools[2].strict"]
        ),
        Row(
            dialect: "openai",
            target: "gemini",
            request: #"""
                {"model":"m","messages":[{"role":"user","content":"a"}],
                  "tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"auto",
                    "tools":[{"type":"function","function":{"name":"f"}}]}},
                  "tools":[{"type":"function","function":{"name":"e"}},
                    {"type":"function","function":{"name":"f","strict":true},"cache_control":{"type":"ephemeral"}}]}
                """#,
            told: ["tools[1].function.strict", "tools[1].cache_control"]
        ),
        Row(
            dialect: "gemini",
            target: "openai",
            request: #"""
                {"model":"m","contents":[{"parts":[{"text":"a"}]}],
                  "toolConfig":{"functionCallingConfig":{"mode":"VALIDATED","allowedFunctionNames":["g"]}},
                  "tools":[{"googleSearch":{}},
                    {"functionDeclarations":[{"name":"f"},{"name":"g","behavior":"BLOCKING"}]},{"urlContext":{}}]}
                """#,
            told: ["tools[0]", "tools[2]", "tools[1].functionDeclarations[1].behavior"]
        ),
    ]

    @Test(arguments: rows)
    func tools(_ row: Row) throws {
        let (served, words) = try WireSide.named(row.dialect).read(JSONValue(parsing: row.request))
        let warnings = try WireSide.named(row.target).write(served.request).warnings
        let told = words(served.places.inCallersWords(warnings)).map(\.field)
        #expect(told == row.told)
    }
}

/// What is wrong with a request is refused with the field's path, whoever is to answer.
@Suite("Bad requests")
struct BadRequestTests {
    /// A fault, and what each dialect's caller wrote and is told.
    struct Row: Sendable, CustomTestStringConvertible {
        var fault: String
        var cases: [(dialect: String, body: String, path: String)]
        var testDescription: String { fault }
    }

    private static let rows = [
        Row(
            fault: "an unknown role",
            cases: [
                ("openai", #"{"messages":[{"role":"robot","content":"a"}]}"#, "messages[0].role"),
                ("responses", #"{"input":[{"role":"robot","content":"a"}]}"#, "input[0].role"),
                (
                    "anthropic", #"{"max_tokens":5,"messages":[{"role":"robot","content":"a"}]}"#, "messages[0].role"
                ),
                ("ollama", #"{"messages":[{"role":"robot","content":"a"}]}"#, "messages[0].role"),
                ("gemini", #"{"contents":[{"role":"robot","parts":[{"text":"a"}]}]}"#, "contents[0].role"),
            ]
        ),
        Row(
            fault: "a wrong type",
            cases: [
                ("openai", #"{"messages":[{"role":"user","content":5}]}"#, "messages[0].content"),
                ("responses", #"{"input":[{"role":"user","content":5}]}"#, "input[0].content"),
                ("anthropic", #"{"max_tokens":5,"messages":[{"role":"user","content":5}]}"#, "messages[0].content"),
                ("ollama", #"{"messages":[{"role":"user","content":5}]}"#, "messages[0].content"),
                ("gemini", #"{"contents":[{"parts":[{"text":5}]}]}"#, "contents[0].parts[0].text"),
            ]
        ),
        Row(
            fault: "a setting of a wrong type",
            cases: [
                ("openai", #"{"messages":[{"role":"user","content":"a"}],"temperature":"hot"}"#, "temperature"),
                ("responses", #"{"input":"a","temperature":"hot"}"#, "temperature"),
                (
                    "anthropic", #"{"max_tokens":0,"messages":[{"role":"user","content":"a"}]}"#, "max_tokens"
                ),
                ("ollama", #"{"messages":[{"role":"user","content":"a"}],"options":{"seed":"x"}}"#, "options.seed"),
                (
                    "gemini", #"{"contents":[{"parts":[{"text":"a"}]}],"generationConfig":{"topK":"x"}}"#,
                    "generationConfig.topK"
                ),
            ]
        ),
        Row(
            fault: "no id of a call",
            cases: [
                (
                    "openai",
                    #"{"messages":[{"role":"assistant","tool_calls":[{"type":"function","function":{"name":"f"}}]}]}"#,
                    "messages[0].tool_calls[0].id"
                ),
                ("responses", #"{"input":[{"type":"function_call","name":"f","arguments":"{}"}]}"#, "input[0].call_id"),
                (
                    "anthropic",
                    #"{"max_tokens":5,"messages":[{"role":"assistant","content":[{"type":"tool_use","name":"f","input":{}}]}]}"#,
                    "messages[0].content[0].id"
                ),
                (
                    "ollama", #"{"messages":[{"role":"assistant","tool_calls":[{"function":{}}]}]}"#,
                    "messages[0].tool_calls[0].function.name"
                ),
                (
                    "gemini", #"{"contents":[{"role":"model","parts":[{"functionCall":{}}]}]}"#,
                    "contents[0].parts[0].functionCall.name"
                ),
            ]
        ),
        Row(
            fault: "a result without a call",
            cases: [
                ("openai", #"{"messages":[{"role":"tool","tool_call_id":"c","content":"a"}]}"#, "messages[0]"),
                ("responses", #"{"input":[{"type":"function_call_output","call_id":"c","output":"a"}]}"#, "input[0]"),
                (
                    "anthropic",
                    #"{"max_tokens":5,"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"c"}]}]}"#,
                    "messages[0].content[0]"
                ),
                ("ollama", #"{"messages":[{"role":"tool","tool_name":"f","content":"a"}]}"#, "messages[0]"),
                (
                    "gemini",
                    #"{"contents":[{"parts":[{"functionResponse":{"name":"f","response":{"output":"a"}}}]}]}"#,
                    "contents[0].parts[0].functionResponse"
                ),
            ]
        ),
        Row(
            fault: "what is no schema",
            cases: [
                (
                    "openai",
                    #"{"messages":[{"role":"user","content":"a"}],"tools":[{"type":"function","function":{"name":"f","parameters":5}}]}"#,
                    "tools[0].function.parameters"
                ),
                (
                    "responses", #"{"input":"a","tools":[{"type":"function","name":"f","parameters":5}]}"#,
                    "tools[0].parameters"
                ),
                (
                    "anthropic",
                    #"{"max_tokens":5,"messages":[{"role":"user","content":"a"}],"tools":[{"name":"f","input_schema":5}]}"#,
                    "tools[0].input_schema"
                ),
                (
                    "ollama",
                    #"{"messages":[{"role":"user","content":"a"}],"tools":[{"type":"function","function":{"name":"f","parameters":5}}]}"#,
                    "tools[0].function.parameters"
                ),
                (
                    "gemini",
                    #"{"contents":[{"parts":[{"text":"a"}]}],"tools":[{"functionDeclarations":[{"name":"f","parameters":5}]}]}"#,
                    "tools[0].functionDeclarations[0].parameters"
                ),
            ]
        ),
        Row(
            fault: "what is no image",
            cases: [
                (
                    "openai",
                    #"{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,***"}}]}]}"#,
                    "messages[0].content[0]"
                ),
                (
                    "responses",
                    #"{"input":[{"role":"user","content":[{"type":"input_image","image_url":"data:image/png;base64,***"}]}]}"#,
                    "input[0].content[0]"
                ),
                (
                    "anthropic",
                    #"{"max_tokens":5,"messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"***"}}]}]}"#,
                    "messages[0].content[0]"
                ),
                ("ollama", #"{"messages":[{"role":"user","images":["***"]}]}"#, "messages[0].images[0]"),
                (
                    "gemini", #"{"contents":[{"parts":[{"inlineData":{"mimeType":"image/png","data":"***"}}]}]}"#,
                    "contents[0].parts[0]"
                ),
            ]
        ),
    ]

    @Test("An image that is too large")
    func largeImages() throws {
        let row = try #require(Self.rows.first { $0.fault == "what is no image" })
        let image = "iVBORw0KGgoA" + String(repeating: "A", count: 28 << 20)
        for (dialect, text, path) in row.cases {
            guard case .object(var body) = try JSONValue(parsing: text.split(separator: "***").joined(separator: image))
            else { continue }
            body["model"] = "m"
            let side = try WireSide.named(dialect)
            let error = #expect(throws: PlexError.self, "\(dialect)") { try side.read(.object(body)).served.checked() }
            #expect(error?.parameter == path && error?.message.contains("MiB") == true, "\(dialect)")
        }
    }

    @Test(arguments: rows)
    func refusals(_ row: Row) throws {
        for (dialect, text, path) in row.cases {
            guard case .object(var body) = try JSONValue(parsing: text) else { continue }
            body["model"] = "m"
            let side = try WireSide.named(dialect)
            let error = #expect(throws: PlexError.self, "\(dialect)") { try side.read(.object(body)).served.checked() }
            #expect(error?.parameter == path, "\(dialect): \(error.map { "\($0)" } ?? "nothing")")
            #expect(error.map { CallerError($0).status } == 400)
        }
    }
}
