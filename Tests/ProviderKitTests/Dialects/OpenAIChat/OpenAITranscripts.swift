import ProviderKit
import Testing
import TransportKit

/// A streamed answer as it goes over the wire, and what is to come of it.
struct OpenAITranscript: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var wire: String
    var content: [ContentPart]
    var finishReason: FinishReason? = .stop
    var usage: Usage?

    init(
        _ name: String,
        _ chunks: [String],
        end: String = "data: [DONE]\n\n",
        _ content: [ContentPart],
        finish: FinishReason? = .stop,
        usage: Usage? = nil
    ) {
        testDescription = name
        wire = chunks.map { "data: \($0)\n\n" }.joined() + end
        self.content = content
        finishReason = finish
        self.usage = usage
    }

    static func delta(_ delta: String, finish: String? = nil) -> String {
        let reason = finish.map { "\"\($0)\"" } ?? "null"
        return """
            {"id":"i","object":"chat.completion.chunk","created":1,"model":"served","choices":[{"index":0,\
            "delta":\(delta),"finish_reason":\(reason)}],"usage":null}
            """
    }

    static func text(_ text: String) -> String { delta("{\"content\":\"\(text)\"}") }
    static func call(_ fields: String) -> String { delta("{\"tool_calls\":[{\(fields)}]}") }
    static let stop = delta("{}", finish: "stop")
    static let callsTools = delta("{}", finish: "tool_calls")
    static let usageChunk = """
        {"id":"i","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}
        """
    static let counted = Usage(inputTokens: 3, outputTokens: 2)

    static let all: [OpenAITranscript] = [
        OpenAITranscript(
            "text, usage chunk without choices",
            [delta(#"{"role":"assistant","content":""}"#), text("Hé"), text("llo 👋"), stop, usageChunk],
            [.text("Héllo 👋")],
            usage: counted
        ),
        OpenAITranscript("no end mark, but a finish reason", [text("a"), stop], end: "", [.text("a")]),
        OpenAITranscript("an end mark without its line ends", [text("a"), stop], end: "data: [DONE]", [.text("a")]),
        OpenAITranscript("an end mark, no finish reason", [text("a")], [.text("a")], finish: nil),
        OpenAITranscript(
            "CR LF, comments, keep-alives",
            [],
            end: ": hi\r\n\r\ndata: \(text("a"))\r\n\r\n: ping\r\n\r\ndata:\(stop)\r\n\r\ndata: [DONE]\r\n\r\n",
            [.text("a")]
        ),
        OpenAITranscript(
            "Azure's first chunk without id, model and choices",
            [
                #"{"id":"","model":"","choices":[],"prompt_filter_results":[{"prompt_index":0}]}"#, text("a"), stop,
            ],
            [.text("a")]
        ),
        OpenAITranscript(
            "thoughts in a field",
            [delta(#"{"reasoning_content":"h"}"#), delta(#"{"reasoning":"m","content":null}"#), text("a"), stop],
            [.reasoning(Reasoning("hm")), .text("a")]
        ),
        OpenAITranscript(
            "thoughts in details, with seal",
            [
                delta(#"{"reasoning":"hm","reasoning_details":[{"type":"reasoning.text","text":"hm"}]}"#),
                delta(#"{"reasoning_details":[{"type":"reasoning.text","signature":"s"}]}"#), text("a"), stop,
            ],
            [.reasoning(Reasoning("hm", signature: "s")), .text("a")]
        ),
        OpenAITranscript(
            "thoughts in details, each piece with its format",
            [
                delta(#"{"reasoning_details":[{"type":"reasoning.text","text":"h","format":"f","index":0}]}"#),
                delta(#"{"reasoning_details":[{"type":"reasoning.text","text":"m","format":"f","index":0}]}"#),
                delta(#"{"reasoning_details":[{"type":"reasoning.text","signature":"s","format":"f","index":0}]}"#),
                delta(#"{"reasoning_details":[{"type":"reasoning.encrypted","data":"e","id":"i","format":"f"}]}"#),
                text("a"), stop,
            ],
            [
                ContentPart(.reasoning(Reasoning("hm", signature: "s")), extra: ["format": "f"]),
                ContentPart(.reasoning(Reasoning("", redacted: "e")), extra: ["id": "i", "format": "f"]), .text("a"),
            ]
        ),
        OpenAITranscript(
            "a summary of thoughts",
            [
                delta(#"{"reasoning_details":[{"type":"reasoning.summary","summary":"h"}]}"#),
                delta(#"{"reasoning_details":[{"type":"reasoning.summary","summary":"m"}]}"#), text("a"), stop,
            ],
            [ContentPart(.reasoning(Reasoning("hm")), extra: ["type": "reasoning.summary"]), .text("a")]
        ),
        OpenAITranscript(
            "thoughts between tags",
            [text("<thi"), text("nk>hm</th"), text("ink>\\n\\na"), stop],
            [.reasoning(Reasoning("hm")), .text("a")]
        ),
        OpenAITranscript(
            "refusal",
            [delta(#"{"refusal":"n"}"#), delta(#"{"refusal":"o"}"#), stop],
            [.refusal("no")],
            finish: .refusal
        ),
        OpenAITranscript(
            "parallel calls, interleaved; id repeated and empty",
            [
                call(#""index":0,"id":"x","type":"function","function":{"name":"a","arguments":""}"#),
                call(#""index":1,"id":"y","type":"function","function":{"name":"b","arguments":"{\"n\""}"#),
                call(#""index":0,"id":"x","function":{"arguments":"{\"c\":{\"d\":"}"#),
                call(#""index":1,"id":"","function":{"arguments":":1}"}"#),
                call(#""index":0,"function":{"name":"","arguments":"\"}\"}}"}"#), callsTools,
            ],
            [
                .toolCall(ToolCall(id: "x", name: "a", arguments: #"{"c":{"d":"}"}}"#)),
                .toolCall(ToolCall(id: "y", name: "b", arguments: #"{"n":1}"#)),
            ],
            finish: .toolCalls
        ),
        OpenAITranscript(
            "calls without index",
            [
                call(#""id":"x","function":{"name":"a","arguments":"{"}"#), call(#""function":{"arguments":"}"}"#),
                call(#""id":"y","function":{"name":"b","arguments":"{}"}"#), callsTools,
            ],
            [
                .toolCall(ToolCall(id: "x", name: "a", arguments: "{}")),
                .toolCall(ToolCall(id: "y", name: "b", arguments: "{}")),
            ],
            finish: .toolCalls
        ),
        OpenAITranscript(
            "calls that all have index 0",
            [
                call(#""index":0,"id":"x","function":{"name":"a","arguments":"{}"}"#),
                call(#""index":0,"id":"y","function":{"name":"b","arguments":"{}"}"#), callsTools,
            ],
            [
                .toolCall(ToolCall(id: "x", name: "a", arguments: "{}")),
                .toolCall(ToolCall(id: "y", name: "b", arguments: "{}")),
            ],
            finish: .toolCalls
        ),
        OpenAITranscript(
            "calls without ids, whole in one chunk, one without arguments",
            [
                delta(
                    """
                    {"tool_calls":[{"function":{"name":"a","arguments":{"n":1.50}}},\
                    {"function":{"name":"b","arguments":null}}]}
                    """
                ), callsTools,
            ],
            [
                .toolCall(ToolCall(id: "call_0", name: "a", arguments: #"{"n":1.50}"#)),
                .toolCall(ToolCall(id: "call_1", name: "b", arguments: "{}")),
            ],
            finish: .toolCalls
        ),
        OpenAITranscript(
            "a name that comes after the id",
            [
                call(#""index":0,"id":"x","function":{"arguments":"{"}"#),
                call(#""index":0,"function":{"name":"a","arguments":"}"}"#), callsTools,
            ],
            [.toolCall(ToolCall(id: "x", name: "a", arguments: "{}"))],
            finish: .toolCalls
        ),
        OpenAITranscript(
            "function_call",
            [
                delta(#"{"function_call":{"name":"f","arguments":""}}"#),
                delta(#"{"function_call":{"arguments":"{}"}}"#), delta("{}", finish: "function_call"),
            ],
            [.toolCall(ToolCall(id: "call_0", name: "f", arguments: "{}"))],
            finish: .toolCalls
        ),
        OpenAITranscript(
            "what comes after the end mark is ignored",
            [text("a"), stop],
            end: "data: [DONE]\n\ndata: \(text("b"))\n\ndata: nonsense\n\n",
            [.text("a")]
        ),
        OpenAITranscript(
            "unknown finish reason",
            [text("a"), delta("{}", finish: "new")],
            [.text("a")],
            finish: "new"
        ),
        OpenAITranscript(
            "usage in Groq's place",
            [
                text("a"), stop,
                #"{"id":"i","choices":[],"x_groq":{"usage":{"prompt_tokens":3,"completion_tokens":2}}}"#,
            ],
            [.text("a")],
            usage: counted
        ),
    ]
}
