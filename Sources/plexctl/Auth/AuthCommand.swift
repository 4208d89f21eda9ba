import CredentialKit
import FoundationEssentials
import Modelplex
import ProviderKit
import TransportKit

/// `plexctl auth`: single credentials.
enum AuthCommand {
    static func set(_ arguments: Arguments, _ context: Context) async throws(Failure) {
        let session = try AuthSession(arguments, context)
        let name = try session.name(arguments)
        // Asked for last: what is wrong before that costs nobody the typing.
        let secret = try secret(for: name, arguments, context)
        let entry = try await session.asking { store throws(CredentialError) in try await store.write(secret, as: name)
        }
        if arguments.has(.json) {
            let value: JSONValue = [
                "name": .string(name.description), "version": .number(JSONNumber(Int(entry.version))),
                "replaced": .bool(entry.version > 1),
            ]
            try context.console.print(value.serializedString + "\n")
        } else {
            context.console.note(entry.version > 1 ? "\(name): replaced" : "\(name): stored")
        }
    }

    private static func secret(
        for name: CredentialName,
        _ arguments: Arguments,
        _ context: Context
    ) throws(Failure) -> Secret {
        let secret: Result<Secret, SecretError>
        if let path = arguments.value(of: .fromFile) {
            let bytes = try FileReader.read(path, limit: 1 << 20)
            secret = Result { () throws(SecretError) in try Secret(validating: bytes) }
        } else if arguments.has(.fromStandardInput) {
            let bytes = try context.input.readAll()
            secret = Result { () throws(SecretError) in try Secret(validating: bytes) }
        } else {
            let typed: Secret
            do {
                typed = try context.askSecret("Key for \(name): ")
            } catch {
                guard error.isWithoutTerminal else { throw error }
                throw Failure(
                    .usage,
                    "there is no terminal to ask for the secret; give it with --from-stdin or --from-file"
                )
            }
            secret = Result { () throws(SecretError) in
                try typed.withText { text throws(SecretError) in try Secret(validating: text) }
            }
        }
        switch secret {
        case .success(let secret): return secret
        case .failure(let error): throw Failure(.badData, "this cannot be a key: \(error)")
        }
    }

    static func list(_ arguments: Arguments, _ context: Context) async throws(Failure) {
        let session = try AuthSession(arguments, context)
        let entries = try await session.asking { store throws(CredentialError) in try await store.list() }
        let console = context.console
        if arguments.has(.json) {
            let value: JSONValue = ["credentials": .array(entries.map(\.json))]
            try console.print(value.serializedString + "\n")
            return
        }
        var table = TextTable(header: ["NAME", "KIND", "VERSION", "CHANGED", "LAST USED", "EXPIRES"])
        table.rows = entries.map { entry in
            [
                entry.name.description, entry.kind.rawValue, "\(entry.version)", entry.changed.written,
                entry.lastUsed?.written ?? "", entry.expires?.written ?? "",
            ]
        }
        try console.print(table.text(showsHeader: console.output.isTerminal))
    }

    static func remove(_ arguments: Arguments, _ context: Context) async throws(Failure) {
        let session = try AuthSession(arguments, context)
        let name = try session.name(arguments)
        let isRemoved = try await session.asking { store throws(CredentialError) in try await store.remove(name) }
        guard isRemoved else { throw try await session.missing(name) }
        if arguments.has(.json) {
            let value: JSONValue = ["name": .string(name.description), "removed": true]
            try context.console.print(value.serializedString + "\n")
        } else {
            context.console.note("\(name): removed")
        }
    }

    static func test(_ arguments: Arguments, _ context: Context) async throws(Failure) {
        let session = try AuthSession(arguments, context)
        let name = try session.name(arguments)
        let found = try await session.asking { store throws(CredentialError) in try await store.read(name) }
        guard let found else { throw try await session.missing(name) }
        var fields: JSONObject = ["name": .string(name.description), "opens": true]
        var report = "\(name): opens"
        if let settings = try provider(using: name, session) {
            var settings = settings
            context.beginCancellable()
            settings.apiKey = .stored(try await session.key(found), name: name.description)
            settings.credentials = []
            let plex = try session.plexSession.plex(PlexConfiguration(providers: [settings]))
            let status = try await asking { () async throws(PlexError) in
                try await plex.providers().first?.check()
            }
            fields["provider"] = .string(settings.name.rawValue)
            fields["models"] = status.map { .number(JSONNumber($0.models.count)) }
            report += "; \(settings.name) accepts it and has \(status?.models.count ?? 0) models"
        } else {
            report += "; no provider uses it"
        }
        if arguments.has(.json) {
            try context.console.print(JSONValue.object(fields).serializedString + "\n")
        } else {
            try context.console.print(report + "\n")
        }
    }

    /// The provider whose key a credential is: one of the configuration, or the known service of its name.
    private static func provider(
        using name: CredentialName,
        _ session: AuthSession
    ) throws(Failure) -> PlexConfiguration.Provider? {
        let configured = try session.plexSession.configuration().providers
        let found = configured.first { provider in
            let references = [provider.apiKey] + provider.credentials.map { Optional($0.apiKey) }
            if references.contains(.store(name.description)) { return true }
            let isLeftOut = if case .implied = provider.apiKey { true } else { provider.apiKey == nil }
            return isLeftOut && provider.credentials.isEmpty && provider.storeNames.contains(name)
        }
        if let found { return found }
        let type = PlexConfiguration.ProviderType(rawValue: name.provider)
        guard type.usual?.baseURL?.hasPrefix("https://") == true else { return nil }
        return PlexConfiguration.Provider(name: ProviderID(name.provider), type: type)
    }
}

extension CredentialEntry {
    var json: JSONValue {
        var fields: JSONObject = [
            "name": .string(name.description), "provider": .string(name.provider), "kind": .string(kind.rawValue),
            "version": .number(JSONNumber(Int(version))), "created": .string(created.written),
            "changed": .string(changed.written),
        ]
        if !name.account.isEmpty { fields["account"] = .string(name.account) }
        fields["last_used"] = lastUsed.map { .string($0.written) }
        fields["expires"] = expires.map { .string($0.written) }
        return .object(fields)
    }
}

extension Date {
    /// The date in UTC, as programs and people read it.
    var written: String { ISO8601Format() }
}
