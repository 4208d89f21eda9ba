internal import TransportKit

/// What a client wants to hear of, by the numbers that its subscriptions have at the service.
struct ServedSubscriptions: Sendable {
    enum Kind: Sendable, Hashable {
        /// The lists, which every client with a handshake hears of.
        case lists
        /// A resource, asked for with a handshake.
        case resource(uri: String, request: JSONRPCID)
        /// What one request listens to.
        case listen(JSONRPCID, ServedParty)
    }

    struct Subscription: Sendable {
        var kind: Kind
        /// What is heeded; `nil` until the service has said so.
        var filter: MCPChangeFilter?
        /// What came before that.
        var early: [MCPChange] = []
    }

    /// How many changes may come before the service has said what it heeds.
    private static let earlyLimit = 256

    private var entries: [Int: Subscription] = [:]
    private var uris: [String: Int] = [:]
    private var lastNumber = 0

    var count: Int { entries.count }

    subscript(_ number: Int) -> Subscription? { entries[number] }

    mutating func add(_ kind: Kind) -> Int {
        lastNumber += 1
        entries[lastNumber] = Subscription(kind: kind)
        if case .resource(let uri, _) = kind { uris[uri] = lastNumber }
        return lastNumber
    }

    func number(of uri: String) -> Int? { uris[uri] }

    @discardableResult
    mutating func remove(_ number: Int) -> Subscription? {
        let subscription = entries.removeValue(forKey: number)
        if case .resource(let uri, _)? = subscription?.kind, uris[uri] == number { uris[uri] = nil }
        return subscription
    }

    mutating func removeAll() -> [Int] {
        defer {
            entries = [:]
            uris = [:]
        }
        return entries.keys.sorted()
    }

    mutating func heed(_ number: Int, _ filter: MCPChangeFilter) -> [MCPChange] {
        entries[number]?.filter = filter
        defer { entries[number]?.early = [] }
        return entries[number]?.early ?? []
    }

    mutating func keep(_ number: Int, _ change: MCPChange) {
        guard let early = entries[number]?.early, early.count < Self.earlyLimit, !early.contains(change) else { return }
        entries[number]?.early.append(change)
    }
}

extension ServerCore {
    // MARK: Asking for changes

    mutating func subscribe(_ id: JSONRPCID, _ params: JSONObject, _ request: Request) -> [Action] {
        guard let uri = params["uri"]?.string, !uri.isEmpty else { return [.fail(id, Self.noURI)] }
        if let number = subscriptions.number(of: uri), subscriptions[number]?.filter != nil {
            return [.send(.response(id: id, result: [:]), about: id)]
        }
        guard subscriptions.number(of: uri) == nil, subscriptions.count < limits.subscriptions else {
            return [Self.busy(id)]
        }
        let number = subscriptions.add(.resource(uri: uri, request: id))
        var request = request
        request.kind = .subscribe(number)
        requests[id] = request
        let filter = MCPChangeFilter(tools: false, prompts: false, resources: false, contents: [uri])
        return [.subscribe(number, filter, request.party)]
    }

    mutating func unsubscribe(_ id: JSONRPCID, _ params: JSONObject) -> [Action] {
        guard let uri = params["uri"]?.string, !uri.isEmpty else { return [.fail(id, Self.noURI)] }
        let answer = Action.send(.response(id: id, result: [:]), about: id)
        guard let number = subscriptions.number(of: uri), subscriptions[number]?.filter != nil else { return [answer] }
        subscriptions.remove(number)
        return [.unsubscribe(number), answer]
    }

    private static let noURI = JSONRPCFailure(.invalidParams, "the parameters name no uri")

    mutating func listen(_ id: JSONRPCID, _ params: JSONObject, _ request: Request) -> [Action] {
        guard let filter = MCPChangeFilter(json: params["notifications"]) else {
            return [
                .fail(id, JSONRPCFailure(.invalidParams, "the parameters do not say which notifications are wanted"))
            ]
        }
        let wantsTasks = params["notifications"]?["taskIds"]?.array?.isEmpty == false
        if wantsTasks, request.party.capabilities["extensions"]?[Envelope.tasks]?.object == nil {
            return [.fail(id, .tasksNotDeclared)]
        }
        guard subscriptions.count < limits.subscriptions, filter.contents.count <= limits.subscriptions else {
            return [Self.busy(id)]
        }
        let number = subscriptions.add(.listen(id, request.party))
        var request = request
        request.kind = .listen(number)
        requests[id] = request
        return [.subscribe(number, filter, request.party)]
    }

