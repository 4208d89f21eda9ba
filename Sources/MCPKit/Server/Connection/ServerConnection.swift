internal import TransportKit

/// A client's connection on its loop: does what ``ServerCore`` says.
final class ServerConnection {
    let loop: EventLoop
    let service: any MCPService
    let caller: MCPServedClient.Caller
    let limits: MCPServerLimits
    let suspended: SuspendedRuns
    /// What tells the connection from all others.
    let id: String
    var core: ServerCore
    var questions: [Int: OpenQuestion] = [:]

    private let outlet: any ServerOutlet
    private var runs: [JSONRPCID: ServedRun] = [:]
    /// Introductions, by the request that asked for them.
    private var introductions: [JSONRPCID: Task<Void, Never>] = [:]
    private var subscriptions: [Int: Subscription] = [:]
    private var notifications: [(method: String, params: JSONValue?)] = []
    private var listener: Task<Void, Never>?
    private var roomWaiters: [ObjectIdentifier: CheckedContinuation<Void, Never>] = [:]
    private var waitingChanges: [WaitingChange] = []
    private var client: MCPServedClient?
    private var clients = 0
    private var departure: Task<Void, Never>?

    private enum Subscription {
        case asking(Task<Void, Never>)
        case standing(MCPSubscription)
    }

    private struct WaitingChange: Hashable {
        var number: Int
        var change: MCPChange
    }

    /// How many notifications of the client may wait for the service.
    private static let notificationLimit = 256
    /// How many changes may wait until the client reads on.
    private static let changeLimit = 1024

    init(
        to service: any MCPService,
        for caller: MCPServedClient.Caller,
        _ eras: ServerCore.Eras,
        limits: MCPServerLimits,
        suspended: SuspendedRuns,
        outlet: any ServerOutlet,
        on loop: EventLoop
    ) {
        self.loop = loop
        self.service = service
        self.caller = caller
        self.limits = limits
        self.suspended = suspended
        self.outlet = outlet
        id = RandomID.make()
        core = ServerCore(eras, information: service.information, limits: limits)
    }

    // MARK: What comes

    /// A JSON text came.
    func receive(_ value: JSONValue) {
        perform(core.receive(value))
    }

    /// A message came.
    func receive(_ message: JSONRPCMessage) {
        perform(core.receive(message))
    }

    /// Something came that is no JSON.
    func receivedGarbage(_ reason: String) {
        perform(core.receivedGarbage(reason))
    }

    /// Something came that is too large.
    func receivedTooMuch(_ id: JSONRPCID?) {
        perform(core.receivedTooMuch(id))
    }

    /// Nothing more comes from the client, and nothing goes there.
    func end() {
        guard !core.hasEnded else { return }
        perform(core.end())
        for task in introductions.values { task.cancel() }
        introductions = [:]
        listener?.cancel()
        notifications = []
        waitingChanges = []
        hasRoomAgain()
        guard let client else { return }
        // Its way to be told leads back here.
        self.client = nil
        let service = service
        // Owned here; whoever closes the connection waits for it.
        departure = Task(executorPreference: loop) { await service.leave(client) }
    }

    /// What is left to wait for after the end.
    var farewell: Task<Void, Never>? { departure }

    /// Ends what the client listens to, in order.
    func endListening() {
        perform(core.endListening())
    }

    // MARK: What is to be done

    func perform(_ actions: [ServerCore.Action]) {
        for action in actions { perform(action) }
    }

    private func perform(_ action: ServerCore.Action) {
        switch action {
        case .send(let message, let id): outlet.send(message, about: id)
        case .introduce(let id, let party): introduce(id, party)
        case .answer(let id, let method, let params, let party): answer(id, method, params, party)
        case .cancel(let id):
            introductions.removeValue(forKey: id)?.cancel()
            runs.removeValue(forKey: id)?.cancel()
            outlet.withdraw(id)
            // Who waits to tell more about it would wait for a client that does not read it any more.
            if !roomWaiters.isEmpty { hasRoomAgain() }
        case .subscribe(let number, let filter, let party): subscribe(number, filter, party)
        case .unsubscribe(let number):
            switch subscriptions.removeValue(forKey: number) {
            case .asking(let task): task.cancel()
            case .standing(let subscription): subscription.cancel()
            case nil: break
            }
        case .receive(let method, let params): tell(method, params)
        case .settle(let question, let result): questions.removeValue(forKey: question)?.finish(result)
        }
    }

    /// The client as the service sees it: the same for all requests of a session, another for each without one.
    private func served(_ party: ServedParty) -> MCPServedClient {
        if let client, !party.version.isStateless { return client }
        clients += 1
        let served = MCPServedClient(
            id: party.version.isStateless ? "\(id).\(clients)" : id,
            caller: caller,
            version: party.version,
            capabilities: party.capabilities,
            information: party.information,
            channel: ConnectionChannel(connection: LoopBound(self, loop), isStateless: party.version.isStateless)
        )
        if !party.version.isStateless { client = served }
        return served
    }

    private func introduce(_ id: JSONRPCID, _ party: ServedParty) {
        let (service, client, bound) = (service, served(party), LoopBound(self, loop))
        // Owned by the table, which cancels it.
        introductions[id] = Task(executorPreference: loop) {
            let result: Result<MCPIntroduction, JSONRPCFailure>
            do throws(JSONRPCFailure) {
                result = .success(try await service.introduction(to: client))
            } catch {
                result = .failure(error)
            }
            bound.value.introduced(id, result)
        }
    }

    private func introduced(_ id: JSONRPCID, _ result: Result<MCPIntroduction, JSONRPCFailure>) {
        guard introductions.removeValue(forKey: id) != nil else { return }
        perform(core.introduced(id, result))
        // Who tries again after a handshake that failed may say something else of itself.
        if core.party == nil { client = nil }
    }

