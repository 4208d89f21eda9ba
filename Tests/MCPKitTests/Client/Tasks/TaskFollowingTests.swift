import Testing
import TransportKit

@testable import MCPKit

@Suite(.timeLimit(.minutes(5)))
struct TaskFollowingTests {
    private static let start = LoopInstant(nanoseconds: 0)

    private static func json(_ status: String, _ more: JSONObject = [:]) -> JSONObject {
        var json: JSONObject = ["taskId": "t", "status": .string(status)]
        for member in more.members { json[member.name] = member.value }
        return json
    }

    private static func following(
        _ rules: TaskFollowing.Rules,
        _ first: JSONObject = json("working"),
        survives: Bool = false,
        limit: Duration = .seconds(60)
    ) throws -> TaskFollowing {
        TaskFollowing(
            try #require(MCPTaskState(json: first)),
            rules,
            survives: survives,
            deadline: start.advanced(by: limit)
        )
    }

    /// A step in a word, to compare.
    private static func word(_ step: TaskFollowing.Step) -> String {
        switch step {
        case .wait(let duration): "wait \(Int(duration / .milliseconds(1)))"
        case .get: "get"
        case .fetch: "fetch"
        case .ask(let questions): "ask \(questions.members.map(\.name).joined(separator: " "))"
        case .update: "update"
        case .done(let result): "done \(result.string("x") ?? "")"
        case .failed(let error): "failed \(error.code)"
        }
    }

    @Test(
        "What follows from how a task stands",
        arguments: [
            (TaskFollowing.Rules.handshake, json("working", ["pollInterval": 700]), "wait 700"),
            (.handshake, json("working"), "wait 100"), (.handshake, json("surprise"), "wait 100"),
            (.handshake, json("input_required"), "fetch"), (.handshake, json("completed"), "fetch"),
            (.handshake, json("failed"), "fetch"), (.handshake, json("cancelled"), "failed request"),
            (.extension, json("working", ["pollIntervalMs": 700.5]), "wait 700"),
            (.extension, json("working", ["pollIntervalMs": -3]), "wait 100"),
            (.extension, json("working", ["pollIntervalMs": 0]), "wait 10"),
            (.extension, json("working", ["pollIntervalMs": 3_600_000]), "wait 60000"),
            (.extension, json("input_required", ["inputRequests": ["a": [:], "b": [:]]]), "ask a b"),
            (.extension, json("input_required"), "wait 100"),
            (.extension, json("completed", ["result": ["x": "y"]]), "done y"),
            (.extension, json("completed"), "failed protocol_violation"),
            (.extension, json("failed", ["error": ["code": -32603, "message": "no"]]), "failed request"),
            (.extension, json("failed"), "failed request"), (.extension, json("cancelled"), "failed request"),
        ]
    )
    func reacts(rules: TaskFollowing.Rules, state: JSONObject, step: String) throws {
        var first = try Self.following(rules, state)
        #expect(Self.word(first.start(at: Self.start)) == step)
        var later = try Self.following(rules)
        _ = later.start(at: Self.start)
        #expect(Self.word(later.waited()) == "get")
        let answer = later.got(.success(state), at: Self.start)
        #expect(Self.word(answer) == (step == "wait 100" ? "wait 200" : step))
    }

    @Test("A question is asked once, however often it is told of, and an answer that got lost is given again")
    func asksOnce() throws {
        var following = try Self.following(.extension)
        _ = following.start(at: Self.start)
        let one = Self.json("input_required", ["inputRequests": ["a": [:]]])
        let both = Self.json("input_required", ["inputRequests": ["a": [:], "b": [:]]])
        #expect(Self.word(following.got(.success(one), at: Self.start)) == "ask a")
        #expect(Self.word(following.answered(["a": 1])) == "update")
        let lost = MCPError(.timeout, "")
        #expect(Self.word(following.updated(.failure(lost), at: Self.start)).hasPrefix("wait"))
        #expect(Self.word(following.waited()) == "update")
        #expect(Self.word(following.updated(.success([:]), at: Self.start)).hasPrefix("wait"))
        #expect(Self.word(following.waited()) == "get")
        #expect(Self.word(following.got(.success(one), at: Self.start)).hasPrefix("wait"))
        #expect(Self.word(following.got(.success(both), at: Self.start)) == "ask b")
    }

