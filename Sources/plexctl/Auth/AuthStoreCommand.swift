import CredentialKit
import Modelplex
import ProviderKit
import TransportKit

/// `plexctl auth`: the store as a whole.
enum AuthStoreCommand {
    static func rekey(_ arguments: Arguments, _ context: Context) async throws(Failure) {
        let session = try AuthSession(arguments, context)
        let target = try target(arguments, context)
        let result = try await session.asking { store throws(CredentialError) in try await store.rekey(to: target) }
        if arguments.has(.json) {
            let value: JSONValue = [
                "master_key": .string(result.origin.rawValue), "credentials": .number(JSONNumber(result.count)),
            ]
            try context.console.print(value.serializedString + "\n")
        } else {
            context.console.note(
                "\(result.count) credentials encrypted anew; the master key is from: \(result.origin.rawValue)"
            )
        }
    }

    private static func target(_ arguments: Arguments, _ context: Context) throws(Failure) -> RekeyTarget {
        switch arguments.value(of: .masterKey).flatMap(MasterKeySources.Origin.init(rawValue:)) {
        case .keyFile: return .keyFile
        case .systemd: return .systemd
        case .environment: return .environment
        case .passphrase:
            let passphrase: Secret
            do {
                passphrase = try context.askSecret("New passphrase: ")
            } catch {
                guard error.isWithoutTerminal else { throw error }
                throw Failure(
                    .usage,
                    "there is no terminal to ask for the new passphrase; call this where there is one, or name another place with --to"
                )
            }
            guard !passphrase.isEmpty else { throw Failure(.badData, "the passphrase is empty; nothing was changed") }
            guard try context.askSecret("The same again: ") == passphrase else {
                throw Failure(.badData, "these were two passphrases; nothing was changed")
            }
            return .passphrase(passphrase)
        default: return .same
        }
    }

    static func importing(_ arguments: Arguments, _ context: Context) async throws(Failure) {
        let session = try AuthSession(arguments, context)
        let found = try found(arguments, session)
        var (stored, kept): ([String], [String]) = ([], [])
        for item in found.items {
            let condition: WriteCondition = arguments.has(.replace) ? .always : .isNew
            do throws(CredentialError) {
                try await session.store.write(item.secret, as: item.name, if: condition)
                stored.append(item.name.description)
            } catch {
                guard error.code == .conflict else { throw Failure(error) }
                kept.append(item.name.description)
            }
        }
        let console = context.console
        if arguments.has(.json) {
            let skipped = found.skipped.map { skipped -> JSONValue in
                ["origin": .string(skipped.origin), "reason": .string(skipped.reason)]
            }
            let value: JSONValue = [
                "stored": .array(stored.map(JSONValue.string)), "kept": .array(kept.map(JSONValue.string)),
                "skipped": .array(skipped),
            ]
            return try console.print(value.serializedString + "\n")
        }
        for skipped in found.skipped { console.warn("\(skipped.origin): left out, as \(skipped.reason)") }
        for name in kept { console.note("\(name): is stored already; --replace would replace it") }
        for name in stored { console.note("\(name): stored") }
        if found.items.isEmpty { console.note("there is no key to store") }
    }

    private static func found(_ arguments: Arguments, _ session: AuthSession) throws(Failure) -> CredentialImport {
        let names = PlexConfiguration.ProviderType.credentialNames
        guard let path = arguments.positionals.first else {
            return CredentialImport(variables: session.plexSession.environment, names: names)
        }
        let bytes = try FileReader.read(path, limit: 1 << 20)
        if path.lowercased().hasSuffix(".json") {
            do {
                return try CredentialImport(json: bytes)
            } catch {
                throw Failure(.badData, "'\(path)': \(error.message)")
            }
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Failure(.badData, "'\(path)' is not UTF-8")
        }
        do {
            return CredentialImport(variables: try DotEnv.parse(text, path: path), names: names)
        } catch {
            var failure = Failure(error)
            failure.exitCode = .badData
            throw failure
        }
    }

    static func backup(_ arguments: Arguments, _ context: Context) async throws(Failure) {
        let session = try AuthSession(arguments, context)
        let path = arguments.positionals[0]
        do throws(CredentialError) {
            try await session.store.backup(to: path)
        } catch {
            var failure = Failure(error)
            // The file is there already, and will be there later.
            if error.code == .conflict { failure.exitCode = .usage }
            throw failure
        }
        if arguments.has(.json) {
            let value: JSONValue = ["path": .string(path)]
            try context.console.print(value.serializedString + "\n")
        } else {
            context.console.note("\(path): written; keep a copy of the master key somewhere else")
        }
    }

