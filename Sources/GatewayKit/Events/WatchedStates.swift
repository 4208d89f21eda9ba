internal import TransportKit

/// How providers, targets and MCP servers were when they were last looked at; a value that tells what has changed since.
struct WatchedStates: Sendable {
    /// How a provider is.
    struct Provider: Sendable, Hashable {
        var name: String
        var state: String
        var reason: String?
    }

    /// What is held against a target.
    struct Target: Sendable, Hashable {
        var provider: String
        var model: String
        var credential: String?
        var state: State
        /// For how long; `nil` where that hangs on something else.
        var remaining: Duration?
        /// The error's code, where it is one that is held against it.
        var reason: String?

        enum State: String, Sendable, Hashable {
            case ready
            case cooling
            case breakerOpen = "breaker_open"
            case halfOpen = "half_open"
            case credentialRefused = "credential_refused"
        }

        fileprivate var name: [String?] { [provider, model, credential] }
    }

    private struct Held: Sendable {
        var target: Target
        /// The end in seconds since 1970.
        var until: Double?
    }

    // An end that moves by less has not moved: it is measured anew at each look.
    private static let tolerance = 1.0

    private var providers: [String: Provider] = [:]
    private var targets: [[String?]: Held] = [:]
    private var servers: [String: ToolFigures.Server] = [:]

    /// Looks at providers.
    mutating func note(_ seen: [Provider]) -> [EventDraft] {
        let before = providers
        providers = Dictionary(seen.map { ($0.name, $0) }) { first, _ in first }
        return seen.compactMap { provider in
            let previous = before[provider.name]?.state ?? "unknown"
            guard provider.state != previous else { return nil }
            return EventDraft(
                .providerState,
                [
                    "provider": .string(provider.name), "state": .string(provider.state),
                    "previous": .string(previous), "reason": provider.reason.map { .string($0) } ?? .null,
                ]
            )
        }
    }

    /// Looks at the targets against which something is held; all others are ready.
    ///
    /// - Parameters:
    ///   - seen: The targets.
    ///   - time: The seconds since 1970.
    /// - Returns: What has changed.
    mutating func note(_ seen: [Target], at time: Double) -> [EventDraft] {
        let before = targets
        targets = [:]
        var drafts: [EventDraft] = []
        for target in seen where target.state != .ready {
            let held = Held(target: target, until: target.remaining.map { time + $0.inSeconds })
            targets[target.name] = held
            let previous = before[target.name]
            if target.state == previous?.target.state, !Self.hasMoved(from: previous?.until, to: held.until) {
                // What was told stays what counts, lest a slow drift is never told.
                targets[target.name]?.until = previous?.until
                continue
            }
            drafts.append(Self.draft(held, previous: previous?.target.state ?? .ready))
        }
        let freed = before.filter { targets[$0.key] == nil }.values.map(\.target)
        for target in freed.sorted(by: { ($0.provider, $0.model) < ($1.provider, $1.model) }) {
            var ready = target
            ready.state = .ready
            ready.reason = nil
            drafts.append(Self.draft(Held(target: ready), previous: target.state))
        }
        return drafts
    }

    private static func hasMoved(from old: Double?, to new: Double?) -> Bool {
        guard let old, let new else { return (old == nil) != (new == nil) }
        return abs(old - new) > tolerance
    }

    private static func draft(_ held: Held, previous: Target.State) -> EventDraft {
        let target = held.target
        var data: JSONObject = ["provider": .string(target.provider), "model": .string(target.model)]
        data["credential"] = target.credential.map { .string($0) }
        data["state"] = .string(target.state.rawValue)
        data["previous"] = .string(previous.rawValue)
        data["until"] = held.until.map { .string(LogEvent.timestamp(ofSeconds: $0)) }
        data["reason"] = target.reason.map { .string($0) }
        return EventDraft(.targetState, data)
    }

    /// Looks at MCP servers.
    mutating func note(_ figures: ToolFigures?) -> [EventDraft] {
        let before = servers
        let seen = figures?.servers ?? []
        servers = Dictionary(seen.map { ($0.name, $0) }) { first, _ in first }
        var drafts: [EventDraft] = seen.compactMap { server in
            let old = before[server.name]
            guard server.state != old?.state || server.problem != old?.problem || server.restarts != old?.restarts
            else { return nil }
            return Self.draft(server, previous: old?.state)
        }
        for name in before.keys.sorted() where servers[name] == nil {
            drafts.append(Self.draft(ToolFigures.Server(name: name, state: "removed"), previous: before[name]?.state))
        }
        return drafts
    }

    private static func draft(_ server: ToolFigures.Server, previous: String?) -> EventDraft {
        var data: JSONObject = ["server": .string(server.name), "state": .string(server.state)]
        data["previous"] = previous.map { .string($0) } ?? .null
        data["restarts"] = .number(JSONNumber(server.restarts))
        data["problem"] = server.problem.map { .string($0) }
        return EventDraft(.toolServerState, data)
    }
}

extension WatchedStates.Target {
    /// Reads what a router tells of a target; `nil` if it names none.
    init?(_ record: JSONValue) {
        guard let provider = record["provider"]?.string, let model = record["model"]?.string else { return nil }
        self.init(provider: provider, model: model, credential: record["credential"]?.string, state: .ready)
        let cooling = record["cooling"]?.double
        let open = record["breaker"]?.string == "open" ? record["breaker_open"]?.double ?? 0 : nil
        // Where it is left alone for both, the later end counts.
        if let open, open > cooling ?? 0 {
            state = .breakerOpen
            remaining = .seconds(open)
        } else if let cooling {
            state = .cooling
            remaining = .seconds(cooling)
        } else if record["breaker"]?.string == "half_open" || open != nil {
            state = .halfOpen
        } else if let code = record["refused"]?.string {
            state = .credentialRefused
            reason = code
            remaining = record["refused_for"]?.double.map { .seconds($0) }
        }
    }
}

extension LogEvent {
    /// A time in seconds since 1970 as logs write it.
    static func timestamp(ofSeconds seconds: Double) -> String {
        timestamp(of: .milliseconds(Int64(seconds * 1000)))
    }
}
