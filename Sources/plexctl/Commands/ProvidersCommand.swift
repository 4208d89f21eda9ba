import Modelplex
import ProviderKit
import TransportKit

/// `plexctl providers`.
enum ProvidersCommand {
    static func list(_ arguments: Arguments, _ context: Context) async throws(Failure) {
        let session = try PlexSession(arguments, context)
        let settings = try session.configuration().providers
        let plex = try session.plex()
        context.beginCancellable()
        let names = try await providers(of: plex).map(\.id)
        let known = Dictionary(settings.map { ($0.name, $0) }) { first, _ in first }
        let console = context.console
        if arguments.has(.json) {
            let list = names.map { json(of: $0, known[$0]) }
            try console.print(JSONValue.object(["providers": .array(list)]).serializedString + "\n")
            return
        }
        var table = TextTable(header: ["PROVIDER", "TYPE", "URL", "MODELS"])
        table.rows = names.map { name in
            let models = known[name]?.models.map { models in models.map(\.rawValue).joined(separator: ", ") }
            return [name.rawValue, known[name]?.type.rawValue ?? "", known[name]?.baseURL ?? "", models ?? ""]
        }
        try console.print(table.text(showsHeader: console.output.isTerminal))
    }

    static func test(_ arguments: Arguments, _ context: Context) async throws(Failure) {
        let plex = try PlexSession(arguments, context).plex()
        context.beginCancellable()
        var providers = try await providers(of: plex)
        if let name = arguments.positionals.first {
            providers = [try await provider(named: name, of: plex)]
        }
        let results = await check(providers)
        let console = context.console
        if arguments.has(.json) {
            let list = zip(providers, results).map { json(of: $0.id, $1) }
            try console.print(JSONValue.object(["providers": .array(list)]).serializedString + "\n")
        } else {
            var table = TextTable(header: ["PROVIDER", "STATE", "TIME", "MODELS"])
            table.rows = zip(providers, results).map { row(of: $0.id, $1) }
            try console.print(table.text(showsHeader: console.output.isTerminal))
        }
        let failures = results.compactMap { result in
            if case .failure(let error) = result { Failure(error) } else { nil }
        }
        guard var worst = failures.worst else { return }
        if !arguments.has(.json) {
            for failure in failures {
                console.fail(failure.message)
            }
        }
        // All has been said.
        worst.isReported = true
        throw worst
    }

    /// The provider of a name.
    ///
    /// - Throws: `Failure` that names the nearest one, if there is none.
    static func provider(named name: String, of plex: Plex) async throws(Failure) -> any Provider {
        let providers = try await providers(of: plex)
        if let provider = providers.first(where: { $0.id.rawValue == name }) { return provider }
        let names = providers.map(\.id.rawValue)
        let hint = nearestName(to: name, among: names).map { "did you mean '\($0)'?" }
        let list = hint ?? "there are: \(names.joined(separator: ", "))"
        throw Failure(.usage, "there is no provider '\(name)'; \(list)")
    }

    private static func providers(of plex: Plex) async throws(Failure) -> [any Provider] {
        try await asking { () async throws(PlexError) in try await plex.providers() }
    }

    /// Asks all at once.
    private static func check(_ providers: [any Provider]) async -> [Result<ProviderStatus, PlexError>] {
        await withTaskGroup(of: (Int, Result<ProviderStatus, PlexError>).self) { group in
            for (index, provider) in providers.enumerated() {
                group.addTask { (index, await check(provider)) }
            }
            var results: [Int: Result<ProviderStatus, PlexError>] = [:]
            for await (index, result) in group { results[index] = result }
            return results.sorted { $0.key < $1.key }.map(\.value)
        }
    }

    // A function of its own: in a closure that gives this back beside the index, the optimizer of Swift 6.3 loses the
    // index, and only one provider's result is left.
    private static func check(_ provider: any Provider) async -> Result<ProviderStatus, PlexError> {
        do throws(PlexError) {
            return .success(try await provider.check())
        } catch {
            return .failure(error)
        }
    }

    private static func row(of name: ProviderID, _ result: Result<ProviderStatus, PlexError>) -> [String] {
        switch result {
        case .success(let status):
            [name.rawValue, "ok", ChatReport.seconds(status.latency), "\(status.models.count)"]
        case .failure(let error):
            [name.rawValue, error.code.description, "", ""]
        }
    }

    private static func json(of name: ProviderID, _ settings: PlexConfiguration.Provider?) -> JSONValue {
        var fields: JSONObject = ["name": .string(name.rawValue)]
        fields["type"] = (settings?.type.rawValue).map(JSONValue.string)
        fields["base_url"] = (settings?.baseURL).map(JSONValue.string)
        fields["models"] = settings?.models.map { .array($0.map { .string($0.rawValue) }) }
        fields["priority"] = settings.map { .number(JSONNumber($0.priority)) }
        return .object(fields)
    }

    private static func json(of name: ProviderID, _ result: Result<ProviderStatus, PlexError>) -> JSONValue {
        switch result {
        case .success(let status):
            [
                "name": .string(name.rawValue), "ok": true,
                "seconds": .number(JSONNumber(status.latency.inSeconds)),
                "models": .number(JSONNumber(status.models.count)),
            ]
        case .failure(let error):
            ["name": .string(name.rawValue), "ok": false, "error": Failure(error).json["error"] ?? .null]
        }
    }
}
