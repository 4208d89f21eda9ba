import ProviderKit
import Testing
import TransportKit

extension ConversationMaker {
    private mutating func hint() -> CacheHint? { chance(10) ? CacheHint(timeToLive: some([nil, "1h"])) : nil }

    private static let png = Media(.base64("iVBORw0KGgo="), mediaType: "image/png")

    private mutating func userPart() -> ContentPart {
        let common: [ContentPart.Kind] = [
            .text(text()), .text(text()), .image(Self.png),
            .image(Media(.base64("/9j/4AA="), mediaType: "image/jpeg", detail: chance(30) ? "high" : nil)),
        ]
        let rare: [ContentPart.Kind] = [
            .image(Media(.url("https://e.org/a.png"))),
            .image(Media(.providerFile("https://generativelanguage.googleapis.com/v1beta/files/a.png"))),
            .file(Media(.base64("JVBERi0="), mediaType: "application/pdf", filename: "a.pdf")),
            .file(Media(.base64("aGV5"), mediaType: "text/plain")), .file(Media(.url("https://e.org/a.pdf"))),
            .audio(Media(.base64("AAAA"), mediaType: some(["audio/mpeg", "audio/wav"]))),
        ]
        return ContentPart(chance(6) ? some(rare) : some(common), cacheHint: hint())
    }

    private mutating func answer(_ calls: inout [ToolCall]) -> [ContentPart] {
        // Something is said in words, so that no dialect is left with nothing.
        var content: [ContentPart] = chance(70) ? [] : [.reasoning(thought())]
        content.append(ContentPart(.text(text()), cacheHint: hint()))
        for _ in 0..<number(0..<4) {
            switch number(0..<5) {
            case 0: content.append(.reasoning(thought()))
            case 1: content.append(.refusal(text()))
            case 2: content.append(.text(text()))
            default:
                var call = call(0)
                call.id = "call_\(number(0..<1_000_000))"
                calls.append(call)
                content.append(.toolCall(call))
            }
        }
        return content
    }

    private mutating func thought() -> Reasoning {
        chance(30) ? Reasoning("", redacted: text()) : Reasoning(text(), signature: chance(60) ? text() : nil)
    }

    private mutating func result(of call: ToolCall) -> ContentPart {
        let content: [[ContentPart]] = [
            [.text(text())], [.text(text())], [.text(text()), .text(text())], [.text(text()), .image(Self.png)],
        ]
        let result = ToolResult(callID: call.id, name: call.name, content: some(content), isError: chance(20))
        return ContentPart(.toolResult(result), cacheHint: hint())
    }

    /// A conversation with everything that any dialect has a word for.
    mutating func anyRequest() -> ChatRequest {
        var request = ChatRequest(model: "m", messages: [])
        if chance(50) { request.messages.append(instructions()) }
        for _ in 0..<number(1..<4) {
            let name = chance(10) ? "Ann" : nil
            request.messages.append(
                Message(role: .user, content: (0..<number(1..<4)).map { _ in userPart() }, name: name)
            )
            if chance(10) { request.messages.append(instructions()) }
            var calls: [ToolCall] = []
            request.messages.append(Message(role: .assistant, content: answer(&calls)))
            guard !calls.isEmpty else { continue }
            request.messages.append(Message(role: .tool, content: calls.map { result(of: $0) }))
            if chance(30) { request.messages.append(.assistant(text())) }
        }
        if chance(50) { request.messages.append(.user(text())) }
        addSettings(to: &request)
        return request
    }

    private mutating func instructions() -> Message {
        Message(role: chance(50) ? .system : .developer, content: [ContentPart(.text(text()), cacheHint: hint())])
    }

    private mutating func addSettings(to request: inout ChatRequest) {
        if chance(50) {
            request.tools = (0..<number(1..<4)).map { index in
                ToolDefinition(
                    name: "f\(index)",
                    description: chance(50) ? text() : nil,
                    parameters: ["type": "object", "properties": ["a": ["minimum": 0.50]]],
                    isStrict: chance(20) ? true : nil,
                    cacheHint: hint()
                )
            }
            request.toolChoice = some([nil, .auto, ToolChoice.none, .required, .tool("f0")])
            request.allowsParallelToolCalls = some([nil, nil, true, false])
        }
        request.responseFormat = some([
            nil, nil, .text, .jsonObject,
            .jsonSchema(
                JSONSchemaFormat(
                    name: "n",
                    description: chance(50) ? text() : nil,
                    schema: ["type": "object"],
                    isStrict: some([nil, true])
                )
            ),
        ])
        if chance(50) { request.maximumTokens = number(5000..<9000) }
        if chance(50) {
            if chance(50) { request.sampling.temperature = some([0.7, 1.5]) } else { request.sampling.topP = 0.95 }
            request.sampling.topK = chance(30) ? number(1..<50) : nil
            request.sampling.seed = chance(30) ? number(0..<999) : nil
            request.sampling.presencePenalty = chance(30) ? -0.5 : nil
            request.sampling.frequencyPenalty = chance(30) ? 2 : nil
            request.stopSequences = (0..<number(0..<3)).map { _ in text() }
        } else if !request.mustCall, chance(50) {
            let efforts: [ReasoningOptions.Effort] = [.none, .low, .medium, .high]
            request.reasoning =
                chance(50) ? ReasoningOptions(effort: some(efforts)) : ReasoningOptions(budgetTokens: number(0..<4000))
        }
        if chance(20) { request.metadata = ["k": text()] }
        if chance(20) { request.user = text() }
    }
}

