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
        let service = try GatewayService(settings, log: log, console: context.console)
        try await service.start()
        for await message in messages {
            switch message {
            case .reload:
                await service.reload { () throws(Failure) in try ServeSettings(arguments, context) }
            case .end:
                await service.stop()
                return
            }
        }
    }
}
