import ProviderKit
import Testing
import TransportKit

@testable import MCPKit

@Suite("A server of one's own", .timeLimit(.minutes(5)))
struct MCPServerTests {
    struct Query: Decodable, Sendable { var city: String }
    struct Weather: Codable, Sendable { var degrees: Int }

    private static func makeServer() -> MCPServer {
        MCPServer("weather", version: "1.0", instructions: "Ask for cities.") {
            Tool("get_weather", "Current weather in a city.") { (query: Query) in "sunny in \(query.city)" }
            MCPServerTool("forecast", "The weather to come.") { (query: Query, context: MCPCallContext) in
                await context.report(1, of: 1)
                return Weather(degrees: query.city.count)
            }
            MCPServerTool("survey", "Asks back.") { context in
                let place = try await context.elicit("Where?", as: Query.self)?.city ?? "nowhere"
                return "\(place) \(try await context.roots().count) \(try await context.sample("How?"))"
            }
            MCPServerTool(
                MCPTool(name: "raw", inputSchema: ["type": "object", "properties": ["n": ["type": "integer"]]])
            ) { arguments, _ in
                MCPToolResult(json: ["content": [], "structuredContent": arguments["n"] ?? nil, "x": 1])
            }
            MCPServerPrompt("report", "Writes a report.", arguments: [.init("city", isRequired: true)]) { arguments in
                "Report on \(arguments["city"] ?? "")"
            }
            MCPServerResource("weather://stations", name: "stations") { _ in .text("1, 2") }
            MCPServerResource(
                template: "weather://{city}/now",
                name: "now",
                completions: [
                    "city": { value, others in ["Rome", "Riga"].filter { $0.hasPrefix(value) } + others.keys }
                ]
            ) { variables, _ in .text(variables["city"] ?? "") }
        }
    }

    @Test("Everything it offers works, in memory and over HTTP, in both eras", arguments: ServiceTransportTests.eras)
    func offers(era: EraDetection.Memory) async throws {
        let server = Self.makeServer()
        #expect(server.mistakes.isEmpty)
        let handlers = MCPClientHandlers(
            roots: { [MCPRoot(path: "/a")].compactMap(\.self) },
            sampling: { _ in MCPSamplingResult(text: "fine", model: "m") },
            elicitation: { _ in .accept(["city": "Oslo"]) }
        )
        try await ServiceTransportTests.withClient(of: server, era, handlers: handlers, Self.use)
        let bridge = EndpointBridge(endpoint: MCPHTTPEndpoint(server))
        try await bridge.withClient(era, handlers: handlers, Self.use)
        #expect(bridge.requests["DELETE"] == (era == .nothing ? 0 : 1))
        #expect(bridge.endpoint.sessionCount == 0 && bridge.endpoint.suspendedCount == 0)
    }

    private static func use(_ client: MCPClient) async throws {
        let tools = try await client.tools()
        #expect(tools.map(\.name) == ["get_weather", "forecast", "survey", "raw"])
        #expect(tools[1].outputSchema?["properties"]?["degrees"] != nil)
        let sunny = try await client.callTool("get_weather", arguments: ["city": "Rome"])
        #expect(sunny.text == "sunny in Rome" && !sunny.isError)
        let reports = Locked(0)
        let forecast = try await client.callTool(
            "forecast",
            arguments: ["city": "Rome"],
            options: MCPRequestOptions(progress: { _ in reports.withLock { $0 += 1 } })
        )
        #expect(forecast.structuredContent == ["degrees": 4] && forecast.text == #"{"degrees":4}"#)
        #expect(reports.withLock { $0 } == 1)
        #expect(try await client.callTool("survey", arguments: [:]).text == "Oslo 1 fine")
        #expect(try await client.callTool("raw", arguments: ["n": 7]).json["x"] == 1)
        #expect(try await client.callTool("raw", arguments: ["n": "seven"]).isError)
        #expect(try await client.prompt("report", arguments: ["city": "Rome"]).messages.count == 1)
        await #expect(throws: MCPError.self) { try await client.prompt("report") }
        #expect(try await client.readResource("weather://stations").first?.text == "1, 2")
        #expect(try await client.readResource("weather://S%C3%A3o%20Paulo/now").first?.text == "São Paulo")
        let isStateless = try await client.connect().version.isStateless
        do throws(MCPError) {
            _ = try await client.readResource("weather://a/b/now")
            Issue.record("a resource that is not there was read")
        } catch {
            #expect(error.failure?.code == (isStateless ? .invalidParams : .resourceNotFound))
        }
        let completion = try await client.complete(
            "city",
            "R",
            of: .resource("weather://{city}/now"),
            context: ["x": "y"]
        )
        #expect(completion.values == ["Rome", "Riga", "x"])
    }

