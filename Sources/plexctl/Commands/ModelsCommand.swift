import Modelplex
import ProviderKit
import TransportKit

/// `plexctl models`.
enum ModelsCommand {
    static func run(_ arguments: Arguments, _ context: Context) async throws(Failure) {
        let plex = try PlexSession(arguments, context).plex()
        context.beginCancellable()
        let listing = try await listing(of: plex, provider: arguments.value(of: .provider))
        let console = context.console
        if arguments.has(.json) {
            try console.print(listing.json.serializedString + "\n")
        } else {
            // Where nothing is left to list, the failures are errors, and the command ends with the worst of them.
            for failure in listing.failures {
                if listing.models.isEmpty { console.fail(failure.message) } else { console.warn(failure.message) }
            }
            if !listing.models.isEmpty {
                try console.print(table(of: listing.models).text(showsHeader: console.output.isTerminal))
            }
        }
        if listing.models.isEmpty, var worst = listing.failures.worst {
            // All has been said.
            worst.isReported = true
            throw worst
        }
    }

    private struct Listing {
        var models: [Model]
        var failures: [Failure]

        var json: JSONValue {
            [
                "models": .array(models.map(\.json)),
                "failures": .array(failures.map { $0.json["error"] ?? .null }),
            ]
        }
    }

    private static func listing(of plex: Plex, provider name: String?) async throws(Failure) -> Listing {
        guard let name else {
            let all = try await asking { () async throws(PlexError) in try await plex.models() }
            return Listing(models: all.models, failures: all.failures.map { Failure($0.error) })
        }
        let provider = try await ProvidersCommand.provider(named: name, of: plex)
        let models = try await asking { () async throws(PlexError) in try await provider.models() }
        return Listing(models: models, failures: [])
    }

    private static func table(of models: [Model]) -> TextTable {
        var table = TextTable(header: ["MODEL", "CONTEXT", "SIZE", "NAME"])
        table.rows = models.map { model in
            [
                "\(model.provider)/\(model.id)",
                model.contextLength.map(String.init) ?? "",
                model.sizeInBytes.map(size) ?? "",
                model.displayName ?? "",
            ]
        }
        return table
    }

    /// A size in the largest unit that leaves a number of at least 1.
    static func size(_ bytes: Int) -> String {
        var tenths = bytes * 10
        for unit in ["B", "kB", "MB", "GB"] {
            if tenths < 10_000 { return unit == "B" ? "\(bytes) B" : "\(tenths / 10).\(tenths % 10) \(unit)" }
            tenths /= 1000
        }
        return "\(tenths / 10).\(tenths % 10) TB"
    }
}

extension Model {
    /// The model for programs.
    var json: JSONValue {
        var fields: JSONObject = [
            "id": .string("\(provider)/\(id)"),
            "provider": .string(provider.rawValue),
            "model": .string(id.rawValue),
        ]
        fields["name"] = displayName.map(JSONValue.string)
        fields["owner"] = owner.map(JSONValue.string)
        fields["created"] = created.map { .number(JSONNumber($0)) }
        fields["context_length"] = contextLength.map { .number(JSONNumber($0)) }
        fields["size"] = sizeInBytes.map { .number(JSONNumber($0)) }
        return .object(fields)
    }
}

extension [Failure] {
    /// The failure that matters most.
    var worst: Failure? {
        self.max { $0.exitCode.severity < $1.exitCode.severity }
    }
}
