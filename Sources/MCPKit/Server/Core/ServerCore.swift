internal import TransportKit

/// The rules of a server towards one client, in both eras at once; pure.
///
/// Whoever has the connection hands it what comes and does what it says, in order. A client of the handshake era has one party for all
/// requests; in the stateless era each request brings its own.
struct ServerCore: Sendable {
    /// Which eras are spoken on the connection.
    enum Eras: Sendable {
        /// Both, as each request decides: standard streams and memory.
        case both
        /// A session over HTTP.
        case handshake
        /// One request over HTTP.
        case stateless
    }

    /// What is to be done.
    enum Action: Sendable, Hashable {
        /// Send a message; it belongs to a request of the client, or to none.
        case send(JSONRPCMessage, about: JSONRPCID?)
        /// Ask the service what it offers to the client; then ``ServerCore/introduced(_:_:)``.
        case introduce(JSONRPCID, ServedParty)
        /// Have the service answer; then ``ServerCore/finished(_:_:)``.
        case answer(JSONRPCID, method: String, params: JSONObject, ServedParty)
        /// Stop what answers a request; its result is no longer wanted.
        case cancel(JSONRPCID)
        /// Subscribe at the service; then ``ServerCore/subscribed(_:_:)``.
        case subscribe(Int, MCPChangeFilter, ServedParty)
        /// End a subscription.
        case unsubscribe(Int)
        /// Tell the service of a notification.
        case receive(method: String, params: JSONValue?)
        /// A question of the service has its answer.
        case settle(question: Int, Result<JSONObject, JSONRPCFailure>)
    }

    /// A request of the client that is being answered.
    struct Request: Sendable {
        enum Kind: Sendable, Hashable {
            case initialize
            case discover
            case answer
            case subscribe(Int)
            case listen(Int)
        }

        var kind: Kind
        var method: String
        var party: ServedParty
        var progressToken: JSONValue?
        var lastProgress: Double?
        /// The rank below which log entries are dropped; `nil` drops all.
        var logRank: Int?

        var isStateless: Bool { party.version.isStateless }
    }

    /// How far the handshake has come.
    enum Handshake: Sendable {
        case none
        /// Asked for; what comes meanwhile waits.
        case begun([JSONRPCMessage])
        case done(ServedParty, isConfirmed: Bool)
    }

    let eras: Eras
    let limits: MCPServerLimits
    /// What the server says of itself in every result of the stateless era.
    let information: JSONObject
    var handshake = Handshake.none
    var requests: [JSONRPCID: Request] = [:]
    var questions: JSONRPCCorrelation<JSONRPCID?>
    var subscriptions = ServedSubscriptions()
    /// The rank that `logging/setLevel` set.
    var logRank = 0
    private(set) var hasEnded = false

    init(_ eras: Eras, information: JSONObject, limits: MCPServerLimits) {
        self.eras = eras
        self.information = information
        self.limits = limits
        questions = JSONRPCCorrelation(limit: limits.questions)
    }

    /// The party of the handshake, once that is done.
    var party: ServedParty? {
        if case .done(let party, _) = handshake { party } else { nil }
    }

    // MARK: What comes

    /// A JSON text came: one message, or a batch of them.
    mutating func receive(_ value: JSONValue) -> [Action] {
        guard !hasEnded else { return [] }
        guard case .array(let elements) = value else { return receive(JSONRPCDecoder.decode(value), isInBatch: false) }
        guard takesBatches else { return [.reject("this version of the protocol has no batches")] }
        guard !elements.isEmpty else { return [.reject("a batch is empty")] }
        guard elements.count <= JSONRPCDecoder.maximumBatch else {
            return [.reject("a batch holds more than \(JSONRPCDecoder.maximumBatch) messages")]
        }
        return elements.flatMap { receive(JSONRPCDecoder.decode($0), isInBatch: true) }
    }

