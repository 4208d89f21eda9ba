import ProviderKit
import ProviderTesting
import Testing
import TransportKit

struct ToolTests {
    struct Query: Decodable, Sendable {
        var city: String
        var days: Int?
    }
    struct Report: Encodable, Sendable {
        var sky = "clear"
        var high = 21.5
    }
    struct Failure: Error, CustomStringConvertible { let description = "no such city" }

    static let weather = Tool("get_weather", "Current weather in a city.") { (query: Query) in
        if query.city == "Nowhere" { throw Failure() }
        return "clear in \(query.city) for \(query.days ?? 1)"
    }

    private func call(_ arguments: String) -> ToolCall {
        ToolCall(id: "call_1", name: "get_weather", arguments: arguments)
    }

    @Test("a mistake in the arguments' type names the tool, of which a program has many")
    func namesItselfInMistakes() {
        enum Unit: String, Decodable, Sendable { case celsius }
        struct Question: Decodable, Sendable { var unit: Unit }
        let tool = Tool("get_weather", "") { (_: Question) in "" }
        let error = #expect(throws: PlexError.self) { try tool.definition }
        #expect(error?.code == .unsupported)
        #expect(error?.message.contains("get_weather") == true)
        #expect(error?.message.contains("CaseIterable") == true)
    }

    @Test func isDeclaredWithoutTry() throws {
        let definition = try Self.weather.definition
        #expect(definition.name == "get_weather")
        #expect(definition.description == "Current weather in a city.")
        #expect(
            definition.parameters == [
                "type": "object", "properties": ["city": ["type": "string"], "days": ["type": "integer"]],
                "required": ["city"],
            ]
        )
        #expect(definition.isStrict == nil)
    }

    @Test func strict() throws {
        let tool = Tool("t", "", isStrict: true) { (query: Query) in query.city }
        #expect(try tool.definition.isStrict == true)
        #expect(try tool.definition.parameters["additionalProperties"] == false)
    }

    @Test(arguments: [
        (#"{"city": "Paris"}"#, "clear in Paris for 1", false),
        (#"{"city": "Paris", "days": 3, "more": 1}"#, "clear in Paris for 3", false),
        (#"{"city": "Nowhere"}"#, "The tool failed: no such city", true),
        (#"{"days": 3}"#, "at city a member is missing", true),
        (#"{"city": 3}"#, "at city there is no String", true),
        ("", "at city a member is missing", true),
        (#"{"city": "#, "not valid JSON", true),
        ("[]", "do not fit", true),
    ])
    func calls(_ arguments: String, _ text: String, _ isError: Bool) async throws {
        let result = try await Self.weather.call(call(arguments))
        #expect(result.callID == "call_1" && result.name == "get_weather")
        #expect(result.isError == isError)
        #expect(result.plainText.contains(text), "\(result)")
    }

    @Test func results() async throws {
        let report = Tool("report", "") { (_: Query) in Report() }
        #expect(try await report.call(call(#"{"city":""}"#)).plainText == #"{"high":21.5,"sky":"clear"}"#)
        let json = Tool("json", "") { () -> JSONValue in ["b": 1.50, "a": nil] }
        #expect(try await json.call(call("")).plainText == #"{"b":1.5,"a":null}"#)
        let none = Tool("none", "") { () -> Int? in nil }
        #expect(try await none.call(call("{}")).plainText == "null")
        let echo = Tool(definition: ToolDefinition(name: "echo")) { arguments in
            [.text(arguments.serializedString), .image(Media(.url("https://example.org/a.png")))]
        }
        let result = try await echo.call(call(#"{"n":1.0000000000000000001}"#))
        #expect(result.plainText == #"{"n":1.0000000000000000001}"#)
        #expect(result.content.count == 2)
    }

    @Test func anArgumentThatIsNoObject() async throws {
        let tool = Tool("shout", "") { (text: String) in text.uppercased() }
        #expect(try tool.definition.parameters["required"] == ["value"])
        #expect(try await tool.call(call(#"{"value":"a"}"#)).plainText == "A")
        #expect(try await tool.call(call(#""a""#)).plainText == "A")
    }

    @Test(arguments: ["", "get weather", "wetter_für_heute", "a.b", String(repeating: "a", count: 65)])
    func aBadNameIsSaidAtUse(_ name: String) async throws {
        let tool = Tool(name, "") { "" }
        do throws(PlexError) {
            _ = try tool.definition
            Issue.record("accepted")
        } catch {
            #expect(error.code == .configuration)
        }
    }

    @Test func argumentsWithoutASchemaAreSaidAtUse() {
        let tool = Tool("t", "") { (_: JSONSchemaTests.Open) in "" }
        #expect(throws: PlexError.self) { try tool.definition }
    }

    @Test func cancellationIsThrown() async {
        // A clock that nobody moves: the tool waits until it is cancelled.
        let clock = ManualClock()
        let tool = Tool("wait", "") { () -> String in
            try await clock.sleep(for: .seconds(3600))
            return ""
        }
        let task = Task { try await tool.call(ToolCall(id: "1", name: "wait", arguments: "")) }
        task.cancel()
        let result = await task.result
        #expect(throws: PlexError.self) { try result.get() }
        if case .failure(let error) = result { #expect((error as? PlexError)?.code == .cancelled) }
    }

    @Test func aToolThatGivesUpByItselfHasFailed() async throws {
        let tool = Tool("wait", "") { () -> String in throw CancellationError() }
        #expect(try await tool.call(ToolCall(id: "1", name: "wait", arguments: "")).isError)
    }
}

extension ToolResult {
    fileprivate var plainText: String {
        content.reduce(into: "") { text, part in
            if case .text(let piece) = part.kind { text += piece }
        }
    }
}
