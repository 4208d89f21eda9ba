import ProviderKit
import TransportKit

extension OpenAIRequestTests {
    private static let sealed = ToolCall(id: "i", name: "f", arguments: "{}", signature: "s")

    static let call = ToolCall(id: "c1", name: "t", arguments: #"{"a":{"b":"}"}}"#)

    static let messages: [Case] = [
        Case(
            "instructions in order",
            .openAI,
            { $0.messages = [.system("a"), Message(role: .developer, content: [.text("b")]), .system("c")] },
            body: """
                {"messages":[{"role":"system","content":"a"},{"role":"developer","content":"b"},\
                {"role":"system","content":"c"}]}
                """
        ),
        Case(
            "developer elsewhere",
            { $0.messages = [Message(role: .developer, content: [.text("b")], name: "n")] },
            body: #"{"messages":[{"role":"system","content":"b","name":"n"}]}"#
        ),
        Case(
            "texts are joined",
            { $0.messages = [.user([.text("a"), .text("b")])] },
            body: #"{"messages":[{"role":"user","content":"a\nb"}]}"#
        ),
        Case(
            "texts stay apart where lists are known",
            .openAI,
            { $0.messages = [.user([.text("a"), .text("b")])] },
            body: """
                {"messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}]}
                """
        ),
        Case(
            "images",
            {
                $0.messages = [
                    .user([
                        .text("see"), .image(Media(.url("https://x/i.png"), detail: "low")),
                        .image(Media(.base64("/9j/AA"))),
                    ])
                ]
            },
            body: """
                {"messages":[{"role":"user","content":[{"type":"text","text":"see"},\
                {"type":"image_url","image_url":{"url":"https://x/i.png","detail":"low"}},\
                {"type":"image_url","image_url":{"url":"data:image/jpeg;base64,/9j/AA"}}]}]}
                """
        ),
        Case(
            "recordings and documents",
            {
                $0.messages = [
                    .user([
                        .audio(Media(.base64("AA"), mediaType: "audio/mpeg")),
                        .file(Media(.base64("BB"), mediaType: "application/pdf", filename: "f.pdf")),
                        .file(Media(.providerFile("file-1"))),
                    ])
                ]
            },
            body: """
                {"messages":[{"role":"user","content":[\
                {"type":"input_audio","input_audio":{"data":"AA","format":"mp3"}},\
                {"type":"file","file":{"filename":"f.pdf","file_data":"data:application/pdf;base64,BB"}},\
                {"type":"file","file":{"file_id":"file-1"}}]}]}
                """
        ),
        Case(
            "calls and results, nested JSON whole",
            dropped: ["messages[1].content[0].isError"],
            {
                $0.messages = [
                    Message(role: .assistant, content: [.reasoning(Reasoning("hm")), .toolCall(call)]),
                    .toolResult("no", for: call, isError: true),
                ]
            },
            body: """
                {"messages":[{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function",\
                "function":{"name":"t","arguments":"{\\"a\\":{\\"b\\":\\"}\\"}}"}}]},\
                {"role":"tool","tool_call_id":"c1","content":"no"}]}
                """
        ),
        Case(
            "results beside words of the user",
            .mistral,
            dropped: ["messages[0].content[0].content"],
            {
                let result = ToolResult(
                    callID: "c1",
                    name: "t",
                    content: [.text("r"), .image(Media(.url("https://x/i.png")))]
                )
                $0.messages = [.user([.toolResult(result), .text("go on")])]
            },
            body: """
                {"messages":[{"role":"tool","tool_call_id":"c1","content":"r","name":"t"},\
                {"role":"user","content":[{"type":"image_url","image_url":{"url":"https://x/i.png"}}]},\
                {"role":"user","content":"go on"}]}
                """
        ),
        Case(
            "thoughts go back to DeepSeek",
            .deepSeek,
            { $0.messages = [Message(role: .assistant, content: [.reasoning(Reasoning("hm")), .text("ok")])] },
            body: #"{"messages":[{"role":"assistant","content":"ok","reasoning_content":"hm"}]}"#
        ),
        Case(
            "thoughts go back to OpenRouter with their seals",
            .openRouter,
            {
                $0.messages = [
                    Message(
                        role: .assistant,
                        content: [
                            .reasoning(Reasoning("hm", signature: "s")), .reasoning(Reasoning("", redacted: "r")),
                            .text("ok"),
                        ]
                    )
                ]
            },
            body: """
                {"messages":[{"role":"assistant","content":"ok","reasoning_details":[\
                {"type":"reasoning.text","text":"hm","signature":"s"},\
                {"type":"reasoning.encrypted","data":"r"}]}]}
                """
        ),
        Case(
            "a summary of thoughts goes back as one",
            .openRouter,
            {
                let thoughts = ContentPart(.reasoning(Reasoning("hm")), extra: ["type": "reasoning.summary"])
                $0.messages = [Message(role: .assistant, content: [thoughts, .text("ok")])]
            },
            body: """
                {"messages":[{"role":"assistant","content":"ok","reasoning_details":[\
                {"type":"reasoning.summary","summary":"hm"}]}]}
                """
        ),
        Case(
            "a call's seal",
            { $0.messages = [Message(role: .assistant, content: [.toolCall(sealed)])] },
            body: """
                {"messages":[{"role":"assistant","content":null,"tool_calls":[{"id":"i","type":"function",\
                "function":{"name":"f","arguments":"{}"},"extra_content":{"google":{"thought_signature":"s"}}}]}]}
                """
        ),
        Case(
            "a call's seal, for a server that would refuse it",
            .mistral,
            { $0.messages = [Message(role: .assistant, content: [.toolCall(sealed)])] },
            body: """
                {"messages":[{"role":"assistant","content":null,"tool_calls":[{"id":"i","type":"function",\
                "function":{"name":"f","arguments":"{}"}}]}]}
                """
        ),
        Case(
            "a refusal",
            { $0.messages = [Message(role: .assistant, content: [.refusal("no")])] },
            body: #"{"messages":[{"role":"assistant","content":null,"refusal":"no"}]}"#
        ),
        Case(
            "cache marks where they are known",
            .openRouter,
            { $0.messages = [.user([ContentPart(.text("a"), cacheHint: CacheHint(timeToLive: "1h"))])] },
            body: """
                {"messages":[{"role":"user","content":[{"type":"text","text":"a",\
                "cache_control":{"type":"ephemeral","ttl":"1h"}}]}]}
                """
        ),
        Case(
            "cache marks elsewhere, told of once",
            dropped: ["messages[0].content[0].cacheHint"],
            {
                let part = ContentPart(.text("a"), cacheHint: CacheHint())
                $0.messages = [.user([part]), .user([part])]
            },
            body: #"{"messages":[{"role":"user","content":"a"},{"role":"user","content":"a"}]}"#
        ),
        Case(
            "fields and parts that are not known here",
            {
                let message = Message(
                    role: .user,
                    content: [ContentPart(.text("a"), extra: ["x": 1]), ContentPart(.unknown(["type": "video"]))],
                    extra: ["y": 2]
                )
                $0.messages = [message]
            },
            body: """
                {"messages":[{"role":"user","content":[{"type":"text","text":"a","x":1},{"type":"video"}],"y":2}]}
                """
        ),
    ]
}
