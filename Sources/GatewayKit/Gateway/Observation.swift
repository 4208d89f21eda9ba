internal import CLinux
internal import ProviderKit
internal import TransportKit

/// Everything that keeps count of requests, and what is told of it.
final class Observation: Sendable {
    let metrics: GatewayMetrics
    let events: EventHub
    private let board: HealthBoard
    private let accessLog: AccessLog
    private let version: String
    private let started = LogEvent.now
    // The wall clock may be set while the gateway runs.
    private let startInstant = ContinuousClock.now
    /// What only the running gateway knows, read when it is asked for.
    private let source = Locked<(@Sendable () -> Holdings)?>(nil)

    /// What the gateway holds at the moment.
    struct Holdings: Sendable {
        var gauges = GatewayGauges()
        var listeners: [StatusReport.Listener] = []
        var loops: [EventLoop.Statistics] = []
    }

    init(version: String, loops: Int, accessLog: AccessLog) {
        self.version = version
        self.accessLog = accessLog
        metrics = GatewayMetrics(version: version, loops: loops)
        board = HealthBoard(version: version)
        events = EventHub(loops: loops)
        board.setProbed { [weak events] id, outcome in events?.note(outcome.event(of: id)) }
    }

    /// Sets whose states events tell of.
    func watch(_ service: @escaping @Sendable () -> Service?) {
        events.setSource(
            EventSource(
                providers: { [board] in board.conditions },
                targets: {
                    guard let router = service()?.provider as? any RoutingProvider else { return [] }
                    return router.leftAlone.compactMap { WatchedStates.Target($0) }
                },
                tools: { await service()?.options.tools?.figures() },
                totals: { [metrics] in TrafficTotals(metrics.total) },
                gauges: { [metrics] in metrics.currentGauges },
                describe: { [accessLog] in accessLog.event(of: $0) }
            )
        )
    }

    /// Another configuration is in effect.
    func noteReload() {
        forgetHealth()
        events.note(EventDraft(.configurationReloaded))
    }

    /// A configuration cannot be put into effect.
    func noteRefusedConfiguration(_ problems: [String]) {
        let problems = accessLog.clean(problems).map { JSONValue.string($0) }
        events.note(EventDraft(.configurationRefused, ["problems": .array(problems)]))
    }

    /// Sets where the current values are read.
    func setSource(_ read: @escaping @Sendable () -> Holdings) {
        let read: @Sendable () -> Holdings = { [accessLog, weak events] in
            var holdings = read()
            holdings.gauges.eventReaders = events?.readers ?? 0
            holdings.gauges.droppedEvents = events?.dropped ?? 0
            holdings.gauges.droppedLogLines = accessLog.droppedLines
            return holdings
        }
        source.withLock { $0 = read }
        metrics.setGauges { [board] in
            var gauges = read().gauges
            gauges.providers = board.availability
            return gauges
        }
    }

    func record(_ record: ExchangeRecord, isLogged: Bool) {
        metrics.record(record)
        board.record(record)
        if isLogged { accessLog.record(record) }
        events.note(record)
    }

    // MARK: Reports

    /// How each provider is; those that are not known to be well are asked, or all of them.
    func health(_ service: Service, probing: HealthBoard.Probing) async -> HealthReport {
        await adopt(service)
        return await board.report(probing: probing)
    }

    /// Whether any provider can be expected to answer.
    func isReady(_ service: Service) async -> Bool {
        await adopt(service)
        return board.isReady
    }

    func status(_ service: Service) async -> JSONValue {
        await adopt(service)
        let holdings = source.withLock { $0 }?() ?? Holdings()
        var report = StatusReport(
            version: version,
            processID: getpid(),
            started: started.inSeconds,
            uptime: startInstant.duration(to: .now)
        )
        report.gauges = holdings.gauges
        report.listeners = holdings.listeners
        report.loops = holdings.loops
        report.providers = board.counters
        report.tools = await service.options.tools?.figures()
        return report.json
    }

    /// Lets the board know the providers that are served now; local engines may be found only when they are asked for.
    private func adopt(_ service: Service) async {
        guard let members = try? await service.members() else { return }
        board.adopt(members)
    }

    /// Forgets how providers were, since another configuration may have mended them.
    func forgetHealth() {
        board.replaceProviders([])
    }

    func close() {
        events.stop(drain: .zero)
        board.close()
    }
}
