import MCPKit
import Modelplex
import ProviderKit
import TransportKit

/// A gateway from its start to its end, with what it was made of; used by one task.
final class GatewayService {
    private let gateway: Gateway
    private let log: ServeLog
    private let announcer: Announcer
    private let systemd: SystemdNotifier?
    private let watching: Task<Void, Never>?
    /// Lives as long as the gateway, so that connections to providers outlast a change of the configuration.
    private let transport: HTTPClient
    /// The MCP servers, whose sessions outlast it too.
    private let tools: ToolGateway
    private let started: ServeSettings
    /// The settings in effect.
    private var settings: ServeSettings
    /// The keys whose change waits for a restart.
    private var waiting: [String] = []
    private var plex: Plex
    private var keeper: HealthKeeper
    private var keeping: Task<Void, Never>?

    /// Makes everything but opens nothing.
    ///
    /// - Parameters:
    ///   - settings: What to do.
    ///   - log: Where to log.
    ///   - console: Where to report.
    /// - Throws: `Failure`, if the configuration cannot be put into effect.
    init(_ settings: ServeSettings, log: ServeLog, console: Console) throws(Failure) {
        self.log = log
        self.settings = settings
        started = settings
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
            options: try settings.options(plex, tools),
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
        let listeners: [BoundListener]
        do {
            listeners = try await gateway.start(at: settings.server.listen)
        } catch {
            await log.writer.close()
            throw Failure(Self.exitCode(error), error.description)
        }
        for listener in listeners { announcer.note(Self.line(for: listener)) }
        await report(tools: tools.load())
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

    /// Puts a changed configuration into effect for new requests.
    ///
    /// - Parameter read: Reads the configuration.
    func reload(_ read: () throws(Failure) -> ServeSettings) async {
        log.writer.reopen()
        systemd?.notify(.reloading)
        let isChanged = apply(read)
        if isChanged {
            let configuration = settings.configuration
            await report(tools: tools.reload(configuration.mcp, logins: configuration.logins))
        }
        // Told before it is announced, so that who waits for the announcement finds it done.
        systemd?.notify(.ready)
        if isChanged {
            announcer.note("reloaded")
        } else {
            announcer.warn("the configuration is wrong; the one before stays in effect")
        }
    }

    private func apply(_ read: () throws(Failure) -> ServeSettings) -> Bool {
        do throws(Failure) {
            let (new, waiting) = try read().inEffect(since: started)
            let plex = try new.plex(transport: transport)
            let options = try new.options(plex, tools)
            // Who is to be left alone is, whatever else has changed.
            plex.restore(self.plex.healthRecords)
            log.register(new.configuration.secrets)
            gateway.replace(serving: plex.provider, options: options)
            settings = new
            self.waiting = waiting
            self.plex = plex
            keepHealth()
            return true
        } catch {
            for line in error.message.split(separator: "\n") { announcer.warn(String(line)) }
            return false
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

    private func report(tools: (notes: [String], warnings: [String])) async {
        let providers: Result<[ProviderID], PlexError>
        do {
            providers = .success(try await plex.providers().map(\.id))
        } catch {
            providers = .failure(error)
        }
        let report = StartReport(settings, providers: providers)
        for note in report.notes + tools.notes { announcer.note(note) }
        for warning in report.warnings + tools.warnings { announcer.warn(warning) }
        if !waiting.isEmpty {
            announcer.warn("a restart is needed for the change of \(waiting.joined(separator: ", "))")
        }
    }
}

extension PlexConfiguration.Server {
    /// The keys whose change only a restart puts into effect.
    ///
    /// - Parameter started: The settings at the start.
    /// - Returns: The names of those that have changed.
    func keysThatNeedRestart(since started: PlexConfiguration.Server) -> [String] {
        let changes: [(String, Bool)] = [
            ("listen", listen != started.listen), ("loops", loops != started.loops),
            ("max_request_size", limits.requestSize != started.limits.requestSize),
            ("max_header_size", limits.headerSize != started.limits.headerSize),
            ("max_connections", limits.connections != started.limits.connections),
            ("request_timeout", limits.requestTimeout != started.limits.requestTimeout),
            ("idle_timeout", limits.idleTimeout != started.limits.idleTimeout),
            ("log_level", log.level != started.log.level), ("log_format", log.format != started.log.format),
            ("log_file", log.file != started.log.file), ("log_max_size", log.maximumSize != started.log.maximumSize),
            ("log_rotate", log.rotates != started.log.rotates),
            ("log_keep", log.keptFiles != started.log.keptFiles),
        ]
        return changes.filter(\.1).map(\.0)
    }
}
