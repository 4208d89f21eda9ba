import ProviderTesting
import Testing
import TransportKit

@testable import MCPKit

@Suite("A server over HTTP", .timeLimit(.minutes(5)))
struct MCPHTTPEndpointTests {
    private static let caller = MCPServedClient.Caller(listener: "test")

    /// Requests to an endpoint, as a client of one era makes them.
    private struct Rig: Sendable {
        let service: ScriptedService
        let endpoint: MCPHTTPEndpoint

        init(
            _ service: ScriptedService = ScriptedService(),
            limits: MCPServerLimits = MCPServerLimits(),
            sessions: MCPSessionLimits = MCPSessionLimits(),
            group: EventLoopGroup = .shared
        ) {
            self.service = service
            endpoint = MCPHTTPEndpoint(service, limits: limits, sessions: sessions, group: group)
        }

        func send(
            _ method: String = "POST",
            _ body: JSONValue? = nil,
            _ fields: HTTPFields = [:],
            caller: MCPServedClient.Caller = caller
        ) async -> MCPHTTPResponse {
            var all: HTTPFields = ["Accept": "application/json, text/event-stream"]
            if body != nil { all.append("Content-Type", "application/json") }
            for field in fields.fields { all.append(field.name, field.value) }
            return await endpoint.respond(
                to: MCPHTTPRequest(method: method, fields: all, body: body?.serialized ?? [], caller: caller)
            )
        }

        func begin(_ version: String = "2025-11-25", capabilities: JSONValue = [:]) async throws -> String {
            let response = await send(
                body: "initialize",
                ["protocolVersion": .string(version), "capabilities": capabilities, "clientInfo": ["name": "t"]]
            )
            let session = try #require(response.fields["Mcp-Session-Id"])
            let confirmed = await send(
                "POST",
                ["jsonrpc": "2.0", "method": "notifications/initialized"],
                ["Mcp-Session-Id": session]
            )
            #expect(confirmed.status == 202)
            return session
        }

        func send(
            body method: String,
            id: JSONRPCID = 1,
            _ params: JSONValue = [:],
            session: String? = nil,
            caller: MCPServedClient.Caller = caller
        ) async -> MCPHTTPResponse {
            await send(
                "POST",
                ["jsonrpc": "2.0", "id": id.json, "method": .string(method), "params": params],
                session.map { ["Mcp-Session-Id": $0] } ?? [:],
                caller: caller
            )
        }

        func sendAlone(
            _ method: String,
            id: JSONRPCID = 1,
            _ params: JSONObject = [:],
            capabilities: JSONValue = [:],
            _ more: HTTPFields = [:],
            caller: MCPServedClient.Caller = caller
        ) async -> MCPHTTPResponse {
            var params = params
            params["_meta"] = [
                "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                "io.modelcontextprotocol/clientCapabilities": capabilities, "progressToken": "p",
            ]
            var fields: HTTPFields = ["MCP-Protocol-Version": "2026-07-28", "Mcp-Method": method]
            if let name = params["name"]?.string ?? params["uri"]?.string { fields.append("Mcp-Name", name) }
            for field in more.fields { fields.append(field.name, field.value) }
            return await send(
                "POST",
                ["jsonrpc": "2.0", "id": id.json, "method": .string(method), "params": .object(params)],
                fields,
                caller: caller
            )
        }
    }

    // MARK: With a handshake

    @Test("A session begins, answers as JSON, and ends; nobody else can use it")
    func session() async throws {
        let rig = Rig()
        let session = try await rig.begin()
        let answer = await rig.send(body: "x/y", ["a": 1], session: session)
        #expect(answer.status == 200)
        #expect(try answer.json["result"]?["params"]?["a"] == 1)
        #expect(await rig.send(body: "ping", session: "guess").status == 404)
        let other = MCPServedClient.Caller(name: "other", listener: "test")
        #expect(await rig.send(body: "ping", session: session, caller: other).status == 404)
        #expect(await rig.send("DELETE", nil, ["Mcp-Session-Id": session], caller: other).status == 404)
        #expect(await rig.send("DELETE", nil, ["Mcp-Session-Id": session]).status == 200)
        #expect(await rig.send(body: "ping", session: session).status == 404)
        await rig.service.wait { $0.left.count == 1 }
        #expect(rig.endpoint.sessionCount == 0)
    }

    @Test("A handshake that fails leaves no session")
    func failedHandshake() async throws {
        let rig = Rig()
        let response = await rig.send(body: "initialize", [:])
        #expect(response.fields["Mcp-Session-Id"] == nil)
        #expect(try response.json["error"]?["code"] == -32602)
        #expect(rig.endpoint.sessionCount == 0)
    }

