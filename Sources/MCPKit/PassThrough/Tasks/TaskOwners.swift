internal import TransportKit

/// Whose tasks are whose; pure.
struct TaskOwners: Sendable {
    /// Who may ask for a task.
    enum Owner: Sendable, Hashable {
        case client(String)
        case caller(MCPServedClient.Caller)

        init(_ client: MCPServedClient) {
            self = client.version.isStateless ? .caller(client.caller) : .client(client.id)
        }
    }

    private static let capacity = 10_000
    private var owners: [String: Owner] = [:]
    private var order: [String] = []

    mutating func add(_ task: String, _ owner: Owner) {
        guard owners.updateValue(owner, forKey: task) == nil else { return }
        order.append(task)
        if order.count > Self.capacity {
            let oldest = order.prefix(Self.capacity / 10)
            for task in oldest { owners[task] = nil }
            order.removeFirst(oldest.count)
        }
    }

    /// Whether a task is known to be somebody else's.
    func isForeign(_ task: String, to owner: Owner) -> Bool { owners[task].map { $0 != owner } ?? false }

    func owns(_ owner: Owner, _ task: String) -> Bool { owners[task] == owner }

    /// The client with a handshake whose task it is.
    func client(of task: String) -> String? {
        if case .client(let client) = owners[task] { client } else { nil }
    }

    mutating func leave(_ client: String) {
        let gone = Set(owners.filter { $0.value == .client(client) }.keys)
        guard !gone.isEmpty else { return }
        for task in gone { owners[task] = nil }
        order.removeAll(where: gone.contains)
    }
}

extension JSONRPCFailure {
    /// What a client is told that asks about tasks of the stateless era and does not declare them.
    static let tasksNotDeclared = JSONRPCFailure(
        .missingClientCapability,
        "the request does not declare the extension of tasks",
        data: ["requiredCapabilities": ["extensions": ["io.modelcontextprotocol/tasks": [:]]]]
    )
}