    // MARK: What the service says

    /// The service has taken a subscription, or refused it.
    mutating func subscribed(_ number: Int, _ result: Result<MCPChangeFilter, JSONRPCFailure>) -> [Action] {
        guard let subscription = subscriptions[number] else { return [.unsubscribe(number)] }
        switch result {
        case .success(let filter):
            let early = subscriptions.heed(number, filter)
            let (isKept, actions) = confirm(number, subscription.kind, filter)
            guard isKept else {
                subscriptions.remove(number)
                return [.unsubscribe(number)] + actions
            }
            return early.reduce(into: actions) { $0 += changed(number, $1) }
        case .failure(let failure):
            subscriptions.remove(number)
            switch subscription.kind {
            case .lists: return []
            case .resource(_, let id), .listen(let id, _): return finished(id, .failure(failure))
            }
        }
    }

    private mutating func confirm(
        _ number: Int,
        _ kind: ServedSubscriptions.Kind,
        _ filter: MCPChangeFilter
    ) -> (isKept: Bool, [Action]) {
        switch kind {
        case .lists: return (true, [])
        case .resource(_, let id):
            guard !filter.contents.isEmpty else {
                return (false, finished(id, .failure(.unknown("resources/subscribe"))))
            }
            return (true, finished(id, .success([:])))
        case .listen(let id, _):
            let params: JSONValue = [
                "notifications": .object(filter.json), "_meta": [ServedParty.Envelope.subscription: id.json],
            ]
            let message = JSONRPCMessage.notification(
                method: "notifications/subscriptions/acknowledged",
                params: params
            )
            return (true, [.send(message, about: id)])
        }
    }

    /// The request that a subscription's changes belong to.
    func place(of number: Int) -> JSONRPCID? {
        if case .listen(let id, _)? = subscriptions[number]?.kind { id } else { nil }
    }

    /// The service tells of a change.
    mutating func changed(_ number: Int, _ change: MCPChange) -> [Action] {
        guard let subscription = subscriptions[number], !hasEnded else { return [] }
        guard let filter = subscription.filter else {
            subscriptions.keep(number, change)
            return []
        }
        guard filter.contains(change) else { return [] }
        var (method, params) = change.notification
        guard case .listen(let id, _) = subscription.kind else {
            return [.send(.notification(method: method, params: params.isEmpty ? nil : .object(params)), about: nil)]
        }
        params["_meta"] = [ServedParty.Envelope.subscription: id.json]
        return [.send(.notification(method: method, params: .object(params)), about: id)]
    }

    /// Ends what requests listen to, in order: each is told that there is no more to come.
    mutating func endListening() -> [Action] {
        var actions: [Action] = []
        for (id, request) in requests {
            guard case .listen(let number) = request.kind else { continue }
            subscriptions.remove(number)
            actions.append(.unsubscribe(number))
            actions += finished(id, .success(["_meta": [ServedParty.Envelope.subscription: id.json]]))
        }
        return actions
    }
}

extension MCPChangeFilter {
    /// Reads what a client wants to hear of; `nil` if that is not said.
    init?(json: JSONValue?) {
        guard let json = json?.object else { return nil }
        self.init(
            tools: json["toolsListChanged"]?.bool ?? false,
            prompts: json["promptsListChanged"]?.bool ?? false,
            resources: json["resourcesListChanged"]?.bool ?? false,
            contents: json["resourceSubscriptions"]?.array?.compactMap(\.string) ?? []
        )
    }
}

extension MCPChange {
    fileprivate var notification: (method: String, params: JSONObject) {
        switch self {
        case .tools: ("notifications/tools/list_changed", [:])
        case .prompts: ("notifications/prompts/list_changed", [:])
        case .resources: ("notifications/resources/list_changed", [:])
        case .resource(let uri): ("notifications/resources/updated", ["uri": .string(uri)])
        }
    }
}