    // MARK: Requests

    private func answer(_ id: JSONRPCID, _ method: String, _ params: JSONObject, _ party: ServedParty) {
        if party.version.isStateless, let state = params["requestState"]?.string, SuspendedRuns.made(state) {
            switch suspended.take(state, for: caller, method, params) {
            case .success(let run):
                runs[id] = run.value
                run.value.resume(on: self, as: id, params)
            case .failure(let failure): perform(core.finished(id, .failure(failure)))
            }
            return
        }
        let run = ServedRun(method, params, on: self, as: id, isStateless: party.version.isStateless)
        runs[id] = run
        run.start(for: served(party), service)
    }

    /// What answered a request has come to its end.
    func finished(_ id: JSONRPCID, _ run: ServedRun, _ result: Result<JSONObject, JSONRPCFailure>) {
        guard runs[id] === run else { return }
        runs[id] = nil
        perform(core.finished(id, result))
    }

    /// A request is answered with questions.
    func suspend(_ id: JSONRPCID, _ run: ServedRun, _ questions: JSONObject, state: String) {
        guard runs[id] === run else { return }
        runs[id] = nil
        perform(core.suspended(id, questions, state: state))
    }

    // MARK: Notifications

    private func tell(_ method: String, _ params: JSONValue?) {
        guard let client, notifications.count < Self.notificationLimit else { return }
        notifications.append((method, params))
        guard listener == nil else { return }
        let (service, bound) = (service, LoopBound(self, loop))
        // Owned here, and ended with the connection.
        listener = Task(executorPreference: loop) {
            while let (method, params) = bound.value.nextNotification() {
                await service.receive(method, params, from: client)
            }
        }
    }

    private func nextNotification() -> (method: String, params: JSONValue?)? {
        guard !notifications.isEmpty, !core.hasEnded else {
            listener = nil
            return nil
        }
        return notifications.removeFirst()
    }

    // MARK: Changes

    private func subscribe(_ number: Int, _ filter: MCPChangeFilter, _ party: ServedParty) {
        let (service, client, bound) = (service, served(party), LoopBound(WeakConnection(self), loop))
        let task = Task(executorPreference: loop) {
            let result: Result<MCPSubscription, JSONRPCFailure>
            do throws(JSONRPCFailure) {
                result = .success(
                    try await service.subscribe(to: filter, for: client) { change in
                        bound.loop.execute { bound.value.connection?.changed(number, change) }
                    }
                )
            } catch {
                result = .failure(error)
            }
            guard let connection = bound.value.connection else {
                try? result.get().cancel()
                return
            }
            connection.subscribed(number, result)
        }
        subscriptions[number] = .asking(task)
    }

    private final class WeakConnection {
        weak var connection: ServerConnection?
        init(_ connection: ServerConnection) { self.connection = connection }
    }

    private func subscribed(_ number: Int, _ result: Result<MCPSubscription, JSONRPCFailure>) {
        guard subscriptions[number] != nil else {
            // It was taken back meanwhile.
            try? result.get().cancel()
            return
        }
        switch result {
        case .success(let subscription):
            subscriptions[number] = .standing(subscription)
            perform(core.subscribed(number, .success(subscription.filter)))
        case .failure(let failure):
            subscriptions[number] = nil
            perform(core.subscribed(number, .failure(failure)))
        }
    }

    private func changed(_ number: Int, _ change: MCPChange) {
        guard waitingChanges.isEmpty, outlet.hasRoom(about: core.place(of: number)) else {
            // A client that does not read is told of each change once, however often it happens.
            let waiting = WaitingChange(number: number, change: change)
            guard waitingChanges.count < Self.changeLimit, !waitingChanges.contains(waiting) else { return }
            return waitingChanges.append(waiting)
        }
        perform(core.changed(number, change))
    }

    // MARK: Back-pressure

    /// The client has read.
    func hasRoomAgain() {
        while let next = waitingChanges.first, outlet.hasRoom(about: core.place(of: next.number)) {
            waitingChanges.removeFirst()
            perform(core.changed(next.number, next.change))
        }
        guard !roomWaiters.isEmpty else { return }
        let all = roomWaiters
        roomWaiters = [:]
        for continuation in all.values { continuation.resume() }
    }

    /// Tells the client something; returns whether it reads fast enough to be told more.
    func notify(_ method: String, _ params: JSONObject, about id: JSONRPCID?) -> Bool {
        perform(core.notify(method, params, about: id))
        return core.hasEnded || outlet.hasRoom(about: id)
    }

    func waitForRoom(
        _ waiter: RoomWaiter,
        about id: JSONRPCID?,
        _ continuation: CheckedContinuation<Void, Never>
    ) {
        guard !waiter.isCancelled, !core.hasEnded, !outlet.hasRoom(about: id) else { return continuation.resume() }
        roomWaiters[ObjectIdentifier(waiter)] = continuation
    }

    func stopWaiting(_ waiter: RoomWaiter) {
        waiter.isCancelled = true
        roomWaiters.removeValue(forKey: ObjectIdentifier(waiter))?.resume()
    }
}

extension LoopBound<ServerConnection> {
    /// Waits until the client has read; not longer than the calling task lives.
    func waitForRoom(about id: JSONRPCID?) async {
        let waiter = LoopBound<RoomWaiter>(RoomWaiter(), loop)
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                loop.perform { value.waitForRoom(waiter.value, about: id, continuation) }
            }
        } onCancel: {
            loop.execute { value.stopWaiting(waiter.value) }
        }
    }
}
