import ProviderKit
import Testing
import TransportKit

@Suite("Files that one provider was given")
struct FileReferenceTests {
    /// A request that names such a file, and where.
    struct Row: Sendable, CustomTestStringConvertible {
        var dialect: String
        var request: String
        var path: String
        var testDescription: String { "\(dialect) \(path)" }
    }

    private static let uri = "https://generativelanguage.googleapis.com/v1beta/files/a"

    private static let rows = [
        Row(
            dialect: "openai",
            request: #"""
                {"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"Look."},
                  {"type":"file","file":{"file_id":"file-1"}}]}]}
                """#,
            path: "messages[0].content[1]"
        ),
        Row(
            dialect: "responses",
            request: #"{"model":"m","input":[{"role":"user","content":[{"type":"input_file","file_id":"file-1"}]}]}"#,
            path: "input[0].content[0]"
        ),
        Row(
            dialect: "responses",
            request: #"""
                {"model":"m","input":[{"type":"function_call","call_id":"c","name":"f","arguments":"{}"},
                  {"type":"function_call_output","call_id":"c","output":[{"type":"input_file","file_id":"file-1"}]}]}
                """#,
            path: "input[1].output[0]"
        ),
        Row(
            dialect: "anthropic",
            request: #"""
                {"model":"m","max_tokens":5,"messages":[{"role":"user","content":[
                  {"type":"image","source":{"type":"file","file_id":"file_1"}},{"type":"text","text":"What is it?"}]}]}
                """#,
            path: "messages[0].content[0]"
        ),
        Row(
            dialect: "gemini",
            request: #"""
                {"model":"m","contents":[{"parts":[{"fileData":{"fileUri":"\#(uri)","mimeType":"image/png"}}]}]}
                """#,
            path: "contents[0].parts[0]"
        ),
        Row(
            dialect: "gemini",
            request: #"{"model":"m","contents":[{"parts":[{"text":"Hi"}]}],"cachedContent":"cachedContents/1"}"#,
            path: "cachedContent"
        ),
    ]

    @Test(arguments: rows)
    func refusedElsewhere(_ row: Row) throws {
        let own = try WireSide.named(row.dialect)
        let (served, _) = try own.read(JSONValue(parsing: row.request))
        #expect(throws: Never.self) { try own.write(served.request) }
        for side in WireSide.all where side.dialect != own.dialect {
            let isShared = [own.dialect, side.dialect].allSatisfy { [.openAI, .openAIResponses].contains($0) }
            // To a server that only speaks as OpenAI does, a file of OpenAI's means nothing either.
            if isShared, side.dialect == .openAIResponses { continue }
            let error = #expect(throws: PlexError.self, "\(side.name)") { try side.write(served.request) }
            let told = served.places.inCallersWords(try #require(error))
            #expect(told.code == .unsupported)
            #expect(told.parameter == row.path, "\(side.name)")
            #expect(told.message.hasPrefix("\(row.path): "), "\(told.message)")
        }
    }

    @Test("OpenAI's two dialects share its files", arguments: ["openai", "responses"])
    func shared(from dialect: String) throws {
        let row = try #require(Self.rows.first { $0.dialect == dialect })
        let (served, _) = try WireSide.named(dialect).read(JSONValue(parsing: row.request))
        let other = try #require(WireSide.vendors.first { $0.name == (dialect == "openai" ? "responses" : "openai") })
        let encoded = try other.write(served.request)
        #expect(encoded.body.serializedString.contains(#""file_id":"file-1""#))
        #expect(!encoded.warnings.contains { $0.code == .dropped })
    }
}