    static func status(_ arguments: Arguments, _ context: Context) async throws(Failure) {
        let session = try AuthSession(arguments, context)
        let status = await session.store.status()
        let names =
            status.problem == nil
            ? try await session.asking { store throws(CredentialError) in try await store.list() } : []
        let uses = try KeyUse.all(of: session.plexSession, stored: Set(names.map(\.name)))
        let logins = try await AuthLogins(session, names)
        let console = context.console
        if arguments.has(.json) {
            let value: JSONValue = [
                "store": status.json, "providers": .array(uses.map(\.json)), "logins": .array(logins.json),
            ]
            try console.print(value.serializedString + "\n")
        } else {
            try console.print(status.text + uses.map { "\($0.provider): \($0.text)\n" }.joined() + logins.text)
            for warning in status.warnings { console.warn(warning) }
            if let problem = status.problem { console.fail(problem.message) }
        }
        guard let problem = status.problem else { return }
        var failure = Failure(problem)
        failure.isReported = true
        throw failure
    }
}

/// Where a provider's key comes from.
private struct KeyUse {
    var provider: String
    var text: String
    var isMissing = false

    var json: JSONValue {
        ["provider": .string(provider), "key": .string(text), "missing": .bool(isMissing)]
    }

    /// The configured providers, or, where there are none, the known services that have a key.
    static func all(of session: PlexSession, stored: Set<CredentialName>) throws(Failure) -> [KeyUse] {
        let configured = try session.configuration().providers
        if !configured.isEmpty {
            return configured.flatMap { provider in
                guard provider.credentials.isEmpty else {
                    return provider.credentials.map { member in
                        use("\(provider.name)/\(member.name)", member.apiKey, [], nil, stored)
                    }
                }
                return [
                    use(provider.name.rawValue, provider.apiKey, provider.storeNames, provider.usualKeyVariable, stored)
                ]
            }
        }
        return PlexConfiguration.ProviderType.usual.compactMap { service in
            guard service.baseURL?.hasPrefix("https://") == true, service.type != .openAIResponses else { return nil }
            let provider = PlexConfiguration.Provider(name: ProviderID(service.type.rawValue), type: service.type)
            let variable = service.keyVariables.first { session.environment[$0]?.isEmpty == false }
            let implied = variable.map { PlexConfiguration.Credential.implied(Secret(""), variable: $0) }
            let use = use(service.type.rawValue, implied, provider.storeNames, service.keyVariables.first, stored)
            return use.isMissing ? nil : use
        }
    }

    private static func use(
        _ provider: String,
        _ key: PlexConfiguration.Credential?,
        _ storeNames: [CredentialName],
        _ usualVariable: String?,
        _ stored: Set<CredentialName>
    ) -> KeyUse {
        switch key {
        case .store(let name):
            let isThere = (try? CredentialName(name)).map(stored.contains) ?? false
            return KeyUse(
                provider: provider,
                text: isThere
                    ? "store:\(name)" : "store:\(name), which is missing; set it with plexctl auth set \(name)",
                isMissing: !isThere
            )
        case .implied(_, let variable):
            guard let name = storeNames.first(where: stored.contains) else {
                return KeyUse(provider: provider, text: "the variable \(variable)")
            }
            return KeyUse(provider: provider, text: "store:\(name), before the variable \(variable)")
        case nil:
            if let name = storeNames.first(where: stored.contains) {
                return KeyUse(provider: provider, text: "store:\(name)")
            }
            guard let usualVariable else { return KeyUse(provider: provider, text: "none") }
            return KeyUse(
                provider: provider,
                text: "missing; set it with plexctl auth set \(provider) or in the variable \(usualVariable)",
                isMissing: true
            )
        case .file(_, let path): return KeyUse(provider: provider, text: "the file \(path)")
        case .command(let arguments, _):
            return KeyUse(provider: provider, text: "the command \(arguments.first ?? "")")
        default: return KeyUse(provider: provider, text: "the configuration")
        }
    }
}

extension StoreStatus {
    fileprivate var text: String {
        guard exists else { return "store: \(location.database), not made yet; the first plexctl auth set makes it\n" }
        let key =
            switch origin {
            case .keyFile: "the key file \(location.keyFile)"
            case .systemd: "the service's credential \(MasterKeySources.systemdCredential)"
            case .environment: "the variable \(MasterKeySources.keyVariable)"
            case .passphrase: "a passphrase"
            default: "none yet"
            }
        return "store: \(location.database)\nmaster key: \(key)\ncredentials: \(count)\n"
    }

    fileprivate var json: JSONValue {
        var fields: JSONObject = [
            "path": .string(location.database), "exists": .bool(exists), "opens": .bool(exists && problem == nil),
            "credentials": .number(JSONNumber(count)),
        ]
        fields["master_key"] = origin.map { .string($0.rawValue) }
        if origin == .keyFile { fields["key_file"] = .string(location.keyFile) }
        fields["warnings"] = warnings.isEmpty ? nil : .array(warnings.map(JSONValue.string))
        fields["problem"] = problem.map { ["code": .string($0.code.rawValue), "message": .string($0.message)] }
        return .object(fields)
    }
}