    @Test(
        "What comes before the answer makes it a stream of events",
        arguments: ["2025-03-26", "2025-11-25"]
    )
    func events(version: String) async throws {
        let rig = Rig(
            ScriptedService { request throws(JSONRPCFailure) in
                await request.report(MCPProgress(progress: 1))
                return ["done": true]
            }
        )
        let session = try await rig.begin(version)
        let response = await rig.send(body: "x", ["_meta": ["progressToken": 5]], session: session)
        #expect(response.fields["Content-Type"] == "text/event-stream")
        let events = await response.allEvents()
        #expect(events.map { $0["params"]?["progressToken"] ?? $0["result"]?["done"] } == [5, true])
    }

    @Test("Questions go on the stream of their request, and answers come by another")
    func questions() async throws {
        let rig = Rig(
            ScriptedService { request throws(JSONRPCFailure) in
                try await request.ask("sampling/createMessage", ["messages": []])
            }
        )
        let session = try await rig.begin(capabilities: ["sampling": [:]])
        let response = await rig.send(body: "tools/call", ["name": "ask"], session: session)
        var reader = EventText(response)
        let question = try #require(await reader.next())
        #expect(question["method"] == "sampling/createMessage")
        let answer: JSONValue = ["jsonrpc": "2.0", "id": question["id"] ?? nil, "result": ["model": "m"]]
        #expect(await rig.send("POST", answer, ["Mcp-Session-Id": session]).status == 202)
        #expect(await reader.next()?["result"]?["model"] == "m")
        #expect(await reader.next() == nil)
    }

    @Test("A stream that was lost is taken up where it was, and its answer is not lost")
    func resumption() async throws {
        let gate = Gate()
        let rig = Rig(
            ScriptedService { request throws(JSONRPCFailure) in
                await request.report(MCPProgress(progress: 1))
                await gate.wait()
                return ["done": true]
            }
        )
        let session = try await rig.begin()
        let response = await rig.send(body: "x", ["_meta": ["progressToken": 5]], session: session)
        var reader = EventText(response)
        #expect(await reader.next()?["method"] == "notifications/progress")
        let seen = try #require(reader.lastID)
        reader.cancel()
        gate.open()
        let again = await rig.send("GET", nil, ["Mcp-Session-Id": session, "Last-Event-ID": seen])
        #expect(await again.allEvents().map { $0["result"]?["done"] } == [true])
        // It is kept for who loses it on the way.
        let third = await rig.send("GET", nil, ["Mcp-Session-Id": session, "Last-Event-ID": seen])
        #expect(await third.allEvents().count == 1)
        for unknown in ["99-1", "x"] {
            let lost = await rig.send("GET", nil, ["Mcp-Session-Id": session, "Last-Event-ID": unknown])
            #expect(lost.status == 400)
        }
    }

    @Test("A reader who leaves takes nothing back; a cancellation does, and ends the stream")
    func cancellation() async throws {
        let gate = Gate()
        let rig = Rig(
            ScriptedService { request throws(JSONRPCFailure) in
                await request.report(MCPProgress(progress: 1))
                await gate.wait()
                return [:]
            }
        )
        let session = try await rig.begin()
        let response = await rig.send(body: "x", id: 7, ["_meta": ["progressToken": 5]], session: session)
        var reader = EventText(response)
        _ = await reader.next()
        let cancelled: JSONValue = [
            "jsonrpc": "2.0", "method": "notifications/cancelled", "params": ["requestId": 7],
        ]
        #expect(await rig.send("POST", cancelled, ["Mcp-Session-Id": session]).status == 202)
        #expect(await reader.next() == nil)
        await rig.service.wait { $0.cancelled == ["x"] }
        gate.open()
    }

    @Test("What belongs to no request comes on the server's own stream, also if it is opened later")
    func ownStream() async throws {
        let rig = Rig()
        let session = try await rig.begin()
        await rig.service.wait { $0.subscriptions.count == 1 }
        rig.service.change(.tools)
        let response = await rig.send("GET", nil, ["Mcp-Session-Id": session])
        var reader = EventText(response)
        #expect(await reader.next()?["method"] == "notifications/tools/list_changed")
        let subscribed = await rig.send(body: "resources/subscribe", ["uri": "a:b"], session: session)
        #expect(try subscribed.json["result"] == [:])
        rig.service.change(.resource(uri: "a:b"))
        #expect(await reader.next()?["params"]?["uri"] == "a:b")
        let second = await rig.send("GET", nil, ["Mcp-Session-Id": session])
        #expect(second.status == 200)
        #expect(await rig.send("DELETE", nil, ["Mcp-Session-Id": session]).status == 200)
        #expect(await reader.next() == nil)
        #expect(await second.allEvents().isEmpty)
    }

