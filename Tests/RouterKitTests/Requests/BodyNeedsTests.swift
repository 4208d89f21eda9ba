import ProviderKit
import Testing

@testable import RouterKit

@Suite("What a body asks of a model")
struct BodyNeedsTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var operation: WireOperation
        var body: String
        var needs: Set<Capabilities.Feature>
        var testDescription: String { "\(operation.rawValue) \(body.prefix(120))" }

        init(_ operation: WireOperation, _ body: String, _ needs: Set<Capabilities.Feature>) {
            self.operation = operation
            self.body = body
            self.needs = needs
        }
    }

    static let cases: [Case] = [
        Case(.openAIChat, #"{"messages":[{"content":[{"type" : "image_url","image_url":{"url":"x"}}]}]}"#, [.vision]),
        Case(.openAIChat, #"{"messages":[{"content":[{"type":"input_audio"},{"type":"file"}]}]}"#, [.audio, .files]),
        Case(.openAIChat, #"{"tools":[{}],"reasoning_effort":"high"}"#, [.tools, .reasoning]),
        Case(.openAIChat, #"{"tools":[ ],"reasoning_effort":"none","response_format":{"type":"json_object"}}"#, []),
        Case(.openAIChat, #"{"tools":null,"messages":[{"content":"\"type\":\"image_url\""}]}"#, []),
        Case(.openAIChat, #"{"response_format":{"type":"json_schema"}}"#, [.jsonSchema]),
        Case(.openAIResponses, #"{"input":[{"content":[{"type":"input_image"}]}]}"#, [.vision]),
        Case(
            .openAIResponses,
            #"{"text":{"format":{"type":"json_schema"}},"reasoning":{"effort":"low"}}"#,
            [.jsonSchema, .reasoning]
        ),
        Case(.anthropicMessages, #"{"messages":[{"content":[{"type":"image","source":{}}]}]}"#, [.vision]),
        Case(.anthropicMessages, #"{"messages":[{"content":[{"type":"document"}]}]}"#, [.files]),
        Case(.anthropicMessages, #"{"thinking":{"type":"adaptive"},"tools":[{}]}"#, [.reasoning, .tools]),
        Case(.anthropicMessages, #"{"thinking":{"type":"disabled"}}"#, []),
        Case(.anthropicMessages, #"{"output_config":{"format":{"type":"json_schema"}}}"#, [.jsonSchema]),
        Case(.ollamaChat, #"{"messages":[{"images":["aGk="]}]}"#, [.vision]),
        Case(.ollamaGenerate, #"{"images":[ ],"format":"json","think":false}"#, []),
        Case(
            .ollamaGenerate,
            #"{"images":["aGk="],"format": {"type":"object"},"think":"low"}"#,
            [.vision, .jsonSchema, .reasoning]
        ),
        Case(.ollamaChat, #"{"tools":[{"p":{"format":{},"images":{}}}],"think":true}"#, [.tools, .reasoning]),
        Case(.geminiGenerate, #"{"contents":[{"parts":[{"inlineData":{"mimeType":"image/png"}}]}]}"#, [.vision]),
        Case(.geminiGenerate, #"{"contents":[{"parts":[{"file_data":{"mime_type":"application/pdf"}}]}]}"#, [.files]),
        Case(.geminiGenerate, #"{"contents":[{"parts":[{"inline_data":{"mime_type":"audio/wav"}}]}]}"#, [.audio]),
        Case(.geminiGenerate, #"{"generationConfig":{"responseSchema":{"type":"OBJECT"}}}"#, [.jsonSchema]),
        Case(.geminiGenerate, #"{"generation_config":{"response_json_schema":{}}}"#, [.jsonSchema]),
        Case(
            .geminiGenerate,
            #"{"tools":[{"functionDeclarations":[{"responseJsonSchema":{}}]}],"generationConfig":{}}"#,
            [.tools]
        ),
        Case(.geminiGenerate, #"{"generationConfig":{"thinkingConfig":{"thinkingBudget":0}}}"#, []),
        Case(.geminiGenerate, #"{"generationConfig":{"thinkingConfig":{"thinkingBudget":-1}}}"#, []),
        Case(.geminiGenerate, #"{"generationConfig":{"thinkingConfig":{"thinking_level":"low"}}}"#, [.reasoning]),
        Case(.openAIEmbedding, #"{"input":"x","type":"image_url"}"#, [.embeddings]),
        Case(.ollamaEmbed, #"{"input":"x"}"#, [.embeddings]),
        Case(.ollamaShow, #"{"images":["aGk="]}"#, []),
    ]

    @Test("in each dialect", arguments: cases)
    func needs(row: Case) throws {
        #expect(BodyNeeds(try ScannedBody(scanning: Array(row.body.utf8)), row.operation).needs == row.needs)
    }

    @Test(
        "Base64 counts as a picture, not as text",
        arguments: [WireOperation.openAIChat, .anthropicMessages, .ollamaChat]
    )
    func media(operation: WireOperation) throws {
        let data = String(repeating: "A", count: 1_000_000)
        let body =
            switch operation {
            case .openAIChat: #"{"m":[{"type":"image_url","image_url":{"url":"data:image/png;base64,\#(data)"}}]}"#
            case .anthropicMessages: #"{"m":[{"type":"image","source":{"type":"base64","data":"\#(data)"}}]}"#
            default: #"{"messages":[{"images":["\#(data)","\#(data)"]}]}"#
            }
        let request = ForwardRequest(
            operation: operation,
            model: "m",
            body: try ScannedBody(scanning: Array(body.utf8))
        )
        let query = RouteQuery(request, tiesBySession: false)
        #expect((1000..<2100).contains(query.promptTokens) && query.needs == [.vision])
    }

    @Test("a session ties requests that begin differently, in each dialect that can name one")
    func sessions() throws {
        func affinity(_ operation: WireOperation, _ body: String) throws -> UInt64? {
            let scanned = try ScannedBody(scanning: Array(body.utf8))
            let request = ForwardRequest(operation: operation, model: "m", body: scanned)
            return RouteQuery(request, tiesBySession: true).affinity
        }
        let one = try affinity(.openAIChat, #"{"messages":["a"],"user":"me"}"#)
        #expect(try affinity(.openAIChat, #"{"messages":["b"],"user":"me"}"#) == one)
        #expect(try affinity(.anthropicMessages, #"{"messages":["c"],"metadata":{"user_id":"me"}}"#) == one)
        #expect(try affinity(.openAIChat, #"{"messages":["a"],"user":"you"}"#) != one)
        #expect(try affinity(.openAIChat, #"{"messages":["a"]}"#) != affinity(.openAIChat, #"{"messages":["b"]}"#))
    }

    @Test("no body breaks it, wherever it is cut off", arguments: cases.prefix(8))
    func robust(row: Case) throws {
        // A scanned body is JSON; what members hold may still end or be escaped anywhere.
        for text in [row.body, #"{"a":":"}"#, #"{":":[]}"#, #"{"type":"image_url""# + "}", #"{ "":"" }"#, "{}"] {
            guard let body = try? ScannedBody(scanning: Array(text.utf8)) else { continue }
            _ = BodyNeeds(body, row.operation)
        }
    }
}