    /// A message came.
    mutating func receive(_ message: JSONRPCMessage) -> [Action] {
        hasEnded ? [] : receive(message, isInBatch: false)
    }

    /// Something came that is no JSON.
    func receivedGarbage(_ reason: String) -> [Action] {
        hasEnded ? [] : [.send(.failure(id: nil, JSONRPCFailure(.parseError, reason)), about: nil)]
    }

    /// Something came that is too large to be read.
    func receivedTooMuch(_ id: JSONRPCID?) -> [Action] {
        guard !hasEnded else { return [] }
        let failure = JSONRPCFailure(
            .invalidRequest,
            "a message is larger than the limit of \(limits.messageSize) bytes"
        )
        return [.send(.failure(id: id, failure), about: id)]
    }

    private var takesBatches: Bool { party.map { $0.version <= .v2025_03_26 } ?? false }

    private mutating func receive(_ finding: JSONRPCDecoder.Finding, isInBatch: Bool) -> [Action] {
        switch finding {
        case .message(let message): return receive(message, isInBatch: isInBatch)
        case .garbage(nil, let reason): return [.reject(reason)]
        case .garbage(let id?, let reason):
            // An answer to a question of the server, though one that says nothing.
            let failure = JSONRPCFailure(.invalidRequest, reason)
            let actions = settle(id, .failure(failure))
            return actions.isEmpty ? [.send(.failure(id: id, failure), about: nil)] : actions
        }
    }

    private mutating func receive(_ message: JSONRPCMessage, isInBatch: Bool) -> [Action] {
        if case .begun(var held) = handshake, message.method != nil, message.method != "ping",
            message.method != "notifications/cancelled"
        {
            guard held.count < limits.requests else { return message.id.map { [Self.busy($0)] } ?? [] }
            held.append(message)
            handshake = .begun(held)
            return []
        }
        switch message {
        case .request(let id, let method, let params):
            return request(id, method, params, isInBatch: isInBatch)
        case .notification(let method, let params): return notified(method, params)
        case .response(let id, let result):
            guard case .object(let object) = result else {
                return settle(id, .failure(JSONRPCFailure(.internalError, "the client's answer is no object")))
            }
            return settle(id, .success(object))
        case .failure(let id?, let failure): return settle(id, .failure(failure))
        case .failure(nil, _): return []
        }
    }

    private mutating func request(
        _ id: JSONRPCID,
        _ method: String,
        _ params: JSONValue?,
        isInBatch: Bool
    ) -> [Action] {
        guard requests[id] == nil else {
            return [.reject("the id \(id) belongs to a request that is not answered yet")]
        }
        guard requests.count < limits.requests else { return [Self.busy(id)] }
        if case .array? = params {
            return [.fail(id, JSONRPCFailure(.invalidParams, "the parameters are an array instead of an object"))]
        }
        let params = params?.object ?? [:]
        if method == "initialize", eras != .stateless { return initialize(id, params, isInBatch: isInBatch) }
        return isStateless(params) ? statelessRequest(id, method, params) : sessionRequest(id, method, params)
    }

    /// Whether a request is one of the stateless era.
    private func isStateless(_ params: JSONObject) -> Bool {
        switch eras {
        case .stateless: return true
        case .handshake: return false
        case .both:
            guard let version = params["_meta"]?[ServedParty.Envelope.version] else { return false }
            guard party != nil else { return true }
            return version.string.map { ProtocolVersion(rawValue: $0).isStateless } ?? false
        }
    }

    private mutating func notified(_ method: String, _ params: JSONValue?) -> [Action] {
        switch method {
        case "notifications/cancelled": return cancelled(params?["requestId"].flatMap(JSONRPCID.init))
        case "notifications/initialized": return confirmed()
        default: return party == nil ? [] : [.receive(method: method, params: params)]
        }
    }

