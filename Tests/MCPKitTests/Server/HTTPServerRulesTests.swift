import Testing
import TransportKit

@testable import MCPKit

@Suite("What requests over HTTP ask of a server")
struct HTTPServerRulesTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var what: String
        var method = "POST"
        var fields: HTTPFields = Case.usual
        var body = ""
        var status: Int?
        var code: Int?

        static let usual: HTTPFields = [
            "Content-Type": "application/json", "Accept": "application/json, text/event-stream",
        ]
        var testDescription: String { what }

        static func with(_ pairs: (String, String)...) -> HTTPFields {
            var fields = usual
            for (name, value) in pairs { fields.append(name, value) }
            return fields
        }

        static func without(_ name: String, _ pairs: (String, String)...) -> HTTPFields {
            var fields = usual
            fields[name] = nil
            for (name, value) in pairs { fields.append(name, value) }
            return fields
        }
    }

    static let envelope =
        #""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}"#
    static let version = ("MCP-Protocol-Version", "2026-07-28")
    static let call = #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"süd",\#(envelope)}}"#
    static let list = #"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{\#(envelope)}}"#
    static let ping = #"{"jsonrpc":"2.0","id":1,"method":"ping"}"#

    static let refused: [Case] = [
        Case(what: "another method", method: "PUT", status: 405),
        Case(what: "GET of the stateless era", method: "GET", fields: Case.with(version), status: 405),
        Case(what: "DELETE of the stateless era", method: "DELETE", fields: Case.with(version), status: 405),
        Case(what: "GET without a session", method: "GET", status: 400, code: -32600),
        Case(
            what: "GET that accepts no events",
            method: "GET",
            fields: ["Accept": "application/json", "Mcp-Session-Id": "s"],
            status: 406
        ),
        Case(
            what: "an unknown version",
            fields: Case.with(("MCP-Protocol-Version", "2020-01-01")),
            body: ping,
            status: 400,
            code: -32022
        ),
        Case(what: "no media type", fields: Case.without("Content-Type"), body: ping, status: 415),
        Case(
            what: "another media type",
            fields: Case.without("Content-Type", ("Content-Type", "text/plain")),
            body: ping,
            status: 415
        ),
        Case(
            what: "JSON only",
            fields: Case.without("Accept", ("Accept", "application/json")),
            body: ping,
            status: 406
        ),
        Case(
            what: "events only",
            fields: Case.without("Accept", ("Accept", "text/event-stream")),
            body: ping,
            status: 406
        ),
        Case(
            what: "events refused",
            fields: Case.without("Accept", ("Accept", "*/*, text/event-stream;q=0")),
            body: ping,
            status: 406
        ),
        Case(what: "no JSON", body: "{", status: 400, code: -32700),
        Case(what: "no message", body: "{}", status: 400, code: -32600),
        Case(what: "an empty batch", body: "[]", status: 400, code: -32600),
        Case(what: "no session", body: ping, status: 400, code: -32600),
        Case(what: "a body that is too large", body: String(repeating: " ", count: 5000), status: 413),
        Case(what: "an envelope without fields", body: list, status: 400, code: -32020),
        Case(what: "a field without an envelope", fields: Case.with(version), body: ping, status: 400, code: -32602),
        Case(what: "no Mcp-Method", fields: Case.with(version), body: list, status: 400, code: -32020),
        Case(
            what: "another Mcp-Method",
            fields: Case.with(version, ("Mcp-Method", "tools/call")),
            body: list,
            status: 400,
            code: -32020
        ),
        Case(
            what: "another version in the body",
            fields: Case.with(("MCP-Protocol-Version", "2027-01-01"), ("Mcp-Method", "tools/list")),
            body: list,
            status: 400,
            code: -32020
        ),
        Case(
            what: "a version of the future",
            fields: Case.with(("MCP-Protocol-Version", "2027-01-01"), ("Mcp-Method", "tools/list")),
            body: list.replacing("2026-07-28", with: "2027-01-01"),
            status: 400,
            code: -32022
        ),
        Case(
            what: "two versions",
            fields: Case.with(version, version, ("Mcp-Method", "tools/list")),
            body: list,
            status: 400,
            code: -32020
        ),
        Case(
            what: "no Mcp-Name",
            fields: Case.with(version, ("Mcp-Method", "tools/call")),
            body: call,
            status: 400,
            code: -32020
        ),
        Case(
            what: "another Mcp-Name",
            fields: Case.with(version, ("Mcp-Method", "tools/call"), ("Mcp-Name", "nord")),
            body: call,
            status: 400,
            code: -32020
        ),
        Case(
            what: "an answer of a client that answers nothing",
            fields: Case.with(version),
            body: #"{"jsonrpc":"2.0","id":1,"result":{}}"#,
            status: 400,
            code: -32600
        ),
        Case(
            what: "a batch of the stateless era",
            fields: Case.with(version),
            body: "[\(list)]",
            status: 400,
            code: -32600
        ),
        Case(
            what: "initialize in a batch",
            body: #"[{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}]"#,
            status: 400,
            code: -32600
        ),
    ]

    @Test("What cannot be done is refused with the status of the specification", arguments: refused)
    func refusals(each: Case) throws {
        let route = HTTPServerRules.route(each.method, each.fields, Array(each.body.utf8), limit: 4096)
        guard case .refuse(let refusal) = route else {
            Issue.record("it was taken: \(route)")
            return
        }
        #expect(refusal.status == each.status)
        if let code = each.code { #expect(refusal.failure.code.rawValue == code) }
        #expect((refusal.status == 405) == (refusal.response.fields["Allow"] != nil))
    }

    @Test("Who asks for a version that is not spoken is told those that are: of a session, and of all of the server")
    func supportedVersions() {
        func supported(_ method: String, _ pairs: (String, String)...) -> [String]? {
            var fields = Case.with(("MCP-Protocol-Version", "2020-01-01"))
            for (name, value) in pairs { fields.append(name, value) }
            let route = HTTPServerRules.route(method, fields, Array(Self.ping.utf8), limit: 4096)
            guard case .refuse(let refusal) = route else { return nil }
            return refusal.failure.data?["supported"]?.array?.compactMap(\.string)
        }
        let handshake = ProtocolVersion.handshakeEra.map(\.rawValue)
        #expect(supported("POST", ("Mcp-Session-Id", "s")) == handshake)
        #expect(supported("GET", ("Mcp-Session-Id", "s")) == handshake)
        #expect(supported("POST") == ["2026-07-28"] + handshake)
    }

    @Test("Requests that stand alone are taken, with names that no field can hold")
    func single() {
        let fields = Case.with(Self.version, ("Mcp-Method", "tools/call"), ("Mcp-Name", "=?base64?c8O8ZA==?="))
        guard case .single(_, 1, "tools/call", let params) = route(fields, Self.call) else {
            Issue.record("it was not taken")
            return
        }
        #expect(params["name"] == "süd")
        #expect(route(Case.with(Self.version), #"{"jsonrpc":"2.0","method":"notifications/x"}"#) == .ignore)
    }

    @Test("Messages of sessions are taken with the ids of their requests")
    func sessions() throws {
        let initialize = #"{"jsonrpc":"2.0","id":"a","method":"initialize","params":{}}"#
        #expect(route(Case.usual, initialize) == .begin(try JSONValue(parsing: initialize), id: "a"))
        let fields = Case.with(("Mcp-Session-Id", "s"), ("MCP-Protocol-Version", "2025-03-26"))
        let batch = #"[\#(Self.ping),{"jsonrpc":"2.0","method":"x"},{"jsonrpc":"2.0","id":2,"method":"y"}]"#
        #expect(route(fields, batch) == .post(try JSONValue(parsing: batch), session: "s", requests: [1, 2]))
        let again = HTTPServerRules.route(
            "GET",
            Case.with(("Mcp-Session-Id", "s"), ("Last-Event-ID", "3-4")),
            [],
            limit: 1
        )
        #expect(again == .stream(session: "s", lastEvent: "3-4"))
        #expect(HTTPServerRules.route("DELETE", fields, [], limit: 1) == .end(session: "s"))
    }

    private func route(_ fields: HTTPFields, _ body: String) -> HTTPServerRules.Route {
        HTTPServerRules.route("POST", fields, Array(body.utf8), limit: 4096)
    }

    @Test(
        "Media types are accepted by the most exact range",
        arguments: [
            ("*/*", true), ("text/*", true), ("text/event-stream;q=0.5", true), ("Text/Event-Stream ; x=1", true),
            ("text/event-stream;q=0, */*", false), ("*/*;q=0", false), ("application/json", false), ("", false),
        ]
    )
    func accept(value: String, isAccepted: Bool) {
        #expect(HTTPServerRules.accepts("text/event-stream", ["Accept": value]) == isAccepted)
    }

    @Test(
        "Fields that repeat arguments have to say the same",
        arguments: [
            (["Mcp-Param-Region": "=?base64?c8O8ZA==?=", "Mcp-Param-Count": "7"], nil),
            (["Mcp-Param-Region": "=?base64?c8O8ZA==?=", "mcp-param-count": "7.0"], nil),
            (["Mcp-Param-Region": "nord", "Mcp-Param-Count": "7"], "Mcp-Param-Region"),
            (["Mcp-Param-Count": "7"], "Mcp-Param-Region"),
            (["Mcp-Param-Region": "=?base64?c8O8ZA==?=", "Mcp-Param-Count": "8"], "Mcp-Param-Count"),
            (
                ["Mcp-Param-Region": "=?base64?c8O8ZA==?=", "Mcp-Param-Count": "7", "Mcp-Param-Dry": "true"],
                "Mcp-Param-Dry"
            ),
        ] as [(HTTPFields, String?)]
    )
    func parameterFields(fields: HTTPFields, mismatch: String?) throws {
        let headers = try ParameterHeaders(schema: [
            "type": "object",
            "properties": [
                "region": ["type": "string", "x-mcp-header": "Region"],
                "count": ["type": "integer", "x-mcp-header": "Count"],
                "dry": ["type": "boolean", "x-mcp-header": "Dry"],
            ],
        ])
        #expect(headers.mismatch(fields, ["region": "süd", "count": 7]) == mismatch)
    }
}
