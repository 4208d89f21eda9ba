import FoundationEssentials
import ProviderKit
import Testing
import TransportKit

@Suite("Conversations as JSON")
struct MessageCodingTests {
    private static let conversation = [
        Message.system("Answer in one sentence."),
        Message(
            role: .user,
            content: [
                ContentPart(
                    .text("What is this?"),
                    cacheHint: CacheHint(timeToLive: "1h"),
                    extra: ["x": [1, nil, 0.5]]
                ),
                .image(Media(.base64("R0lGODlh"), mediaType: "image/gif", detail: "low")),
                .audio(Media(.url("https://example.org/a.wav"))),
                .file(Media(.providerFile("file-1"), filename: "a.pdf")),
            ],
            name: "Ada",
            extra: ["cache_control": ["type": "ephemeral"]]
        ),
        Message(
            role: .assistant,
            content: [
                .reasoning(Reasoning("Hm.", signature: "c2ln", redacted: "cmVk")),
                .toolCall(ToolCall(id: "1", name: "look", arguments: #"{"at": "a"#, signature: "c2ln")),
                .refusal("I'd rather not."),
                ContentPart(.unknown(["type": "new", "text": "ü\u{2028}"])),
            ]
        ),
        Message(
            role: .tool,
            content: [
                .toolResult(
                    ToolResult(
                        callID: "1",
                        name: "look",
                        content: [.text("a dog"), .image(Media(bytes: [1]))],
                        isError: true
                    )
                )
            ]
        ),
        Message(role: "critic", content: []),
    ]

    @Test("every kind of message comes back equal")
    func roundTrip() throws {
        let data = try JSONEncoder().encode(Self.conversation)
        #expect(try JSONDecoder().decode([Message].self, from: data) == Self.conversation)
    }

    @Test("what is written is as plain as can be, and does not change")
    func form() throws {
        let json = try JSONValue(encoding: [
            Message.user("Hello"), .toolResult("4", for: ToolCall(id: "1", name: "n", arguments: "")),
        ])
        #expect(
            json == [
                ["role": "user", "content": [["type": "text", "text": "Hello"]]],
                [
                    "role": "tool",
                    "content": [
                        [
                            "type": "toolResult", "callID": "1", "name": "n", "isError": false,
                            "content": [["type": "text", "text": "4"]],
                        ]
                    ],
                ],
            ]
        )
    }

    @Test("a message that was written by hand may have its text alone")
    func text() throws {
        let json: JSONValue = ["role": "user", "content": "Hello"]
        #expect(try json.decode(as: Message.self) == .user("Hello"))
    }

    @Test(
        "what is no message is refused",
        arguments: [
            ["role": "user"], ["content": "Hello"], ["role": "user", "content": [["type": "hologram"]]],
            ["role": "user", "content": [["text": "Hello"]]], ["role": "user", "content": [["type": "image"]]],
        ] as [JSONValue]
    )
    func refused(json: JSONValue) {
        #expect(throws: DecodingError.self) { try json.decode(as: Message.self) }
    }

    @Test("names, reasons and usage are plain values")
    func values() throws {
        #expect(try JSONValue(encoding: [ModelID("gpt-4o")]) == ["gpt-4o"])
        #expect(try JSONValue(encoding: [FinishReason.toolCalls]) == ["tool_calls"])
        let usage = Usage(inputTokens: 3, outputTokens: 4, reasoningTokens: 1)
        #expect(try JSONValue(encoding: usage).decode(as: Usage.self) == usage)
        #expect("\(Role.assistant)" == "assistant")
    }
}

@Suite("Media")
struct MediaTests {
    @Test(
        "the first bytes tell the type",
        arguments: [
            ([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0], "image/png"),
            ([0xFF, 0xD8, 0xFF, 0xE0], "image/jpeg"),
            (Array("GIF89a…".utf8), "image/gif"), (Array("GIF87a".utf8), "image/gif"),
            (Array("RIFF1234WEBPVP8 ".utf8), "image/webp"), (Array("RIFF1234WAVE".utf8), nil),
            (Array("%PDF-1.7".utf8), "application/pdf"), ([], nil), (Array("<svg>".utf8), nil),
        ] as [([UInt8], String?)]
    )
    func types(bytes: [UInt8], mediaType: String?) {
        #expect(Media(bytes: bytes).mediaType == mediaType)
        #expect(Media(bytes: Data(bytes), mediaType: "image/x-own").mediaType == "image/x-own")
    }

    @Test("bytes are kept as Base64", arguments: [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foobar", "Zm9vYmFy")])
    func base64(plain: String, encoded: String) {
        #expect(Media(bytes: plain.utf8, filename: "f").source == .base64(encoded))
    }
}
