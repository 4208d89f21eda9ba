import Testing
import TransportKit

@testable import MCPKit

@Suite("A few tools in place of many", .timeLimit(.minutes(5)))
struct LeanToolTests {
    private static let subjects = [
        "issue", "pull request", "branch", "commit", "file", "user", "team", "label", "milestone", "release",
    ]
    private static let verbs = ["create", "list", "get", "update", "delete", "search", "archive", "restore"]

    /// Tools as large ones of real servers are.
    static let offer = Offer(
        tools: subjects.flatMap { subject in
            verbs.map { verb in
                let name = "\(verb)_\(subject.split(separator: " ").joined(separator: "_"))"
                return [
                    "name": .string(name),
                    "description": .string(
                        "\(verb.prefix(1).uppercased())\(verb.dropFirst())s a \(subject) of a repository. Give the owner and the name of the repository. The answer has the \(subject) with all of its fields."
                    ),
                    "inputSchema": [
                        "type": "object",
                        "properties": [
                            "owner": [
                                "type": "string",
                                "description": "The owner of the repository, a user or an organisation",
                            ],
                            "repository": [
                                "type": "string", "description": "The name of the repository, without its owner",
                            ],
                            "number": [
                                "type": "integer", "description": "The number that the thing has within the repository",
                            ],
                            "page": [
                                "type": "integer", "minimum": 1, "description": "Which page of the results to give",
                            ],
                        ],
                        "required": ["owner", "repository"],
                    ],
                ]
            }
        }
    )

    @Test("Three tools find, describe and call all others, in both eras", arguments: ProxyRig.Era.allCases)
    func threeTools(era: ProxyRig.Era) async throws {
        let rig = try ProxyRig(["hub": ScriptedService(Self.offer)], era: era, options: .init(listing: .lean))
        let client = try await rig.client(era)
        #expect(try await client.tools().map(\.name) == ["search_tools", "describe_tool", "call_tool"])
        let found = try await client.callTool("search_tools", arguments: ["query": "archive milestones", "limit": 3])
        #expect(
            found.text.hasPrefix(
                "hub__archive_milestone(owner: string, repository: string, number?: integer, page?: integer): Archives a"
            )
        )
        #expect(found.text.split(separator: "\n").count == 3)
        let described = try await client.callTool("describe_tool", arguments: ["name": "hub__archive_milestone"])
        #expect(try JSONValue(parsing: described.text)["inputSchema"]?["required"] == ["owner", "repository"])
        let called = try await client.request(
            "tools/call",
            [
                "name": "call_tool", "arguments": ["name": "hub__get_user", "arguments": ["owner": "x"]],
                "_meta": ["v/x": 1],
            ]
        )
        #expect(called["params"]?["name"] == "get_user" && called["params"]?["arguments"] == ["owner": "x"])
        #expect(called["params"]?["_meta"]?["v/x"] == 1)
        // Models often write the arguments as the text of an object.
        let written = try await client.request(
            "tools/call",
            ["name": "call_tool", "arguments": ["name": "hub__get_user", "arguments": #"{"owner":"x"}"#]]
        )
        #expect(written["params"]?["arguments"] == ["owner": "x"])
        let wrong = try await client.callTool("call_tool", arguments: ["name": "hub__get_user", "arguments": "owner"])
        #expect(wrong.isError && wrong.text.contains("JSON object"))
        #expect(try await client.callTool("search_tools", arguments: ["query": "weather"]).text.contains("80 tools"))
        #expect(try await client.callTool("search_tools", arguments: [:]).isError)
        await rig.end()
    }

    @Test("Many tools are replaced only where they are too many")
    func automatic() async throws {
        for (most, count) in [(80, 80), (79, 3)] {
            let rig = try ProxyRig(
                ["hub": ScriptedService(Self.offer)],
                options: .init(listing: .automatic(above: most))
            )
            #expect(try await rig.client().tools().count == count)
            await rig.end()
        }
    }

    @Test("Eighty definitions are more than thirty times as large as the three, with a search a fifth of them")
    func saving() async throws {
        func size(_ values: [JSONObject]) -> Int {
            var bytes: [UInt8] = []
            bytes.append(json: .array(values.map { .object($0) }))
            return bytes.count
        }
        let all = size(Self.offer.tools.compactMap(\.object))
        let lean = size(LeanTool.allCases.map(\.definition))
        #expect(all > 30 * lean, "\(all) and \(lean) bytes")
    }

    @Test(
        "Words find tools by their name before their description",
        arguments: [
            ("read a file", 0), ("readFile", 0), ("send e-mail", 2), ("mails", 2), ("write", 1),
            ("weather forecasts", 3),
            ("directory", 4),
        ]
    )
    func ranking(query: String, best: Int) {
        let tools: [JSONObject] = [
            ["name": "read_file", "description": "Gives what a file holds."],
            ["name": "write_file", "description": "Writes text to a file, which may be read later."],
            ["name": "sendMail", "description": "Sends an e-mail."],
            ["name": "get_forecast", "description": "The weather of the next days at a place."],
            [
                "name": "list_dir", "description": "Lists what is in a directory.",
                "inputSchema": ["properties": ["path": [:]]],
            ],
        ]
        #expect(ToolSearch(tools).best(query, limit: 1) == [best])
        #expect(ToolSearch(tools).best("zebra", limit: 5).isEmpty)
        #expect(ToolSearch([]).best(query, limit: 5).isEmpty)
    }
}
