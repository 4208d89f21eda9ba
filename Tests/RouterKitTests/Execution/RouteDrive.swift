import ProviderKit
import RouterKit

/// How a scripted deployment answers.
struct Reply {
    var code: PlexError.Code?
    var status: Int?
    var retryAfter: Duration?
    var after: Duration

    static func success(after: Duration = .zero) -> Reply { Reply(code: nil, after: after) }

    static func failure(
        _ code: PlexError.Code,
        status: Int? = nil,
        retryAfter: Duration? = nil,
        after: Duration = .zero
    ) -> Reply {
        Reply(code: code, status: status, retryAfter: retryAfter, after: after)
    }
}

/// A request that was sent, and when.
struct Sending: Equatable, CustomStringConvertible {
    var name: String
    var at: Duration

    init(_ name: String, at: Duration = .zero) {
        self.name = name
        self.at = at
    }

    var description: String { "\(name) at \(at)" }
}

/// What became of a request.
struct DriveResult {
    var sendings: [Sending] = []
    var failure: Execution.Failure?
    var execution: Execution
    var names: [String] { sendings.map(\.name) }
}

extension RouteScene {
    /// Leads one request through its plan in virtual time, without second requests.
    ///
    /// - Parameters:
    ///   - plan: The plan; without one, it is made.
    ///   - query: The request, if the plan is to be made.
    ///   - seed: Where chance comes from.
    ///   - lateness: How much later than asked a wait ends.
    ///   - reply: The answer of a deployment, by its name and the number of its requests before.
    /// - Returns: What was sent, and how it ended.
    mutating func drive(
        _ plan: RoutePlan? = nil,
        query: RouteQuery = RouteQuery(model: "m"),
        seed: UInt64 = 1,
        lateness: Duration = .zero,
        reply: (String, Int) -> Reply
    ) -> DriveResult {
        let plan = plan ?? self.plan(query, seed: seed)
        var result = DriveResult(execution: execution(plan, seed: seed))
        for _ in 0..<10_000 {
            switch result.execution.next(table: fixture.table, health: book, at: now) {
            case .send(let id, _):
                let name = fixture.name(id)
                let reply = reply(name, result.sendings.count { $0.name == name })
                result.sendings.append(Sending(name, at: now))
                let credential = fixture.credential(of: id)
                let probe = book.begin(id, credential: credential, at: now)
                now += reply.after
                guard let code = reply.code else {
                    book.end(id, credential: credential, .success, isProbe: probe, at: now)
                    return result
                }
                let outcome = AttemptOutcome.failure(code, retryAfter: reply.retryAfter)
                book.end(id, credential: credential, outcome, isProbe: probe, at: now)
                result.execution.failed(id, code, status: reply.status, retryAfter: reply.retryAfter, at: now)
            case .wait(let until, _):
                now = max(now, until + lateness)
            case .fail(let failure):
                result.failure = failure
                return result
            }
        }
        result.failure = nil
        return result
    }
}