    @Test("Batches are answered where the version has them")
    func batches() async throws {
        let rig = Rig()
        let batch: JSONValue = [
            ["jsonrpc": "2.0", "id": 1, "method": "ping"], ["jsonrpc": "2.0", "method": "notifications/x"],
            ["jsonrpc": "2.0", "id": 2, "method": "ping"],
        ]
        let old = try await rig.begin("2025-03-26")
        let answers = await rig.send("POST", batch, ["Mcp-Session-Id": old]).allEvents()
        #expect(answers.compactMap { $0["id"]?.int }.sorted() == [1, 2])
        let new = try await rig.begin("2025-06-18")
        #expect(await rig.send("POST", batch, ["Mcp-Session-Id": new]).status == 400)
    }

    @Test("An id that is in use is refused")
    func duplicate() async throws {
        let gate = Gate()
        let rig = Rig(
            ScriptedService { _ in
                await gate.wait()
                return [:]
            }
        )
        let session = try await rig.begin()
        async let first = rig.send(body: "x", id: "same", session: session)
        while await rig.send(body: "ping", id: "same", session: session).status != 400 { await Task.yield() }
        gate.open()
        #expect(await first.status == 200)
    }

    @Test("Sessions come and go; one that is idle makes room, or ends after its time")
    func limits() async throws {
        let clock = ManualClock()
        let group = EventLoopGroup(count: 1, clock: clock)
        let rig = Rig(sessions: MCPSessionLimits(sessions: 2, idleTime: .seconds(60)), group: group)
        let first = try await rig.begin()
        let second = try await rig.begin()
        let stream = await rig.send("GET", nil, ["Mcp-Session-Id": first])
        let third = try await rig.begin()
        #expect(rig.endpoint.sessionCount == 2)
        // The first was used least recently, but somebody reads there.
        #expect(await rig.send(body: "ping", session: second).status == 404)
        for session in [first, third] { #expect(await rig.send(body: "ping", session: session).status == 200) }
        let fourthStream = await rig.send("GET", nil, ["Mcp-Session-Id": third])
        let refused = await rig.send(body: "initialize", ["protocolVersion": "2025-06-18"])
        #expect(refused.status == 503)
        if case .events(let events) = fourthStream.body { events.cancel() }
        if case .events(let events) = stream.body { events.cancel() }
        try await clock.waitForSleepers(1)
        clock.advance(by: .seconds(61))
        while rig.endpoint.sessionCount > 0 {
            clock.advance(by: .seconds(1))
            await Task.yield()
        }
        await rig.service.wait { $0.left.count == 3 }
        await group.shutdown()
    }

    @Test("However many old sessions are read from, one where nothing goes on gives way")
    func busySessions() async throws {
        let rig = Rig(sessions: MCPSessionLimits(sessions: 24))
        var streams: [MCPHTTPResponse] = []
        for number in 0..<24 {
            let session = try await rig.begin()
            if number < 20 { streams.append(await rig.send("GET", nil, ["Mcp-Session-Id": session])) }
        }
        #expect(streams.allSatisfy { $0.status == 200 })
        #expect(await rig.send(body: "initialize", ["protocolVersion": "2025-06-18"]).status == 200)
        for stream in streams { if case .events(let events) = stream.body { events.cancel() } }
        await rig.endpoint.close()
    }

    @Test("Thousands of sessions leave nothing")
    func manySessions() async throws {
        let rig = Rig(sessions: MCPSessionLimits(sessions: 100))
        for number in 0..<2000 {
            let session = try await rig.begin()
            if number % 2 == 0 { _ = await rig.send("DELETE", nil, ["Mcp-Session-Id": session]) }
        }
        #expect(rig.endpoint.sessionCount <= 100)
        await rig.endpoint.close()
        #expect(rig.endpoint.sessionCount == 0)
        await rig.service.wait { $0.left.count == 2000 && $0.subscriptions.isEmpty }
    }

    // MARK: Without one

    @Test("A request that stands alone is answered whole")
    func alone() async throws {
        let rig = Rig()
        let discovered = try await rig.sendAlone("server/discover").json["result"]
        #expect(discovered?["supportedVersions"] == ["2026-07-28"])
        #expect(discovered?["resultType"] == "complete" && discovered?["ttlMs"] == 0)
        #expect(discovered?["cacheScope"] == "private")
        let result = try await rig.sendAlone("tools/call", ["name": "x"]).json["result"]
        #expect(result?["_meta"]?["io.modelcontextprotocol/serverInfo"]?["name"] == "scripted")
        #expect(result?["ttlMs"] == nil)
        for method in ["ping", "logging/setLevel", "resources/subscribe"] {
            #expect(await rig.sendAlone(method).status == 404)
        }
    }

    @Test(
        "Failures have the statuses of the specification",
        arguments: [
            (JSONRPCFailure.Code.methodNotFound, 404), (.invalidParams, 400), (.missingClientCapability, 400),
            (.internalError, 200),
        ]
    )
    func statuses(code: JSONRPCFailure.Code, status: Int) async throws {
        let rig = Rig(ScriptedService { _ throws(JSONRPCFailure) in throw JSONRPCFailure(code, "no") })
        let response = await rig.sendAlone("tools/call", ["name": "x"])
        #expect(response.status == status)
        #expect(try response.json["error"]?["code"]?.int == code.rawValue)
    }

    @Test("Who comes back with an answer is answered; nobody else can")
    func comingBack() async throws {
        let rig = Rig(
            ScriptedService { request throws(JSONRPCFailure) in
                let first = try await request.ask("elicitation/create", ["message": "a"])
                await request.report(MCPProgress(progress: 1))
                let second = try await request.ask("elicitation/create", ["message": "b"])
                return ["first": first["content"] ?? nil, "second": second["content"] ?? nil]
            }
        )
        let capabilities: JSONValue = ["elicitation": ["form": [:]]]
        func retry(
            _ state: JSONValue?,
            _ answers: JSONObject,
            tool: String = "x",
            caller: MCPServedClient.Caller = MCPHTTPEndpointTests.caller
        ) async -> MCPHTTPResponse {
            await rig.sendAlone(
                "tools/call",
                id: 2,
                ["name": .string(tool), "requestState": state ?? nil, "inputResponses": .object(answers)],
                capabilities: capabilities,
                caller: caller
            )
        }
        let question = try await rig.sendAlone("tools/call", ["name": "x"], capabilities: capabilities).json["result"]
        #expect(question?["resultType"] == "input_required")
        let key = try #require(question?["inputRequests"]?.object?.members.first?.name)
        #expect(question?["inputRequests"]?[key]?["params"]?["message"] == "a")
        let answer: JSONObject = [key: ["action": "accept", "content": ["n": 1]]]
        let state = question?["requestState"]
        #expect(await retry(state, answer, tool: "y").status == 400)
        #expect(await retry(state, answer, caller: .init(name: "thief", listener: "test")).status == 400)
        #expect(rig.endpoint.suspendedCount == 1)
        // Progress makes a stream of it, and the next question ends that.
        let second = await retry(state, answer).allEvents()
        #expect(second.first?["params"]?["progressToken"] == "p")
        let next = second.last?["result"]
        let nextKey = try #require(next?["inputRequests"]?.object?.members.first?.name)
        let result = try await retry(next?["requestState"], [nextKey: ["action": "accept", "content": ["n": 2]]]).json
        #expect(result["result"]?["first"] == ["n": 1] && result["result"]?["second"] == ["n": 2])
        #expect(await retry(state, answer).status == 400)
        #expect(rig.endpoint.suspendedCount == 0)
    }

    @Test("States that are not this server's go to the service")
    func foreignState() async throws {
        let rig = Rig()
        let result = try await rig.sendAlone("tools/call", ["name": "x", "requestState": "backend-7"]).json["result"]
        #expect(result?["params"]?["requestState"] == "backend-7")
    }

    @Test("Questions that nobody answers end with their time, and are bounded")
    func suspensionLimits() async throws {
        let clock = ManualClock()
        let group = EventLoopGroup(count: 1, clock: clock)
        let rig = Rig(
            ScriptedService { request throws(JSONRPCFailure) in try await request.ask("roots/list") },
            limits: MCPServerLimits(questionTime: .seconds(60), suspended: 2, suspendedPerCaller: 1),
            group: group
        )
        func call(_ caller: String) async throws -> JSONValue {
            try await rig.sendAlone(
                "tools/call",
                ["name": "x"],
                capabilities: ["roots": [:]],
                caller: .init(name: caller, listener: "test")
            ).json
        }
        #expect(try await call("a")["result"]?["resultType"] == "input_required")
        #expect(try await call("a")["error"]?["code"] == -32603)
        #expect(try await call("b")["result"]?["resultType"] == "input_required")
        #expect(try await call("c")["error"]?["code"] == -32603)
        try await clock.waitForSleepers(2)
        clock.advance(by: .seconds(60))
        while rig.endpoint.suspendedCount > 0 { await Task.yield() }
        #expect(try await call("a")["result"]?["resultType"] == "input_required")
        await rig.endpoint.close()
        #expect(rig.endpoint.suspendedCount == 0)
        await group.shutdown()
    }

    @Test("Closing the stream takes the request back")
    func closing() async throws {
        let rig = Rig(
            ScriptedService { request throws(JSONRPCFailure) in
                await request.report(MCPProgress(progress: 1))
                while !Task.isCancelled { await Task.yield() }
                return [:]
            }
        )
        let response = await rig.sendAlone("x")
        guard case .events(let events) = response.body else {
            Issue.record("there is no stream")
            return
        }
        #expect(await events.next() != nil)
        events.cancel()
        await rig.service.wait { $0.cancelled == ["x"] }
    }

    @Test("A caller who leaves before anything came takes the request back")
    func leaving() async throws {
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        let rig = Rig(
            ScriptedService { _ in
                start.yield()
                while !Task.isCancelled { await Task.yield() }
                return [:]
            }
        )
        let call = Task { await rig.sendAlone("x") }
        _ = await started.first { true }
        call.cancel()
        #expect(await call.value.status == 202)
        await rig.service.wait { $0.cancelled == ["x"] }
    }

    @Test("Who listens is told what is heeded, then of changes, and of the end when the server closes")
    func listening() async throws {
        let rig = Rig()
        let response = await rig.sendAlone(
            "subscriptions/listen",
            id: "l",
            ["notifications": ["toolsListChanged": true, "resourceSubscriptions": ["a:b"]]]
        )
        var reader = EventText(response)
        let acknowledged = try #require(await reader.next())
        #expect(acknowledged["method"] == "notifications/subscriptions/acknowledged")
        #expect(
            acknowledged["params"]?["notifications"]
                == ["toolsListChanged": true, "resourceSubscriptions": ["a:b"]]
        )
        rig.service.change(.prompts)
        rig.service.change(.resource(uri: "a:b"))
        let change = try #require(await reader.next())
        #expect(change["params"]?["uri"] == "a:b")
        #expect(change["params"]?["_meta"]?["io.modelcontextprotocol/subscriptionId"] == "l")
        await rig.endpoint.close()
        #expect(await reader.next()?["result"]?["resultType"] == "complete")
        #expect(await reader.next() == nil)
        #expect(rig.service.record.withLock { $0.subscriptions.isEmpty })
    }