    @Test("Arguments that do not fit are told to the model, and in older revisions to the caller")
    func misfits() async throws {
        let service = Self.makeServer()
        for (version, isResult) in [("2025-06-18", false), ("2025-11-25", true)] {
            let endpoint = MCPHTTPEndpoint(service)
            func post(_ method: String, _ params: JSONValue, _ session: String?) async throws -> MCPHTTPResponse {
                var fields: HTTPFields = ["Content-Type": "application/json"]
                if let session { fields.append("Mcp-Session-Id", session) }
                let body: JSONValue = ["jsonrpc": "2.0", "id": 1, "method": .string(method), "params": params]
                return await endpoint.respond(
                    to: MCPHTTPRequest(
                        method: "POST",
                        fields: fields,
                        body: body.serialized,
                        caller: .init(listener: "test")
                    )
                )
            }
            let begun = try await post("initialize", ["protocolVersion": .string(version)], nil)
            let answer = try await post(
                "tools/call",
                ["name": "forecast", "arguments": [:]],
                begun.fields["Mcp-Session-Id"]
            )
            guard case .bytes(let bytes) = answer.body else {
                Issue.record("the answer is a stream")
                return
            }
            let json = try JSONValue(parsing: bytes)
            #expect(json["result"]?["isError"] == (isResult ? true : nil))
            #expect(json["error"]?["code"] == (isResult ? nil : -32602))
            await endpoint.close()
        }
    }

    @Test("What changes is told", arguments: ServiceTransportTests.eras)
    func changes(era: EraDetection.Memory) async throws {
        let server = Self.makeServer()
        let bridge = EndpointBridge(endpoint: MCPHTTPEndpoint(server))
        try await bridge.withClient(era) { client async throws in
            var changes = client.changes(
                MCPChangeFilter(tools: true, prompts: true, resources: true, contents: ["weather://stations"])
            ).makeAsyncIterator()
            let first = Task {
                // Told again and again, as nothing here tells when somebody listens.
                while !Task.isCancelled {
                    try? server.add { Tool("late", "Comes later.") { 1 } }
                    server.resourceChanged("weather://stations")
                    await Task.yield()
                }
            }
            var heard: Set<MCPChange> = []
            while heard.count < 2, let change = try await changes.next() { heard.insert(change) }
            first.cancel()
            #expect(heard == [.tools, .resource(uri: "weather://stations")])
            #expect(try await client.callTool("late", arguments: [:]).text == "1")
            server.removeTool("late")
            await #expect(throws: MCPError.self) { try await client.callTool("late", arguments: [:]) }
        }
    }

    @Test("Mistakes are named, and cost nothing else")
    func mistakes() async throws {
        let server = MCPServer("wrong", version: "1") {
            Tool("a b", "Has a name that cannot be.") { 1 }
            MCPServerTool(MCPTool(name: "s", inputSchema: ["type": 5])) { _, _ in MCPToolResult(text: "") }
            MCPServerResource("nowhere", name: "n") { _ in .text("") }
            MCPServerResource(template: "x://{a}{b}", name: "t") { _, _ in .text("") }
            Tool("fine", "Works.") { 1 }
        }
        #expect(server.mistakes.count == 4)
        #expect(server.mistakes.allSatisfy { $0.code == .configuration })
        #expect(throws: MCPError.self) { try server.add { Tool("", "Has no name.") { 1 } } }
        try await ServiceTransportTests.withClient(of: server) { client async throws in
            #expect(try await client.tools().map(\.name) == ["fine"])
        }
    }

    @Test("Long lists come in pages, also when they change meanwhile")
    func pages() {
        var list = OwnContents.List<Int>()
        for number in 0..<5 { list.add(number, "n\(number)") }
        let first = list.page(nil, size: 2)
        #expect(first?.elements == [0, 1])
        let isRemoved = list.remove("n0")
        #expect(isRemoved)
        list.add(5, "n5")
        let second = list.page(first?.next, size: 2)
        #expect(second?.elements == [2, 3])
        #expect(list.page(second?.next, size: 2)?.elements == [4, 5])
        #expect(list.page(second?.next, size: 2)?.next == nil)
        #expect(list.page("after:n0", size: 2) == nil && list.page("n2", size: 2) == nil)
    }

    @Test(
        "URIs are read by their form",
        arguments: [
            ("a://{x}", "a://b", ["x": "b"]), ("a://{x}", "a://b/c", nil), ("a://{+x}", "a://b/c", ["x": "b/c"]),
            ("a://{x}/y/{z}.txt", "a://1/y/2.txt", ["x": "1", "z": "2"]), ("a://{x}", "a://", nil),
            ("a://{x}/y", "a://1/y/y", nil), ("a://{x}", "a://%2", nil), ("a://{x}", "a://%C3%BC", ["x": "ü"]),
            ("a://{x}", "a://%FF", nil), ("a://{x}-{y}", "a://1-2-3", ["x": "1", "y": "2-3"]),
        ] as [(String, String, [String: String]?)]
    )
    func templates(template: String, uri: String, values: [String: String]?) throws {
        #expect(try #require(URITemplate(template)).values(in: uri) == values)
    }

    @Test(
        "Forms of other kinds are refused",
        arguments: ["a://b", "a://{x}{y}", "a://{?x}", "a://{x", "a://x}", "a://{}"]
    )
    func wrongTemplates(template: String) {
        #expect(URITemplate(template) == nil)
    }
}
