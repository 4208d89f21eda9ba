internal import TransportKit

/// Requests of the stateless era that wait for their clients to come back with answers.
///
/// They are found by a state that only the client was given, and given back only to whoever asked first, for the same request. A run that
/// nobody comes back for ends when its questions have waited for too long.
final class SuspendedRuns: Sendable {
    private struct Entry {
        var run: LoopBound<ServedRun>
        var caller: MCPServedClient.Caller
        var method: String
        var params: JSONObject
    }

    private static let prefix = "mcpkit-"
    /// What differs when a request is made again.
    private static let own: Set = ["_meta", "inputResponses", "requestState"]

    private let entries = Locked<[String: Entry]>([:])

    /// Whether a state may be one of this table's; others are the service's.
    static func made(_ state: String) -> Bool { state.hasPrefix(prefix) && state.utf8.count == prefix.utf8.count + 32 }

    /// How many wait.
    var count: Int { entries.withLock { $0.count } }

    /// Keeps a run; on its loop.
    ///
    /// - Returns: The state by which it is found; `nil` if there are too many.
    func add(_ run: LoopBound<ServedRun>, _ limits: MCPServerLimits) -> String? {
        let state = Self.prefix + RandomID.make()
        let entry = Entry(
            run: run,
            caller: run.value.caller,
            method: run.value.method,
            params: Self.essence(of: run.value.params)
        )
        return entries.withLock { entries in
            guard entries.count < limits.suspended,
                entries.values.count(where: { $0.caller == entry.caller }) < limits.suspendedPerCaller
            else { return nil }
            entries[state] = entry
            return state
        }
    }

    /// Where a run lives.
    func loop(of state: String) -> EventLoop? {
        entries.withLock { $0[state]?.run.loop }
    }

    /// Gives a run to whom it belongs.
    func take(
        _ state: String,
        for caller: MCPServedClient.Caller,
        _ method: String,
        _ params: JSONObject
    ) -> Result<LoopBound<ServedRun>, JSONRPCFailure> {
        entries.withLock { entries in
            // One answer for all faults, so that nobody can find out about another's.
            guard let entry = entries[state], entry.caller == caller, entry.method == method,
                entry.params == Self.essence(of: params)
            else {
                return .failure(
                    JSONRPCFailure(.invalidParams, "the requestState belongs to no question that waits for its answer")
                )
            }
            entries[state] = nil
            return .success(entry.run)
        }
    }

    func remove(_ state: String) {
        entries.withLock { $0[state] = nil }
    }

    /// Gives all up.
    func cancelAll() {
        let all = entries.withLock { entries in
            defer { entries = [:] }
            return entries.values.map(\.run)
        }
        for run in all { run.loop.perform { run.value.cancel() } }
    }

    private static func essence(of params: JSONObject) -> JSONObject {
        var params = params
        for name in own { params[name] = nil }
        return params
    }
}
