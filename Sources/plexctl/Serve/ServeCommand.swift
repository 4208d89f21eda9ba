import Modelplex
import TransportKit

/// `plexctl serve`.
enum ServeCommand {
    static func run(_ arguments: Arguments, _ context: Context) async throws(Failure) {
        let settings = try ServeSettings(arguments, context)
        let log = try ServeLog(settings.server.log, secrets: settings.configuration.secrets)
        DescriptorLimit.raise()
        // From here on a signal ends in order, so that no socket's file is left behind.
        let messages = context.messages()
        let (events, post) = AsyncStream<Event>.makeStream()
        let forwarding = Task { for await message in messages { post.yield(.signal(message)) } }
        defer { forwarding.cancel() }
        let requests = ReloadRequests { post.yield(.asked) }
        defer { requests.close() }
        let service = try GatewayService(settings, log: log, console: context.console, requests: requests)
        try await service.start()
        for await event in events {
            let waiters = requests.take()
            switch event {
            // Those who came together were all told.
            case .asked where waiters.isEmpty: break
            case .asked, .signal(.reload):
                let outcome = await service.reload { () throws(Failure) in try ServeSettings(arguments, context) }
                for waiter in waiters { waiter.resume(returning: outcome) }
            case .signal(.end):
                requests.close()
                await service.stop()
                return
            }
        }
    }

    /// What a gateway that runs is told to do.
    private enum Event: Sendable {
        case signal(Interruption.Message)
        /// Somebody waits for the configuration to be read again.
        case asked
    }
}
