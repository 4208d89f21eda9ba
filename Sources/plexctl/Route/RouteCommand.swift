import Modelplex
import ProviderKit
import RouterKit
import TransportKit

/// `plexctl route`.
enum RouteCommand {
    static func explain(_ arguments: Arguments, _ context: Context) async throws(Failure) {
        var query = RouteQuery(model: ModelID(arguments.positionals[0]))
        query.needs = try needs(arguments.value(of: .needs))
        if let tokens = arguments.value(of: .tokens).flatMap(Int.init) { query.promptTokens = tokens }
        let records = try arguments.value(of: .health).map { path throws(Failure) in
            try KnownHealth.read(path, context.input)
        }
        let plex = try PlexSession(arguments, context).plex()
        context.beginCancellable()
        let asked = query
        let explanation = try await asking { () async throws(PlexError) in
            try await plex.router().explain(asked, health: records ?? [])
        }
        let console = context.console
        if arguments.has(.json) {
            try console.print(explanation.json.serializedString + "\n")
        } else {
            try console.print(explanation.text)
        }
    }

    static func simulate(_ arguments: Arguments, _ context: Context) async throws(Failure) {
        var environment = context.environment
        let report: SimulationReport
        do throws(PlexError) {
            if let path = arguments.value(of: .environmentFile) {
                environment = try DotEnv.load(path: path, under: environment)
            }
            var scenario = try Scenario.load(path: arguments.positionals[0], environment: environment)
            if let seed = arguments.value(of: .seed).flatMap(UInt64.init) { scenario.seed = seed }
            report = try Simulation(scenario).run()
        } catch {
            var failure = Failure(reading: error)
            // A scenario is what is given to read, not the configuration.
            if error.code == .configuration { failure.exitCode = .badData }
            throw failure
        }
        let console = context.console
        if arguments.has(.json) {
            try console.print(report.json.serializedString + "\n")
        } else {
            try console.print(report.text)
        }
    }

    /// The features that `--needs` names.
    ///
    /// - Throws: `Failure` that names the nearest one, if there is none of a name.
    static func needs(_ text: String?) throws(Failure) -> Set<Capabilities.Feature> {
        let known: [Capabilities.Feature] = [
            .streaming, .tools, .vision, .audio, .files, .jsonSchema, .reasoning, .prefill, .embeddings,
        ]
        var needs: Set<Capabilities.Feature> = []
        for word in (text ?? "").split(separator: ",") {
            let name = String(word.drop { $0 == " " })
            guard let feature = known.first(where: { $0.rawValue == name }) else {
                let names = known.map(\.rawValue)
                let hint = nearestName(to: name, among: names).map { "did you mean '\($0)'?" }
                throw Failure(
                    .usage,
                    "'\(name)' is nothing that --needs knows; \(hint ?? "it knows \(names.joined(separator: ", "))")"
                )
            }
            needs.insert(feature)
        }
        return needs
    }
}
