import Testing
import TransportKit

@testable import MCPKit

@Suite("The rules of a server")
struct ServerCoreTests {
    private typealias Action = ServerCore.Action

    private static let information: JSONObject = ["name": "s", "version": "1"]
    private static let envelope: JSONValue = [
        "io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": [:],
    ]

    private func core(_ eras: ServerCore.Eras = .both, limits: MCPServerLimits = MCPServerLimits()) -> ServerCore {
        ServerCore(eras, information: Self.information, limits: limits)
    }

    private func request(_ id: JSONValue, _ method: String, _ params: JSONValue? = nil) -> JSONValue {
        var json: JSONObject = ["jsonrpc": "2.0", "id": id, "method": .string(method)]
        json["params"] = params
        return .object(json)
    }

    private func notification(_ method: String, _ params: JSONValue? = nil) -> JSONValue {
        var json: JSONObject = ["jsonrpc": "2.0", "method": .string(method)]
        json["params"] = params
        return .object(json)
    }

    /// A core whose client has shaken hands.
    private func session(_ version: String = "2025-11-25", capabilities: JSONValue = [:]) -> ServerCore {
        var core = core()
        _ = core.receive(
            request("init", "initialize", ["protocolVersion": .string(version), "capabilities": capabilities])
        )
        _ = core.introduced("init", .success(MCPIntroduction(capabilities: [:])))
        _ = core.receive(notification("notifications/initialized"))
        _ = core.subscribed(1, .success(MCPChangeFilter()))
        return core
    }

    /// The code of the only failure that is sent.
    private func code(_ actions: [Action]) -> Int? {
        guard actions.count == 1, case .send(.failure(_, let failure), _) = actions[0] else { return nil }
        return failure.code.rawValue
    }

    // MARK: The handshake