    /// The client no longer wants an answer.
    mutating func cancelled(_ id: JSONRPCID?) -> [Action] {
        guard let id, let request = requests[id], request.kind != .initialize else { return [] }
        requests[id] = nil
        return Self.stopping(id, request, in: &subscriptions)
    }

    private static func stopping(
        _ id: JSONRPCID,
        _ request: Request,
        in subscriptions: inout ServedSubscriptions
    ) -> [Action] {
        switch request.kind {
        case .initialize, .discover, .answer: return [.cancel(id)]
        case .subscribe(let number), .listen(let number):
            subscriptions.remove(number)
            return [.unsubscribe(number), .cancel(id)]
        }
    }

    // MARK: What the service says

    /// The service has answered, or given up.
    mutating func finished(_ id: JSONRPCID, _ result: Result<JSONObject, JSONRPCFailure>) -> [Action] {
        guard let request = requests.removeValue(forKey: id) else { return [] }
        switch result {
        case .success(let result):
            return [.send(.response(id: id, result: .object(complete(result, of: request))), about: id)]
        case .failure(let failure): return [.fail(id, Self.translated(failure, for: request))]
        }
    }

    private static func translated(_ failure: JSONRPCFailure, for request: Request) -> JSONRPCFailure {
        guard request.isStateless, failure.code == .resourceNotFound else { return failure }
        var failure = failure
        failure.code = .invalidParams
        return failure
    }

    /// The service tells the client something.
    ///
    /// - Parameters:
    ///   - method: What it tells.
    ///   - params: Its parameters.
    ///   - id: The request that it belongs to; `nil` if to none.
    /// - Returns: What to do: nothing, where the client does not want to hear of it or cannot.
    mutating func notify(_ method: String, _ params: JSONObject, about id: JSONRPCID?) -> [Action] {
        guard !hasEnded else { return [] }
        var params = params
        if let id {
            guard let request = requests[id] else { return [] }
            switch method {
            case "notifications/progress":
                guard let token = request.progressToken, let value = params["progress"]?.double,
                    request.lastProgress.map({ value > $0 }) ?? true
                else { return [] }
                requests[id]?.lastProgress = value
                params["progressToken"] = token
            case "notifications/message":
                guard let least = request.isStateless ? request.logRank : logRank,
                    LogSeverity.rank(params["level"]?.string) ?? least >= least
                else { return [] }
            default: break
            }
        } else {
            guard case .done(_, isConfirmed: true) = handshake else { return [] }
            if method == "notifications/message" {
                guard LogSeverity.rank(params["level"]?.string) ?? logRank >= logRank else { return [] }
            }
        }
        let message = JSONRPCMessage.notification(method: method, params: params.isEmpty ? nil : .object(params))
        return [.send(message, about: id)]
    }

    // MARK: End

    /// The connection is gone.
    mutating func end() -> [Action] {
        guard !hasEnded else { return [] }
        hasEnded = true
        var actions: [Action] = []
        for (id, request) in requests {
            if case .answer = request.kind { actions.append(.cancel(id)) }
            if case .initialize = request.kind { actions.append(.cancel(id)) }
            if case .discover = request.kind { actions.append(.cancel(id)) }
        }
        requests = [:]
        actions += subscriptions.removeAll().map { .unsubscribe($0) }
        actions += questions.endAll().map {
            .settle(question: $0, .failure(JSONRPCFailure(.internalError, "the client has left")))
        }
        return actions
    }

    static func busy(_ id: JSONRPCID) -> Action {
        .fail(id, JSONRPCFailure(.internalError, "too many requests wait for their answers; ask again later"))
    }
}

extension ServerCore.Action {
    static func fail(_ id: JSONRPCID, _ failure: JSONRPCFailure) -> Self {
        .send(.failure(id: id, failure), about: id)
    }

    /// Refuses something that has no id to be answered by.
    static func reject(_ reason: String) -> Self {
        .send(.failure(id: nil, JSONRPCFailure(.invalidRequest, reason)), about: nil)
    }
}
