import Modelplex
import ProviderKit

/// What a gateway says of its configuration when it starts: who answers, and what is missing.
struct StartReport: Sendable, Hashable {
    /// What there is, one item a line.
    var notes: [String] = []
    /// What is missing, one item a line.
    var warnings: [String] = []

    /// Looks through the settings.
    ///
    /// - Parameters:
    ///   - settings: The settings.
    ///   - providers: The providers that were made of them or found, or why there is none.
    init(_ settings: ServeSettings, providers: Result<[ProviderID], PlexError>) {
        self.init(settings.configuration, path: settings.path, providers: providers)
        warnings = settings.warnings + warnings
    }

    init(_ configuration: PlexConfiguration, path: String?, providers: Result<[ProviderID], PlexError>) {
        notes.append("configuration: \(path ?? "none, so that the environment and this machine tell the providers")")
        let settings = Dictionary(configuration.providers.map { ($0.name, $0) }) { first, _ in first }
        switch providers {
        case .success(let names):
            for name in names {
                notes.append("provider \(name): \(Self.models(of: settings[name]))")
                if let settings = settings[name], let missing = settings.missingKey { warnings.append(missing) }
            }
        case .failure(let error): warnings.append(error.message)
        }
        notes.append(Self.log(configuration.server.log))
    }

    private static func models(of settings: PlexConfiguration.Provider?) -> String {
        guard let models = settings?.models else { return "asked for its models on request" }
        let shown = models.prefix(8).map(\.rawValue).joined(separator: ", ")
        return models.count > 8 ? "\(shown) and \(models.count - 8) more" : shown
    }

    private static func log(_ log: PlexConfiguration.Server.Log) -> String {
        let requests = log.includesRequests ? "requests included" : "without requests"
        return "log: \(log.file ?? "standard error"), level \(log.level), \(requests)"
    }
}
