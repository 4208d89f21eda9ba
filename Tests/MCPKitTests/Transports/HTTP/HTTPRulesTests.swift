import Testing
import TransportKit

@testable import MCPKit

@Suite("Rules of Streamable HTTP")
struct HTTPRulesTests {
    private static let call = JSONRPCMessage.request(id: .integer(1), method: "tools/call", params: ["name": "wörk"])
    private static let read = JSONRPCMessage.request(
        id: .integer(1),
        method: "resources/read",
        params: ["uri": "a://b"]
    )
    private static let list = JSONRPCMessage.request(id: .integer(1), method: "tools/list", params: ["name": "no"])

    @Test(
        "A message has the fields of its revision",
        arguments: [
            (call, nil, nil, []),
            (call, "2025-03-26", nil, ["MCP-Protocol-Version: 2025-03-26"]),
            (call, "2025-11-25", "s1", ["MCP-Protocol-Version: 2025-11-25", "Mcp-Session-Id: s1"]),
            (
                call, "2026-07-28", "s1",
                [
                    "MCP-Protocol-Version: 2026-07-28", "Mcp-Method: tools/call", "Mcp-Name: =?base64?d8O2cms=?=",
                    "Mcp-Param-A: b",
                ]
            ),
            (
                read, "2026-07-28", nil,
                ["MCP-Protocol-Version: 2026-07-28", "Mcp-Method: resources/read", "Mcp-Name: a://b", "Mcp-Param-A: b"]
            ),
            (
                list, "2026-07-28", nil,
                ["MCP-Protocol-Version: 2026-07-28", "Mcp-Method: tools/list", "Mcp-Param-A: b"]
            ),
        ] as [(JSONRPCMessage, String?, String?, [String])]
    )
    func messageFields(message: JSONRPCMessage, version: String?, session: String?, expected: [String]) {
        let context = MessageContext(
            version: version.map(ProtocolVersion.init),
            parameterFields: [("Mcp-Param-A", "b")]
        )
        let fields = MessageHeaders.fields(for: message, context, session: session)
        #expect(
            fields.fields.map { "\($0.name): \($0.value)" } == [
                "Content-Type: application/json", "Accept: application/json, text/event-stream",
            ] + expected
        )
    }

    @Test("A session's id is visible ASCII", arguments: [("a~!", true), ("", false), ("a b", false), ("ä", false)])
    func sessionID(text: String, isValid: Bool) {
        #expect(MessageHeaders.isSessionID(text) == isValid)
    }

    @Test(
        "The head of an answer says what comes",
        arguments: [
            (202, "", true, false, .elsewhere), (202, "", false, true, .taken), (200, "", false, false, .taken),
            (200, "application/json", true, false, .message),
            (200, "Application/JSON; charset=utf-8", true, true, .message),
            (200, "text/event-stream;charset=utf-8", true, false, .events),
            (200, "text/html", true, false, .unreadable), (200, "", true, false, .unreadable),
            (404, "application/json", true, true, .sessionExpired), (404, "application/json", true, false, .refused),
            (404, "", false, true, .sessionExpired), (401, "", true, false, .unauthorized),
            (403, "", true, false, .refused), (400, "", true, true, .refused), (500, "", false, false, .refused),
            (302, "", true, false, .refused),
        ] as [(Int, String, Bool, Bool, PostedAnswer)]
    )
    func answers(status: Int, type: String, isRequest: Bool, hadSession: Bool, expected: PostedAnswer) {
        let fields: HTTPFields = type.isEmpty ? [:] : ["content-type": type]
        let answer = PostedAnswer(status: status, fields: fields, isRequest: isRequest, hadSession: hadSession)
        #expect(answer == expected)
    }

    @Test("A token without enough scope is refused with 403 and says so")
    func insufficientScope() {
        let fields: HTTPFields = ["WWW-Authenticate": "Bearer error=\"insufficient_scope\", scope=\"a b\""]
        #expect(PostedAnswer(status: 403, fields: fields, isRequest: true, hadSession: true) == .unauthorized)
    }

    @Test(
        "Refusals of newer revisions lead to older ones",
        arguments: [
            (400, true, true), (404, true, true), (405, true, true), (406, true, false), (415, true, false),
            (500, true, false), (401, false, false), (403, false, false), (429, false, false),
        ]
    )
    func fallback(status: Int, initialize: Bool, eventStream: Bool) {
        #expect(HTTPFallback.allowsInitialize(afterStatus: status) == initialize)
        #expect(HTTPFallback.allowsEventStream(afterStatus: status) == eventStream)
    }
}

@Suite("Streams that end before their time")
struct StreamResumptionTests {
    @Test("An answer's stream is asked for again from behind its last event, after the server's pause")
    func resumes() {
        var resumption = StreamResumption(.answer)
        let first = resumption.ended(hadEvents: true, lastEventID: "e1", retry: .milliseconds(500))
        #expect(first == .reconnect(after: .milliseconds(500), lastEventID: "e1"))
        // What the server said once holds on.
        let second = resumption.ended(hadEvents: true, lastEventID: nil, retry: nil)
        #expect(second == .reconnect(after: .milliseconds(500), lastEventID: "e1"))
        let third = resumption.ended(hadEvents: true, lastEventID: "e2", retry: nil)
        #expect(third == .reconnect(after: .milliseconds(500), lastEventID: "e2"))
    }

    @Test("Without a name to go on from, or in the stateless era, the answer is lost")
    func cannotResume() {
        var nameless = StreamResumption(.answer)
        #expect(nameless.ended(hadEvents: true, lastEventID: nil, retry: .zero).isLeaving)
        #expect(nameless.ended(hadEvents: true, lastEventID: "", retry: .zero).isLeaving)
        var stateless = StreamResumption(.answer, isResumable: false)
        #expect(stateless.ended(hadEvents: true, lastEventID: "e1", retry: nil).isLeaving)
    }

    @Test("Connections that fail are tried again, longer apart, and not for ever")
    func failures() {
        var resumption = StreamResumption(.answer)
        var actions = [resumption.ended(hadEvents: true, lastEventID: "e1", retry: nil)]
        while !(actions.last?.isLeaving ?? true) { actions.append(resumption.failed()) }
        #expect(
            actions.dropLast() == [1, 1, 1, 2, 4].map { .reconnect(after: .seconds($0), lastEventID: "e1") }
        )
    }

    @Test(
        "A refusal is final, unless the server is only busy",
        arguments: [(405, true), (400, true), (404, true), (503, false), (429, false)]
    )
    func refusals(status: Int, isFinal: Bool) {
        var resumption = StreamResumption(.answer)
        _ = resumption.ended(hadEvents: true, lastEventID: "e1", retry: nil)
        #expect(resumption.refused(status: status).isLeaving == isFinal)
    }

    @Test("Listening goes on for ever; streams that bring nothing come further and further apart")
    func listening() {
        var resumption = StreamResumption(.listening)
        let delays = (0..<8).map { _ in resumption.ended(hadEvents: false, lastEventID: nil, retry: .zero).delay }
        #expect(delays == [.milliseconds(10)] + [1, 2, 4, 8, 16, 16, 16].map { .seconds($0) })
        for _ in 0..<100 { #expect(!resumption.failed().isLeaving) }
        #expect(resumption.ended(hadEvents: true, lastEventID: "x", retry: nil).delay == .milliseconds(10))
    }
}

extension StreamResumption.Action {
    fileprivate var isLeaving: Bool { delay == nil }

    fileprivate var delay: Duration? {
        if case .reconnect(let delay, _) = self { delay } else { nil }
    }
}