    @Test(
        "A version is agreed on: the client's if it is known, else the newest",
        arguments: [
            ("2024-11-05", "2024-11-05"), ("2025-03-26", "2025-03-26"), ("2025-06-18", "2025-06-18"),
            ("2025-11-25", "2025-11-25"), ("2026-07-28", "2025-11-25"), ("1999-01-01", "2025-11-25"),
        ]
    )
    func versions(asked: String, agreed: String) throws {
        var core = core()
        let actions = core.receive(request(1, "initialize", ["protocolVersion": .string(asked)]))
        guard case .introduce(1, let party)? = actions.first else {
            Issue.record("nobody is introduced")
            return
        }
        #expect(party.version.rawValue == agreed)
        let answer = core.introduced(
            1,
            .success(MCPIntroduction(capabilities: ["tools": [:]], instructions: "x"))
        )
        #expect(
            answer == [
                .send(
                    .response(
                        id: 1,
                        result: [
                            "protocolVersion": .string(agreed), "capabilities": ["tools": [:]],
                            "serverInfo": .object(Self.information), "instructions": "x",
                        ]
                    ),
                    about: 1
                )
            ]
        )
    }

    @Test("What comes during the handshake waits for its end, but for pings")
    func heldBack() {
        var core = core()
        _ = core.receive(request(1, "initialize", ["protocolVersion": "2025-06-18"]))
        #expect(core.receive(notification("notifications/initialized")).isEmpty)
        #expect(core.receive(request(2, "tools/list")).isEmpty)
        #expect(core.receive(request(3, "ping")) == [.send(.response(id: 3, result: [:]), about: 3)])
        let actions = core.introduced(1, .success(MCPIntroduction(capabilities: [:])))
        #expect(actions.count == 4)
        guard case .send(.response(1, _), _)? = actions.first, case .answer(2, "tools/list", _, _)? = actions.last
        else {
            Issue.record("it went another way: \(actions)")
            return
        }
    }

    @Test("A handshake that fails may be tried again; a second one is refused")
    func handshakeAgain() {
        var core = core()
        _ = core.receive(request(1, "initialize", ["protocolVersion": "2025-06-18"]))
        #expect(code(core.introduced(1, .failure(JSONRPCFailure(.internalError, "no")))) == -32603)
        #expect(code(core.receive(request(2, "initialize", [:]))) == -32602)
        #expect(core.receive(request(3, "initialize", ["protocolVersion": "2025-06-18"])).count == 1)
        #expect(code(core.receive(request(4, "initialize", ["protocolVersion": "2025-06-18"]))) == nil)
        var session = session()
        #expect(code(session.receive(request(5, "initialize", ["protocolVersion": "2025-06-18"]))) == -32600)
    }

    @Test(
        "What cannot be is refused with its code",
        arguments: [
            ("tools/list", nil, -32600), ("server/discover", nil, -32602), ("subscriptions/listen", nil, -32602),
            ("tools/list", ["_meta": ["io.modelcontextprotocol/protocolVersion": "2026-07-28"]], -32602),
            ("tools/list", ["_meta": ["io.modelcontextprotocol/protocolVersion": 5]], -32602),
            (
                "tools/list",
                [
                    "_meta": [
                        "io.modelcontextprotocol/protocolVersion": "2030-01-01",
                        "io.modelcontextprotocol/clientCapabilities": [:],
                    ]
                ], -32022
            ),
            ("ping", ["_meta": envelope], -32601), ("logging/setLevel", ["_meta": envelope], -32601),
            ("resources/subscribe", ["_meta": envelope, "uri": "a:b"], -32601),
            ("subscriptions/listen", ["_meta": envelope], -32602), ("x", [1, 2], -32602),
        ] as [(String, JSONValue?, Int)]
    )
    func refusedBefore(method: String, params: JSONValue?, code: Int) {
        var core = core()
        #expect(self.code(core.receive(request(1, method, params))) == code)
        #expect(core.requests.isEmpty)
    }

    @Test(
        "What a client with a handshake cannot ask is refused",
        arguments: [
            ("server/discover", nil, -32601), ("subscriptions/listen", nil, -32601),
            ("logging/setLevel", ["level": "loud"], -32602), ("resources/subscribe", [:], -32602),
            ("resources/unsubscribe", [:], -32602),
        ] as [(String, JSONValue?, Int)]
    )
    func refusedAfter(method: String, params: JSONValue?, code: Int) {
        var core = session()
        #expect(self.code(core.receive(request(1, method, params))) == code)
    }

    @Test("Both eras are spoken on one connection")
    func bothEras() {
        var core = session()
        guard
            case .answer(1, _, _, let party)? = core.receive(request(1, "tools/list", ["_meta": Self.envelope])).first,
            case .answer(2, _, _, let other)? = core.receive(request(2, "tools/list")).first
        else {
            Issue.record("they were not taken")
            return
        }
        #expect(party.version == .v2026_07_28 && other.version == .v2025_11_25)
    }

    // MARK: Messages

    @Test("Batches are read in the version that has them, one by one")
    func batches() {
        let batch: JSONValue = [request(1, "ping"), 5, request(2, "ping")]
        var core = session("2025-03-26")
        #expect(core.receive(batch).count == 3)
        #expect(code(core.receive([])) == -32600)
        var newer = session("2025-06-18")
        #expect(code(newer.receive(batch)) == -32600)
    }

    @Test("An id that is in use is refused, and its first request goes on")
    func duplicates() {
        var core = session()
        _ = core.receive(request(1, "x"))
        guard case .send(.failure(nil, _), nil)? = core.receive(request(1, "y")).first else {
            Issue.record("it was taken")
            return
        }
        #expect(core.finished(1, .success(["a": 1])) == [.send(.response(id: 1, result: ["a": 1]), about: 1)])
        #expect(core.finished(1, .success([:])).isEmpty)
    }

    @Test("Requests, subscriptions and questions are bounded")
    func bounds() throws {
        var core = core(limits: MCPServerLimits(requests: 2, subscriptions: 2, questions: 1))
        _ = core.receive(
            request("i", "initialize", ["protocolVersion": "2025-11-25", "capabilities": ["roots": [:]]])
        )
        _ = core.introduced("i", .success(MCPIntroduction(capabilities: [:])))
        _ = core.receive(notification("notifications/initialized"))
        _ = core.receive(request(1, "resources/subscribe", ["uri": "a:a"]))
        #expect(code(core.receive(request(2, "resources/subscribe", ["uri": "a:b"]))) == -32603)
        _ = core.receive(request(3, "x"))
        #expect(code(core.receive(request(4, "x"))) == -32603)
        _ = try core.ask("roots/list", [:], about: nil)
        #expect(throws: JSONRPCFailure.self) { try core.ask("roots/list", [:], about: nil) }
    }

    @Test("A cancellation ends the work and is not answered; one that means nothing is ignored")
    func cancellation() {
        var core = session()
        _ = core.receive(request(1, "x"))
        let cancelled = notification("notifications/cancelled", ["requestId": 1])
        #expect(core.receive(cancelled) == [.cancel(1)])
        #expect(core.receive(cancelled).isEmpty)
        #expect(core.finished(1, .success([:])).isEmpty)
        #expect(core.receive(notification("notifications/cancelled", ["requestId": nil])).isEmpty)
    }

    @Test("Progress grows, carries the client's token, and ends with the request")
    func progress() {
        var core = session()
        _ = core.receive(request(1, "x", ["_meta": ["progressToken": "t"]]))
        _ = core.receive(request(2, "x"))
        func tell(_ value: Double, _ id: JSONRPCID) -> JSONValue? {
            let params: JSONObject = ["progress": .number(JSONNumber(value)), "progressToken": "other"]
            guard
                case .send(.notification(_, let params), _)? = core.notify("notifications/progress", params, about: id)
                    .first
            else { return nil }
            return params?["progressToken"]
        }
        #expect(tell(1, 1) == "t")
        #expect(tell(1, 1) == nil)
        #expect(tell(2, 1) == "t")
        #expect(tell(1, 2) == nil)
        _ = core.finished(1, .success([:]))
        #expect(tell(3, 1) == nil)
    }

    @Test("Log entries come from the level on that the client named; without one in the stateless era none do")
    func logging() {
        var core = session()
        func isTold(_ level: String, _ id: JSONRPCID?) -> Bool {
            !core.notify("notifications/message", ["level": .string(level)], about: id).isEmpty
        }
        #expect(isTold("debug", nil))
        #expect(core.receive(request(1, "logging/setLevel", ["level": "error"])).count == 1)
        #expect(!isTold("warning", nil) && isTold("error", nil) && isTold("alert", 1))
        var metadata = Self.envelope.object ?? [:]
        _ = core.receive(request(2, "tools/call", ["_meta": .object(metadata)]))
        metadata["io.modelcontextprotocol/logLevel"] = "info"
        _ = core.receive(request(3, "tools/call", ["_meta": .object(metadata)]))
        #expect(!isTold("emergency", 2) && isTold("info", 3) && !isTold("debug", 3))
    }

    // MARK: Questions

    @Test("Questions have ids of their own, and end with an answer, a failure, or the service's word")
    func questions() throws {
        var core = session(capabilities: ["roots": [:], "elicitation": [:]])
        let (first, actions) = try core.ask("roots/list", [:], about: nil)
        #expect(actions == [.send(.request(id: .integer(first), method: "roots/list", params: nil), about: nil)])
        let answer: JSONValue = ["jsonrpc": "2.0", "id": .number(JSONNumber(first)), "result": ["roots": []]]
        #expect(core.receive(answer) == [.settle(question: first, .success(["roots": []]))])
        #expect(core.receive(answer).isEmpty)
        let (second, _) = try core.ask("elicitation/create", [:], about: nil)
        #expect(
            core.receive(["jsonrpc": "2.0", "id": .number(JSONNumber(second)), "error": ["code": -1, "message": "no"]])
                == [.settle(question: second, .failure(JSONRPCFailure(.init(rawValue: -1), "no")))]
        )
        let (third, _) = try core.ask("roots/list", [:], about: nil)
        #expect(core.giveUp(third, reason: "late").count == 1)
        #expect(core.giveUp(third, reason: "late").isEmpty)
        #expect(throws: JSONRPCFailure.self) { try core.ask("sampling/createMessage", [:], about: nil) }
        #expect(throws: JSONRPCFailure.self) { try core.ask("elicitation/create", ["mode": "url"], about: nil) }
        #expect(throws: JSONRPCFailure.self) { try core.ask("roots/list", [:], about: 99) }
    }

    @Test("The end gives up all that is open, once")
    func end() throws {
        var core = session(capabilities: ["roots": [:]])
        _ = core.receive(request(1, "x"))
        let (number, _) = try core.ask("roots/list", [:], about: 1)
        let actions = core.end()
        #expect(actions.contains(.cancel(1)) && actions.contains(.unsubscribe(1)))
        #expect(actions.contains { if case .settle(number, .failure) = $0 { true } else { false } })
        #expect(core.end().isEmpty && core.receive(request(2, "x")).isEmpty)
        #expect(core.finished(1, .success([:])).isEmpty)
    }

    // MARK: Changes

    @Test("Who listens hears what is heeded, tagged, and what came before the word went out after it")
    func listening() {
        var core = core()
        let params: JSONValue = [
            "_meta": Self.envelope, "notifications": ["toolsListChanged": true, "promptsListChanged": true],
        ]
        guard
            case .subscribe(let number, let filter, _)? = core.receive(request("l", "subscriptions/listen", params))
                .first
        else {
            Issue.record("nothing is subscribed")
            return
        }
        #expect(filter == MCPChangeFilter(tools: true, prompts: true, resources: false))
        #expect(core.changed(number, .tools).isEmpty)
        #expect(core.changed(number, .tools).isEmpty)
        let heeded = MCPChangeFilter(tools: true, prompts: false, resources: false)
        let tag: JSONValue = ["io.modelcontextprotocol/subscriptionId": "l"]
        #expect(
            core.subscribed(number, .success(heeded)) == [
                .send(
                    .notification(
                        method: "notifications/subscriptions/acknowledged",
                        params: ["notifications": ["toolsListChanged": true], "_meta": tag]
                    ),
                    about: "l"
                ),
                .send(.notification(method: "notifications/tools/list_changed", params: ["_meta": tag]), about: "l"),
            ]
        )
        #expect(core.changed(number, .prompts).isEmpty)
        #expect(
            core.receive(notification("notifications/cancelled", ["requestId": "l"])) == [
                .unsubscribe(number), .cancel("l"),
            ]
        )
        #expect(core.subscribed(number, .success(heeded)) == [.unsubscribe(number)])
    }

    @Test("Resources are subscribed to and given up by their URIs")
    func subscribing() {
        var core = session()
        guard case .subscribe(let number, _, _)? = core.receive(request(1, "resources/subscribe", ["uri": "a:b"])).first
        else {
            Issue.record("nothing is subscribed")
            return
        }
        let filter = MCPChangeFilter(tools: false, prompts: false, resources: false, contents: ["a:b"])
        #expect(core.subscribed(number, .success(filter)) == [.send(.response(id: 1, result: [:]), about: 1)])
        #expect(core.receive(request(2, "resources/subscribe", ["uri": "a:b"])).count == 1)
        #expect(core.changed(number, .resource(uri: "a:b")).count == 1)
        #expect(core.receive(request(3, "resources/unsubscribe", ["uri": "a:b"])).first == .unsubscribe(number))
        #expect(core.changed(number, .resource(uri: "a:b")).isEmpty)
        guard case .subscribe(let second, _, _)? = core.receive(request(4, "resources/subscribe", ["uri": "c:d"])).first
        else {
            Issue.record("nothing is subscribed")
            return
        }
        #expect(code(core.subscribed(second, .failure(JSONRPCFailure(.invalidParams, "no")))) == -32602)
    }

    // MARK: Results

    @Test("Results have what their era wants")
    func results() {
        var core = session()
        _ = core.receive(request(1, "resources/read", ["_meta": Self.envelope]))
        let stateless = core.finished(1, .success(["contents": [], "_meta": ["x": 1], "ttlMs": 5]))
        #expect(
            stateless == [
                .send(
                    .response(
                        id: 1,
                        result: [
                            "contents": [], "ttlMs": 5, "resultType": "complete", "cacheScope": "private",
                            "_meta": ["x": 1, "io.modelcontextprotocol/serverInfo": .object(Self.information)],
                        ]
                    ),
                    about: 1
                )
            ]
        )
        _ = core.receive(request(2, "resources/read"))
        let handshake = core.finished(2, .success(["contents": [], "resultType": "complete"]))
        #expect(handshake == [.send(.response(id: 2, result: ["contents": []]), about: 2)])
        _ = core.receive(request(3, "resources/read", ["_meta": Self.envelope]))
        #expect(code(core.finished(3, .failure(JSONRPCFailure(.resourceNotFound, "no")))) == -32602)
    }
}
