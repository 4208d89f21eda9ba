internal import TransportKit

/// A connection to a service within the program: messages are handed over as they are.
final class ServiceTransport: MessageTransport {
    let traits = TransportTraits(name: "memory", cancelsByClosing: false, survivesDisconnect: false)

    private let service: any MCPService
    private let limits: MCPServerLimits
    private let caller: MCPServedClient.Caller
    private let link = Locked<LoopBound<Link>?>(nil)

    init(
        _ service: any MCPService,
        for caller: MCPServedClient.Caller = MCPServedClient.Caller(listener: "memory"),
        limits: MCPServerLimits = MCPServerLimits()
    ) {
        self.service = service
        self.caller = caller
        self.limits = limits
    }

    func open(on loop: EventLoop, deliver: @escaping @Sendable (TransportEvent) -> Void) async throws(MCPError) {
        let (service, caller, limits) = (service, caller, limits)
        let opened = await loop.run { LoopBound(Link(to: service, for: caller, limits, on: loop, deliver), loop) }
        let isFirst = link.withLock { link in
            guard link == nil else { return false }
            link = opened
            return true
        }
        guard isFirst else {
            throw MCPError(.connection, "a connection in memory is opened once; make another for each session")
        }
    }

    func sendNow(_ message: JSONRPCMessage, _ context: MessageContext) throws(MCPError) -> Bool {
        guard let link = link.withLock({ $0 }), link.value.isOpen else {
            throw MCPError(.closed, "the server closed the connection")
        }
        link.value.receive(message)
        return true
    }

    func send(_ message: JSONRPCMessage, _ context: MessageContext) async throws(MCPError) {
        guard let link = link.withLock({ $0 }) else { throw MCPError(.closed, "there is no connection to the server") }
        let outcome: Result<Bool, MCPError> = await link.loop.run { [self] in
            do throws(MCPError) {
                return .success(try sendNow(message, context))
            } catch {
                return .failure(error)
            }
        }
        _ = try outcome.get()
    }

    func abandon(_ request: JSONRPCID) {}

    func close() async {
        guard let link = link.withLock({ $0 }) else { return }
        let farewell = await link.loop.run { link.value.close() }
        await farewell?.value
    }

    /// Both ends, on their loop.
    private final class Link: ServerOutlet {
        private var connection: ServerConnection?
        private let suspended = SuspendedRuns()
        private let loop: EventLoop
        private var deliver: (@Sendable (TransportEvent) -> Void)?

        init(
            to service: any MCPService,
            for caller: MCPServedClient.Caller,
            _ limits: MCPServerLimits,
            on loop: EventLoop,
            _ deliver: @escaping @Sendable (TransportEvent) -> Void
        ) {
            self.loop = loop
            self.deliver = deliver
            connection = ServerConnection(
                to: service,
                for: caller,
                .both,
                limits: limits,
                suspended: suspended,
                outlet: self,
                on: loop
            )
        }

        var isOpen: Bool { connection != nil }

        func receive(_ message: JSONRPCMessage) {
            connection?.receive(message)
        }

        func send(_ message: JSONRPCMessage, about id: JSONRPCID?) {
            guard let deliver else { return }
            // Queued even on the loop, so that an answer never comes before its request has been sent.
            loop.execute { deliver(.message(message)) }
        }

        func withdraw(_ id: JSONRPCID) {}

        /// The client takes each message in its turn of the loop, and keeps what is bounded by itself.
        func hasRoom(about id: JSONRPCID?) -> Bool { true }

        func close() -> Task<Void, Never>? {
            guard let connection else { return nil }
            self.connection = nil
            connection.end()
            suspended.cancelAll()
            if let deliver { loop.execute { deliver(.closed(nil)) } }
            deliver = nil
            return connection.farewell
        }
    }
}
