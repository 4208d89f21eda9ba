import ProviderKit
import Testing
import TransportKit

@testable import MCPKit

struct ToolBoxTests {
    @Test("Tools of servers and of the program are one set, and a server that fails costs its own only")
    func joins() async throws {
        var broken = ScriptedSource("broken", tools: [])
        broken.listing = .failure(MCPError(.connection, "nobody is there"))
        let box = ToolBox(
            sources: [ScriptedSource("files", tools: ["read"]), broken, ScriptedSource("web", tools: ["read"])],
            tools: [Tool("now", "The time.") { "noon" }]
        )
        let contents = try await box.contents()
        #expect(contents.definitions.map(\.name) == ["now", "files__read", "web__read"])
        #expect(contents.definitions.last?.description == "Does read.")
        #expect(contents.failures.map(\.description) == [#"MCP server "broken": nobody is there"#])
        #expect(contents.serverTool(named: "web__read")?.source == "web")
        #expect(contents.serverTool(named: "now") == nil)
    }

    @Test("Whatever goes wrong is told to the model")
    func tellsErrors() async throws {
        let source = ScriptedSource("s", tools: ["fail", "refuse", "gone", "echo"]) {
            (name, arguments) throws(MCPError) in
            switch name {
            case "fail": return MCPToolResult(text: "no such city", isError: true)
            case "refuse":
                let failure = JSONRPCFailure(.invalidParams, "city is missing")
                throw MCPError(.request, "the server refused", failure: failure)
            case "gone": throw MCPError(.closed, "the server is gone")
            default: return MCPToolResult(text: JSONValue.object(arguments).serializedString)
            }
        }
        let contents = try await ToolBox(sources: [source]).contents()
        let cases: [(String, String, Bool, String)] = [
            ("s__fail", "{}", true, "no such city"),
            ("s__refuse", "{}", true, "The tool failed: city is missing"),
            ("s__gone", "{}", true, "The tool failed: the server is gone"),
            ("s__echo", #"{"a":1}"#, false, #"{"a":1}"#),
            ("echo", "", false, "{}"),
            ("s__echo", "[1]", true, "The arguments are no JSON object. Call the tool again with one."),
            (
                "s__none", "{}", true,
                "There is no tool of that name. The tools are: s__fail, s__refuse, s__gone, s__echo."
            ),
        ]
        for (name, arguments, isError, text) in cases {
            let result = try await contents.call(ToolCall(id: "1", name: name, arguments: arguments))
            #expect(result.isError == isError, "\(name)")
            #expect(result.content == [.text(text)], "\(name)")
        }
        let garbled = try await contents.call(ToolCall(id: "1", name: "s__echo", arguments: "{"))
        #expect(garbled.isError)
    }

    @Test("A result's pieces become what a model can be shown")
    func convertsContent() throws {
        let result = MCPToolResult(json: [
            "content": [
                ["type": "text", "text": "words"], ["type": "image", "data": "AAAA", "mimeType": "image/png"],
                ["type": "resource", "resource": ["uri": "file:///a/b.txt", "text": "inside"]],
                [
                    "type": "resource",
                    "resource": ["uri": "file:///a/b.pdf", "blob": "AAAA", "mimeType": "application/pdf"],
                ],
                ["type": "resource_link", "uri": "file:///c", "name": "c"], ["type": "hologram", "x": 1], 7,
            ]
        ])
        let parts = result.toolResult(for: ToolCall(id: "1", name: "t", arguments: "")).content
        #expect(
            parts == [
                .text("words"), .image(Media(.base64("AAAA"), mediaType: "image/png")), .text("inside"),
                .file(Media(.base64("AAAA"), mediaType: "application/pdf", filename: "b.pdf")),
                .text("[resource file:///c: c]"), .text(#"{"type":"hologram","x":1}"#),
            ]
        )
        let structured = MCPToolResult(json: ["structuredContent": ["a": 1]])
        #expect(structured.toolResult(for: ToolCall(id: "1", name: "t", arguments: "")).content == [.text(#"{"a":1}"#)])
    }
}
