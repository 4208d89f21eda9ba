internal import Glibc
internal import TransportKit

/// The part of a `ScriptedUpstream` that lives on its loop.
final class UpstreamServer {
    let loop: EventLoop
    let log: Observed<UpstreamLog>
    private let descriptor: Int32
    private let sendBuffer: Int?
    private let time: @Sendable () -> Duration
    private let answer: @Sendable (RecordedRequest) -> UpstreamAnswer
    private var connections: [Int: UpstreamConnection] = [:]
    private var isClosed = false

    init(
        loop: EventLoop,
        log: Observed<UpstreamLog>,
        descriptor: Int32,
        sendBuffer: Int?,
        time: @escaping @Sendable () -> Duration,
        answer: @escaping @Sendable (RecordedRequest) -> UpstreamAnswer
    ) {
        self.loop = loop
        self.log = log
        self.descriptor = descriptor
        self.sendBuffer = sendBuffer
        self.time = time
        self.answer = answer
    }

    var elapsed: Duration { time() }

    func start() throws(TransportError) {
        try loop.watch(descriptor, for: [.readable]) { [weak self] _ in self?.accept() }
    }

    private func accept() {
        while let accepted = UpstreamSocket.accept(descriptor, sendBuffer: sendBuffer) {
            let number = log.update { log in
                log.connectionsAccepted += 1
                log.connectionsOpen += 1
                return log.connectionsAccepted - 1
            }
            let connection = UpstreamConnection(accepted, number: number, server: self)
            connections[number] = connection
            connection.start()
        }
    }

    /// Notes a request, and returns its number and the steps of its answer.
    func record(_ request: RequestParser.Request, connection: Int) -> (Int, [UpstreamAnswer.Step]) {
        let time = elapsed
        let recorded = log.update { log in
            let recorded = RecordedRequest(
                index: log.exchanges.count,
                connection: connection,
                time: time,
                method: request.method,
                target: request.target,
                fields: request.fields,
                body: request.body
            )
            log.exchanges.append(UpstreamLog.Exchange(request: recorded))
            return recorded
        }
        return (recorded.index, answer(recorded).makeSteps(recorded))
    }

    func connectionEnded(_ number: Int, departure: PeerDeparture?) {
        connections[number] = nil
        log.update { log in
            log.connectionsOpen -= 1
            for index in log.exchanges.indices where log.exchanges[index].request.connection == number {
                log.exchanges[index].departure = .some(departure)
            }
        }
    }

    func close() {
        guard !isClosed else { return }
        isClosed = true
        loop.unwatch(descriptor)
        _ = Glibc.close(descriptor)
        for connection in connections.values { connection.close(departure: nil) }
        log.update { $0.isShutDown = true }
    }
}