extension ChatRequest {
    fileprivate var namesFile: Bool {
        messages.contains { message in
            message.content.contains { if case .image(let media) = $0.kind { media.isNamed } else { false } }
        }
    }

    fileprivate var mustCall: Bool {
        switch toolChoice {
        case .required, .tool: true
        default: false
        }
    }

    /// What is not as expected, in short.
    fileprivate func difference(from expected: ChatRequest) -> String? {
        guard self != expected else { return nil }
        for (found, wanted) in zip(messages, expected.messages) where found != wanted {
            let parts = zip(found.content, wanted.content).first { $0 != $1 }
            return "\(found.role) of \(found.content.count): \(parts.map { "\($0)" } ?? "\(found) for \(wanted)")"
        }
        guard messages.count == expected.messages.count else {
            return "\(messages.map(\.role.rawValue)) for \(expected.messages.map(\.role.rawValue))"
        }
        var (found, wanted) = (self, expected)
        (found.messages, wanted.messages) = ([], [])
        return "\(found) for \(wanted)"
    }

    /// The request without what only its place decides, or what another field says as well.
    fileprivate var plain: ChatRequest {
        var request = self
        request.model = "m"
        request.extraDialect = nil
        var names: [String: String] = [:]
        for call in messages.flatMap(\.toolCalls) { names[call.id] = call.name }
        for index in request.messages.indices {
            for place in request.messages[index].content.indices {
                request.messages[index].content[place].makePlain(names)
            }
        }
        return request
    }
}

extension ContentPart {
    fileprivate mutating func makePlain(_ names: [String: String]) {
        switch kind {
        case .toolResult(var result):
            // Some dialects name the tool, where all name the call.
            result.name = names[result.callID] ?? result.name
            if result.content == [.text("")] { result.content = [] }
            kind = .toolResult(result)
        case .toolCall(var call):
            // An object is written in one way, a text in any.
            if let value = try? JSONValue(parsing: call.arguments) { call.arguments = value.serializedString }
            kind = .toolCall(call)
        case .image(let media): kind = .image(media.plain)
        case .file(let media): kind = .file(media.plain)
        default: break
        }
    }
}

extension Media {
    // Whoever fetches a file is told its type.
    fileprivate var plain: Media {
        var media = self
        if !isBytes { media.mediaType = nil }
        return media
    }
}

@Suite("Conversations there and back, over all pairs of dialects")
struct DialectRoundTripTests {
    /// What a dialect does to a request by the documents' table, or `nil` where it refuses it; and what it has to tell of.
    private static func expectation(
        of request: ChatRequest,
        by side: WireSide,
        _ table: DialectTable.Rows
    ) throws -> (request: ChatRequest, told: [String])? {
        var result = request
        var told: [String] = []
        // A file that one provider was given is unknown to the others.
        if let owner = request.extraDialect, owner != side.dialect, request.namesFile { return nil }
        let column = try #require(DialectTable.columns.firstIndex(of: side.name))
        for loss in DialectLoss.all where loss.isIn(request) {
            switch try #require(table[loss.row], "no row \(loss.row)")[column] {
            case "refused": return nil
            case "–":
                told.append(loss.row)
                loss.remove(&result)
            case "left out": loss.remove(&result)
            default: break
            }
        }
        DialectForm(name: side.name).apply(to: &result)
        result.messages.removeAll { $0.content.isEmpty }
        return (result.plain, told)
    }

    // Writes a request for a dialect's provider, and reads it as a caller's of that dialect.
    private static func send(
        _ request: ChatRequest,
        by side: WireSide,
        _ table: DialectTable.Rows,
        _ way: String
    ) throws -> ChatRequest? {
        guard let (expected, told) = try expectation(of: request, by: side, table) else {
            #expect(throws: PlexError.self, "\(way) should be refused") { try side.write(request) }
            return nil
        }
        let encoded = try side.write(request)
        let read = try side.read(JSONValue(parsing: encoded.body.serialized)).served.request
        #expect(read.plain.difference(from: expected) == nil, "\(way)")
        let isTold = encoded.warnings.contains { $0.code == .dropped }
        #expect(isTold == !told.isEmpty, "\(way): \(encoded.warnings), but \(told)")
        return read
    }

    @Test(
        "What comes back is what was sent, but for the listed losses",
        arguments: WireSide.vendors.map(\.name),
        0..<80
    )
    func requests(first: String, seed: Int) throws {
        let table = try DialectTable.rows("field of a request")
        let first = try #require(WireSide.vendors.first { $0.name == first })
        var maker = ConversationMaker(seed: seed)
        guard let there = try Self.send(maker.anyRequest(), by: first, table, first.name) else { return }
        for second in WireSide.vendors {
            let way = "\(first.name), \(second.name)"
            guard let beyond = try Self.send(there, by: second, table, way) else { continue }
            _ = try Self.send(beyond, by: first, table, "\(way) and back")
        }
    }

    @Test("A dialect's own fields stay within it, and others are told of them", arguments: WireSide.vendors.map(\.name))
    func ownFields(first: String) throws {
        let first = try #require(WireSide.vendors.first { $0.name == first })
        var request = ChatRequest(model: "m", prompt: "x")
        request.maximumTokens = 50
        request.extra = ["x_vendor": ["n": 1.50]]
        request = try first.read(first.write(request).body).served.request
        for second in WireSide.vendors {
            let encoded = try second.write(request)
            #expect((encoded.body["x_vendor"] != nil) == (second.name == first.name), "\(second.name)")
            #expect(encoded.warnings.map(\.field).contains("x_vendor") == (second.name != first.name))
        }
    }
}
