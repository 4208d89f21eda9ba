import MCPKit
import Modelplex
import ProviderKit
import TransportKit

/// A gateway from its start to its end, with what it was made of; used by one task.
final class GatewayService {
    private let gateway: Gateway
    private let log: ServeLog
    private let console: Console
    private let requests: ReloadRequests
    private var announcer: Announcer
    private let systemd: SystemdNotifier?
    private let watching: Task<Void, Never>?
    /// Lives as long as the gateway, so that connections to providers outlast a change of the configuration.
    private let transport: HTTPClient
    /// The MCP servers, whose sessions outlast it too.
    private let tools: ToolGateway
    /// The settings in effect.
    private var settings: ServeSettings
    private var listeners: [BoundListener] = []
    private var plex: Plex
    private var keeper: HealthKeeper
    private var keeping: Task<Void, Never>?

    /// Makes everything but opens nothing.
    ///
    /// - Parameters:
    ///   - settings: What to do.
    ///   - log: Where to log.
    ///   - console: Where to report.
    ///   - requests: Where callers ask for the configuration to be read again.
    /// - Throws: `Failure`, if the configuration cannot be put into effect.
    init(_ settings: ServeSettings, log: ServeLog, console: Console, requests: ReloadRequests) throws(Failure) {
        self.log = log
        self.settings = settings
        self.console = console
        self.requests = requests
        announcer = log.announcer(console)
        systemd = SystemdNotifier(environment: settings.environment)
        let loops = settings.server.loops
        let group = loops == 0 ? EventLoopGroup.shared : EventLoopGroup(count: loops)
        let watchdog = Watchdog(systemd, watching: group)
        watching = watchdog.map { watchdog in Task { await watchdog.run() } }
        transport = Plex.makeTransport(
            environment: settings.environment,
            eventLoopGroup: group,
            // Callers are limited at the door; here a limit would only let requests wait for each other.
            maximumConnections: 1 << 20
        )
        plex = try settings.plex(transport: transport)
        do throws(MCPError) {
            tools = try ToolGateway(
                settings.configuration.mcp,
                logins: settings.configuration.logins,
                environment: settings.environment,
                version: Manual.plexctl.version,
                eventLoopGroup: group,
                logger: log.logger,
                register: { log.register($0) }
            )
        } catch {
            throw Failure(PlexError(error))
        }
        keeper = HealthKeeper(plex, announcer)
        gateway = Gateway(
            serving: plex.provider,
            options: try settings.options(plex, tools, requests),
            limits: HTTPLimits(settings.server.limits),
            eventLoopGroup: group,
            environment: settings.environment,
            logger: log.logger,
            accessLog: log.accessLog,
            upstream: { [transport] in transport.statistics }
        )
    }

    deinit {
        watching?.cancel()
        keeping?.cancel()
    }

    /// Listens, and reports.
    ///
    /// - Throws: `Failure`, if an address cannot be listened at.
    func start() async throws(Failure) {
        do {
            listeners = try await gateway.start(at: settings.server.listen)
        } catch {
            await log.writer.close()
            throw Failure(Self.exitCode(error), error.description)
        }
        for listener in listeners { announcer.note(Self.line(for: listener)) }
        _ = await report(tools: tools.load())
        keepHealth()
        systemd?.notify(.ready)
        ProgramPages.unmapCode()
        announcer.note("ready")
    }

    private func keepHealth() {
        keeping?.cancel()
        keeper = HealthKeeper(plex, announcer)
        guard settings.configuration.routing.stateFile != nil else { return }
        keeping = Task { [keeper] in await keeper.run() }
    }