    @Test("Questions without end are an error")
    func boundsQuestions() throws {
        var following = try Self.following(.extension)
        for round in 1...10 {
            let state = Self.json("input_required", ["inputRequests": .object([("q\(round)", [:])].object)])
            #expect(Self.word(following.got(.success(state), at: Self.start)) == "ask q\(round)")
            _ = following.answered([:])
            _ = following.updated(.success([:]), at: Self.start)
        }
        let state = Self.json("input_required", ["inputRequests": ["last": [:]]])
        #expect(Self.word(following.got(.success(state), at: Self.start)) == "failed limit")
    }

    @Test(
        "Lost answers are borne, a few in a row; refusals are not",
        arguments: [
            (MCPError.Code.timeout, false, true), (.connection, false, true), (.closed, true, true),
            (.closed, false, false),
            (.request, true, false), (.protocolViolation, true, false), (.cancelled, true, false),
        ]
    )
    func bearsLosses(code: MCPError.Code, survives: Bool, isBorne: Bool) throws {
        var following = try Self.following(.extension, survives: survives)
        let lost = Result<JSONObject, MCPError>.failure(MCPError(code, ""))
        #expect(Self.word(following.got(lost, at: Self.start)).hasPrefix("wait") == isBorne)
        guard isBorne else { return }
        #expect(Self.word(following.got(lost, at: Self.start)).hasPrefix("wait"))
        _ = following.got(.success(Self.json("working")), at: Self.start)
        #expect(Self.word(following.got(lost, at: Self.start)).hasPrefix("wait"))
        #expect(Self.word(following.got(lost, at: Self.start)).hasPrefix("wait"))
        #expect(Self.word(following.got(lost, at: Self.start)) == "failed \(code)")
    }

    @Test("A result that did not come is asked for again by way of the task")
    func fetchesAgain() throws {
        var following = try Self.following(.handshake, Self.json("input_required"))
        #expect(Self.word(following.start(at: Self.start)) == "fetch")
        #expect(Self.word(following.fetched(.failure(MCPError(.timeout, "")), at: Self.start)).hasPrefix("wait"))
        #expect(Self.word(following.waited()) == "get")
        #expect(Self.word(following.got(.success(Self.json("completed")), at: Self.start)) == "fetch")
        #expect(Self.word(following.fetched(.success(["x": "y"]), at: Self.start)) == "done y")
    }

    @Test("Time is bounded, and the last look is at its end")
    func endsInTime() throws {
        var following = try Self.following(
            .extension,
            Self.json("working", ["pollIntervalMs": 1000]),
            limit: .seconds(1.5)
        )
        #expect(Self.word(following.start(at: Self.start)) == "wait 1000")
        let state = Self.json("working", ["pollIntervalMs": 1000])
        #expect(Self.word(following.got(.success(state), at: Self.start.advanced(by: .seconds(1)))) == "wait 500")
        #expect(
            Self.word(following.got(.success(state), at: Self.start.advanced(by: .seconds(1.5)))) == "failed timeout"
        )
    }

    @Test(
        "What tells of another task is no answer",
        arguments: [["taskId": "u", "status": "working"], [:]] as [JSONObject]
    )
    func refusesOthers(answer: JSONObject) throws {
        var following = try Self.following(.extension)
        #expect(Self.word(following.got(.success(answer), at: Self.start)) == "failed protocol_violation")
    }
}

extension [(String, JSONValue)] {
    fileprivate var object: JSONObject { JSONObject(self) }
}
