internal import TransportKit

/// Who listens to changes on the current connection.
struct ListenerTable {
    /// Waits for the end of the connection, where nothing else tells of it.
    typealias EndContinuation = CheckedContinuation<Void, Never>

    private struct Listener {
        weak var queue: ChangeQueue?
        var filter: MCPChangeFilter
        var subscription: Int?
        var end: EndContinuation?
        var isStopped = false
        /// What it has subscribed to with a request for each.
        var uris: Set<String> = []
    }

    private var listeners: [Int: Listener] = [:]
    private var number = 0

    var isEmpty: Bool { listeners.isEmpty }

    mutating func add(_ queue: ChangeQueue, _ filter: MCPChangeFilter) -> Int {
        number += 1
        listeners[number] = Listener(queue: queue, filter: filter)
        return number
    }

    /// Takes a listener out.
    ///
    /// - Returns: What it alone had subscribed to.
    mutating func remove(_ number: Int) -> Set<String> {
        guard let listener = listeners.removeValue(forKey: number) else { return [] }
        listener.end?.resume()
        return listener.uris.filter { !isSubscribed($0) }
    }

    mutating func stopWaiting(_ number: Int) {
        listeners[number]?.isStopped = true
        listeners[number]?.end.take()?.resume()
    }

    mutating func subscribes(_ number: Int, _ uri: String) {
        listeners[number]?.uris.insert(uri)
    }

    func isSubscribed(_ uri: String) -> Bool {
        listeners.values.contains { $0.uris.contains(uri) }
    }

    mutating func subscribed(_ number: Int, _ subscription: Int) {
        listeners[number]?.subscription = subscription
    }

    mutating func waitForEnd(_ number: Int, _ continuation: EndContinuation) {
        guard let listener = listeners[number], !listener.isStopped else { return continuation.resume() }
        listeners[number]?.end = continuation
    }

    /// Hands a change to whom it is for: to a subscription's own listener, or without one to all who want it.
    func deliver(_ change: MCPChange, subscription: Int?) {
        for listener in listeners.values where listener.filter.contains(change) {
            if let subscription, listener.subscription != subscription { continue }
            listener.queue?.push(change)
        }
    }

    mutating func connectionEnded() {
        let all = listeners
        listeners = [:]
        for listener in all.values { listener.end?.resume() }
    }

    mutating func closeAll() {
        for listener in listeners.values { listener.queue?.finish() }
        connectionEnded()
    }
}

extension ClientCore {
    /// A listener is gone: the server need not tell of what it alone wanted to hear.
    func endListening(_ number: Int, on connection: MCPConnection) {
        let uris = listeners.remove(number)
        guard !uris.isEmpty, self.connection === connection else { return }
        let bound = LoopBound(self, loop)
        runErrand {
            for uri in uris where !bound.value.listeners.isSubscribed(uri) {
                let options = MCPRequestOptions(timeLimit: .seconds(5), maximumTime: .seconds(5))
                _ = try? await connection.request("resources/unsubscribe", ["uri": .string(uri)], options: options)
            }
        }
    }

    /// A notification that is not the session's own.
    func notified(_ method: String, _ params: JSONValue?, _ handlers: MCPClientHandlers) {
        cache.invalidate(by: method, params)
        handlers.relay?.notification(method, params)
        switch method {
        case "notifications/message": handlers.log?(MCPLogEntry(json: params?.object ?? [:]))
        case "notifications/tools/list_changed": deliver(.tools, params)
        case "notifications/prompts/list_changed": deliver(.prompts, params)
        case "notifications/resources/list_changed": deliver(.resources, params)
        case "notifications/resources/updated":
            if let uri = params?["uri"]?.string { deliver(.resource(uri: uri), params) }
        case "notifications/subscriptions/acknowledged": break
        default: handlers.notification?(method, params)
        }
    }

    private func deliver(_ change: MCPChange, _ params: JSONValue?) {
        listeners.deliver(change, subscription: params?["_meta"]?["io.modelcontextprotocol/subscriptionId"]?.int)
    }
}
