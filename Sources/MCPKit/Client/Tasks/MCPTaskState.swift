public import TransportKit

/// How a task at a server stands, as the server said last.
public struct MCPTaskState: MCPObject {
    /// The object as it came.
    public let json: JSONObject
    /// What the server calls the task.
    public let id: String

    /// Adopts a state; `nil` without the task's id.
    public init?(json: JSONObject) {
        guard let id = json.string("taskId"), !id.isEmpty else { return nil }
        self.json = json
        self.id = id
    }

    /// How far it is.
    public var status: Status { Status(rawValue: json.string("status") ?? Status.working.rawValue) }
    /// What the server says about it, for people.
    public var statusMessage: String? { json.string("statusMessage") }
    /// How long to wait before asking again, if the server says so.
    public var pollInterval: Duration? { milliseconds("pollIntervalMs") ?? milliseconds("pollInterval") }
    /// How long the server keeps the task, from its beginning; `nil` if it does not say or forgets nothing.
    public var timeToLive: Duration? { milliseconds("ttlMs") ?? milliseconds("ttl") }

    private func milliseconds(_ name: String) -> Duration? {
        guard let value = json[name]?.double, value >= 0, value < 1e15 else { return nil }
        return .milliseconds(value)
    }
}

extension MCPTaskState {
    /// How far a task is; the set is open.
    public struct Status: RawRepresentable, Sendable, Hashable {
        /// The word on the wire.
        public var rawValue: String
        /// Makes a status of the word on the wire.
        public init(rawValue: String) { self.rawValue = rawValue }
        /// The server works on it.
        public static let working = Status(rawValue: "working")
        /// The server waits for answers of the client.
        public static let inputRequired = Status(rawValue: "input_required")
        /// There is a result.
        public static let completed = Status(rawValue: "completed")
        /// There is an error instead of a result.
        public static let failed = Status(rawValue: "failed")
        /// It was given up.
        public static let cancelled = Status(rawValue: "cancelled")

        /// Whether nothing changes any more.
        public var isFinal: Bool { [.completed, .failed, .cancelled].contains(self) }
    }
}