    @Test("A subscription ends with the stream")
    func unsubscribing() async throws {
        let rig = Rig()
        let response = await rig.sendAlone("subscriptions/listen", ["notifications": ["toolsListChanged": true]])
        guard case .events(let events) = response.body else {
            Issue.record("there is no stream")
            return
        }
        _ = await events.next()
        events.cancel()
        await rig.service.wait { $0.number == 1 && $0.subscriptions.isEmpty }
    }
}

/// Opens once.
private final class Gate: Sendable {
    private let (stream, continuation) = AsyncStream.makeStream(of: Void.self)

    func open() { continuation.finish() }
    func wait() async { for await _ in stream {} }
}

/// Reads messages out of an answer's events.
private struct EventText {
    private var source: (any MCPEventSource)?
    private var text = ""
    private(set) var lastID: String?

    init(_ response: MCPHTTPResponse) {
        if case .events(let events) = response.body { source = events }
    }

    func cancel() { source?.cancel() }

    mutating func next() async -> JSONValue? {
        while true {
            while let end = text.firstRange(of: "\n\n") {
                let lines = text[..<end.lowerBound].split(separator: "\n")
                text = String(text[end.upperBound...])
                var data: Substring?
                for line in lines {
                    if line.hasPrefix("id: ") { lastID = String(line.dropFirst(4)) }
                    if line.hasPrefix("data: ") { data = line.dropFirst(6) }
                }
                if let data, !data.isEmpty { return try? JSONValue(parsing: String(data)) }
            }
            guard let bytes = await source?.next() else { return nil }
            text += String(decoding: bytes, as: UTF8.self)
        }
    }
}

extension MCPHTTPResponse {
    fileprivate var json: JSONValue {
        get throws {
            guard case .bytes(let bytes) = body else { throw MCPError(.protocolViolation, "the answer is a stream") }
            return try JSONValue(parsing: bytes)
        }
    }

    fileprivate func allEvents() async -> [JSONValue] {
        var reader = EventText(self)
        var events: [JSONValue] = []
        while let event = await reader.next() { events.append(event) }
        return events
    }
}
