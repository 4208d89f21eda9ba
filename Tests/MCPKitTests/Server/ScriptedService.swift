import TransportKit

@testable import MCPKit

/// A service that does what a test says, and remembers what it was told.
final class ScriptedService: MCPService {
    struct Record: Sendable {
        var received: [String] = []
        var left: [String] = []
        var cancelled: [String] = []
        var subscriptions: [Int: @Sendable (MCPChange) -> Void] = [:]
        var filters: [MCPChangeFilter] = []
        var number = 0
    }

    let information: JSONObject = ["name": "scripted", "version": "1"]
    let record = Locked(Record())
    private let capabilities: JSONObject
    private let handler: @Sendable (MCPServedRequest) async throws(JSONRPCFailure) -> JSONObject

    init(
        capabilities: JSONObject = [
            "tools": ["listChanged": true], "resources": ["subscribe": true], "prompts": [:], "logging": [:],
        ],
        _ handler: @escaping @Sendable (MCPServedRequest) async throws(JSONRPCFailure) -> JSONObject
    ) {
        self.capabilities = capabilities
        self.handler = handler
    }

    /// Answers with the method and the parameters.
    convenience init() {
        self.init { request in ["method": .string(request.method), "params": .object(request.params)] }
    }

    func introduction(to client: MCPServedClient) async throws(JSONRPCFailure) -> MCPIntroduction {
        MCPIntroduction(capabilities: capabilities, instructions: "be kind")
    }

    func answer(_ request: MCPServedRequest) async throws(JSONRPCFailure) -> JSONObject {
        let result = await Result { () async throws(JSONRPCFailure) in try await handler(request) }
        if Task.isCancelled { record.withLock { $0.cancelled.append(request.method) } }
        return try result.get()
    }

    func receive(_ method: String, _ params: JSONValue?, from client: MCPServedClient) async {
        record.withLock { $0.received.append(method) }
    }

    func subscribe(
        to filter: MCPChangeFilter,
        for client: MCPServedClient,
        _ deliver: @escaping @Sendable (MCPChange) -> Void
    ) async throws(JSONRPCFailure) -> MCPSubscription {
        if filter.contents.contains("none:") { throw JSONRPCFailure(.invalidParams, "there is no such resource") }
        let number = record.withLock { record in
            record.number += 1
            record.subscriptions[record.number] = deliver
            record.filters.append(filter)
            return record.number
        }
        return MCPSubscription(filter: filter) { self.record.withLock { $0.subscriptions[number] = nil } }
    }

    func leave(_ client: MCPServedClient) async {
        record.withLock { $0.left.append(client.id) }
    }

    /// Tells all who have subscribed.
    func change(_ change: MCPChange) {
        for deliver in record.withLock({ Array($0.subscriptions.values) }) { deliver(change) }
    }

    /// Waits until something is so, looking whenever other tasks have run.
    func wait(_ condition: @Sendable (Record) -> Bool) async {
        while !record.withLock({ condition($0) }) { await Task.yield() }
    }
}

extension Result where Failure == JSONRPCFailure {
    init(_ body: () async throws(JSONRPCFailure) -> Success) async {
        do throws(JSONRPCFailure) {
            self = .success(try await body())
        } catch {
            self = .failure(error)
        }
    }
}
