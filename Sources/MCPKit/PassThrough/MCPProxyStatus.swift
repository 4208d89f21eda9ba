public import TransportKit

/// What state a pass-through and its servers are in.
public struct MCPProxyStatus: Sendable, Hashable {
    /// The servers, in the order of the configuration.
    public var servers: [Server]
    /// Things of different servers that would have the same name; each has one of its own all the same.
    public var collisions: [Collision]
    /// How many clients with a handshake there are.
    public var clients: Int

    /// The status as JSON.
    public var json: JSONObject {
        [
            "servers": .array(servers.map { .object($0.json) }),
            "collisions": .array(collisions.map { .object($0.json) }),
            "clients": .number(JSONNumber(clients)),
        ]
    }
}

extension MCPProxyStatus {
    /// The state that a server is in; the set is open.
    public struct State: RawRepresentable, Sendable, Hashable {
        /// A word.
        public var rawValue: String

        /// Makes a state of a word.
        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// It is not to be used.
        public static let disabled = State(rawValue: "disabled")
        /// There is no connection, as nobody needs one.
        public static let idle = State(rawValue: "idle")
        /// A connection is being made.
        public static let connecting = State(rawValue: "connecting")
        /// There is a connection, and what was asked on it was answered.
        public static let ready = State(rawValue: "ready")
        /// There is no connection to be had, or a list could not be read.
        public static let failing = State(rawValue: "failing")
    }

    /// A server.
    public struct Server: Sendable, Hashable {
        /// The server's name in the configuration.
        public var name: String
        /// The state that it is in.
        public var state: State
        /// Why it fails.
        public var error: String?
        /// The kind of the failure.
        public var errorCode: String?
        /// When it is tried again.
        public var retryIn: Duration?
        /// What stands before its resources' URIs.
        public var label: String
        /// The version of the protocol that was last agreed on.
        public var version: ProtocolVersion?
        /// The way to it: `stdio`, `http`, `sse` or `memory`.
        public var transport: String?
        /// What it says of itself.
        public var product: String?
        /// How many sessions there are with it.
        public var sessions = 0
        /// How many of them are in use.
        public var busySessions = 0
        /// How many connections were made.
        public var connections = 0
        /// How many connections ended without being asked to.
        public var ends = 0
        /// How many requests were sent on.
        public var calls = 0
        /// How many of them failed.
        public var failures = 0
        /// How many tools it has; `nil` if that is not known on the present connection.
        public var tools: Int?
        /// How many prompts it has.
        public var prompts: Int?
        /// How many resources it has.
        public var resources: Int?
        /// How many templates of resources it has.
        public var templates: Int?

        /// Makes the status of a server.
        init(name: String, state: State, label: String) {
            self.name = name
            self.state = state
            self.label = label
        }

        /// The status as JSON.
        public var json: JSONObject {
            var json: JSONObject = ["name": .string(name), "state": .string(state.rawValue), "label": .string(label)]
            json["error"] = error.map { .string($0) }
            json["error_code"] = errorCode.map { .string($0) }
            json["retry_in_ms"] = retryIn.map { .number(JSONNumber(Int($0 / .milliseconds(1)))) }
            json["version"] = version.map { .string($0.rawValue) }
            json["transport"] = transport.map { .string($0) }
            json["product"] = product.map { .string($0) }
            let figures = [
                ("sessions", sessions), ("busy_sessions", busySessions), ("connections", connections), ("ends", ends),
                ("calls", calls), ("failures", failures),
            ]
            for (name, value) in figures { json[name] = .number(JSONNumber(value)) }
            for (name, value) in [
                ("tools", tools), ("prompts", prompts), ("resources", resources), ("templates", templates),
            ] {
                json[name] = value.map { .number(JSONNumber($0)) }
            }
            return json
        }
    }

    /// Things of different servers that would have the same name.
    public struct Collision: Sendable, Hashable {
        /// One of them.
        public struct Item: Sendable, Hashable {
            /// Its server.
            public var server: String
            /// The server's own name for it.
            public var original: String
            /// The name that clients see.
            public var name: String
        }

        /// What they are: `tool` or `prompt`.
        public var kind: String
        /// The name that they would have.
        public var name: String
        /// What would have it.
        public var items: [Item]

        /// The collision as JSON.
        public var json: JSONObject {
            [
                "kind": .string(kind), "name": .string(name),
                "items": .array(
                    items.map {
                        ["server": .string($0.server), "original": .string($0.original), "name": .string($0.name)]
                    }
                ),
            ]
        }
    }
}

extension Backend {
    /// What state the server is in; called on its loop.
    var status: MCPProxyStatus.Server {
        let wait = throttle.wait(at: loop.now)
        return state.withLock { state in
            let isConnected = state.sessions.values.contains { $0.traffic.isConnected }
            let failure = state.failure ?? state.lists.values.compactMap(\.error).first
            let word: MCPProxyStatus.State =
                if failure != nil { .failing } else if isConnected { .ready } else if state.pool.busy > 0 {
                    .connecting
                } else { .idle }
            var status = MCPProxyStatus.Server(name: name, state: word, label: namespace.label)
            status.error = failure?.message
            status.errorCode = failure?.code.rawValue
            if failure != nil, wait > .zero { status.retryIn = wait }
            status.version = state.agreement?.version
            status.transport = state.way
            status.product = state.agreement?.serverInformation.string("name")
            status.sessions = state.pool.count
            status.busySessions = state.pool.busy
            status.connections = state.figures.connections
            status.ends = state.figures.ends
            status.calls = state.figures.calls
            status.failures = state.figures.failures
            func count(_ kind: ListKind) -> Int? {
                state.lists[kind].flatMap { $0.isLoaded && $0.error == nil ? $0.items.count : nil }
            }
            status.tools = count(.tools)
            status.prompts = count(.prompts)
            status.resources = count(.resources)
            status.templates = count(.templates)
            return status
        }
    }
}