    /// Puts a changed configuration into effect, for new connections and requests.
    ///
    /// - Parameter read: Reads the configuration.
    /// - Returns: What has changed, or why all is as it was.
    func reload(_ read: () throws(Failure) -> ServeSettings) async -> Result<ReloadReport, ReloadError> {
        log.writer.reopen()
        systemd?.notify(.reloading)
        let outcome: Result<ReloadReport, ReloadError>
        do throws(Failure) {
            let plan = try await apply(read)
            let configuration = settings.configuration
            var warnings = await report(tools: tools.reload(configuration.mcp, logins: configuration.logins))
            if !plan.waiting.isEmpty {
                let warning = "a restart is needed for the change of \(plan.waiting.joined(separator: ", "))"
                announcer.warn(warning)
                warnings.append(warning)
            }
            outcome = .success(ReloadReport(changed: plan.changed, needsRestart: plan.waiting, warnings: warnings))
        } catch {
            let lines = error.message.split(separator: "\n").map(String.init)
            for line in lines { announcer.warn(line) }
            gateway.noteRefusedConfiguration(lines)
            outcome = .failure(ReloadError(Self.reason(error), error.message))
        }
        // Told before it is announced, so that who waits for the announcement finds it done.
        systemd?.notify(.ready)
        switch outcome {
        case .success: announcer.note("reloaded")
        case .failure(let error) where error.reason == .invalidConfiguration:
            announcer.warn("the configuration is wrong; the one before stays in effect")
        case .failure: announcer.warn("the configuration cannot be put into effect; the one before stays in effect")
        }
        return outcome
    }

    /// All of it or nothing.
    private func apply(_ read: () throws(Failure) -> ServeSettings) async throws(Failure) -> ReloadPlan {
        let (new, plan) = try read().following(settings)
        let plex = try new.plex(transport: transport)
        let options = try new.options(plex, tools, requests)
        let logChange = try log.prepare(new.server.log)
        // Who is to be left alone is, whatever else has changed.
        plex.restore(self.plex.healthRecords)
        log.register(new.configuration.secrets)
        let bound: [BoundListener]
        do {
            bound = try await gateway.replace(
                serving: plex.provider,
                options: options,
                limits: HTTPLimits(new.server.limits),
                listeningAt: new.server.listen
            )
        } catch {
            throw Failure(Self.exitCode(error), error.description)
        }
        log.apply(logChange)
        announcer = log.announcer(console)
        settings = new
        self.plex = plex
        keepHealth()
        for listener in bound where !listeners.contains(listener) { announcer.note(Self.line(for: listener)) }
        for listener in listeners where !bound.contains(where: { $0.place == listener.place }) {
            announcer.note("no longer \(Self.line(for: listener))")
        }
        listeners = bound
        return plan
    }

    private static func reason(_ failure: Failure) -> ReloadError.Reason {
        switch failure.exitCode {
        case .unavailable: .addressInUse
        case .inputOutput: .cannotOpen
        default: .invalidConfiguration
        }
    }

    /// Lets running requests end, and closes everything.
    func stop() async {
        let time = settings.server.drainTimeout
        systemd?.notify(.stopping)
        announcer.note("stopping; running requests get \(Self.seconds(time))")
        await gateway.stop(drain: time)
        keeper.save()
        announcer.note("stopped")
        // Waits only so long for a reader who does not read.
        await announcer.close()
        await log.writer.close()
    }

    private static func exitCode(_ error: ListenError) -> ExitCode {
        switch error.reason {
        case .inUse: .unavailable
        case .refused: .configuration
        default: .inputOutput
        }
    }

    private static func seconds(_ time: Duration) -> String {
        let seconds = time.inSeconds
        return seconds == seconds.rounded() ? "\(Int(seconds)) s" : "\(seconds) s"
    }

    private static func line(for listener: BoundListener) -> String {
        let place: String
        switch listener.place {
        case .unix: place = listener.description
        case .tcp: place = "http://\(listener.description.dropFirst("tcp:".count))"
        @unknown default: place = listener.description
        }
        guard case .unix(_, let mode, _, _) = listener.address else {
            return "listening at \(place) (\(listener.role.rawValue))"
        }
        return "listening at \(place) (\(listener.role.rawValue), mode 0\(String(mode, radix: 8)))"
    }

    /// - Returns: What deserves a look.
    private func report(tools: (notes: [String], warnings: [String])) async -> [String] {
        let providers: Result<[ProviderID], PlexError>
        do {
            providers = .success(try await plex.providers().map(\.id))
        } catch {
            providers = .failure(error)
        }
        let report = StartReport(settings, providers: providers)
        for note in report.notes + tools.notes { announcer.note(note) }
        let warnings = report.warnings + tools.warnings
        for warning in warnings { announcer.warn(warning) }
        return warnings
    }
}
