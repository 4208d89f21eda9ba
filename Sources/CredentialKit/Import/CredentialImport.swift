public import TransportKit

/// Credentials found elsewhere, to be put into a store.
public struct CredentialImport: Sendable {
    /// One that was found.
    public struct Item: Sendable {
        /// The name that it gets.
        public let name: CredentialName
        /// Its value.
        public let secret: Secret
        /// Where it stood, for reports.
        public let origin: String
    }

    /// What was found, by name.
    public private(set) var items: [Item] = []
    /// What was left out, and why.
    public private(set) var skipped: [(origin: String, reason: String)] = []

    /// Takes what variables hold.
    ///
    /// - Parameters:
    ///   - variables: The variables, of the environment or of a `.env` file.
    ///   - names: The names that the values of known variables get; others are not looked at.
    public init(variables: [String: String], names: [String: CredentialName]) {
        for (variable, name) in names.sorted(by: { ($0.value, $0.key) < ($1.value, $1.key) }) {
            guard let text = variables[variable], !text.isEmpty else { continue }
            add(text, as: name, origin: variable)
        }
    }

    /// Takes what a JSON document holds: `{"openai": "sk-…"}`, `{"openai": {"api_key": "sk-…"}}`, or a list of
    /// `{"provider": …, "account": …, "key": …}`.
    ///
    /// - Parameter json: The document.
    /// - Throws: `CredentialError` of code `invalidSecret`, if it is no such document.
    public init(json: [UInt8]) throws(CredentialError) {
        guard let value = try? JSONValue(parsing: json) else {
            throw CredentialError(.invalidSecret, "the file is not JSON")
        }
        if let entries = value.array {
            for (index, entry) in entries.enumerated() { addEntry(entry, index: index) }
        } else if let object = value.object {
            // A name that begins so is how other programs write comments.
            for member in object.members where !member.name.hasPrefix("//") {
                addMember(member.value, key: member.name)
            }
        } else {
            throw CredentialError(.invalidSecret, #"the file holds neither {"NAME": "KEY"} nor a list of such"#)
        }
    }

    private mutating func addMember(_ value: JSONValue, key: String) {
        guard let name = try? CredentialName(key) else {
            return skipped.append((key, "that is no name of a credential"))
        }
        guard let text = value.string ?? Self.key(in: value) else {
            return skipped.append((key, "there is no key in it"))
        }
        add(text, as: name, origin: key)
    }

    private mutating func addEntry(_ value: JSONValue, index: Int) {
        let origin = "entry \(index + 1)"
        guard let provider = value["provider"]?.string ?? value["name"]?.string, let text = Self.key(in: value) else {
            return skipped.append((origin, "there is no provider or no key in it"))
        }
        let account = value["account"]?.string ?? ""
        guard
            let name = account.isEmpty
                ? try? CredentialName(provider) : try? CredentialName(provider: provider, account: account)
        else { return skipped.append((origin, "its provider and account are no name of a credential")) }
        add(text, as: name, origin: origin)
    }

    private mutating func add(_ text: String, as name: CredentialName, origin: String) {
        guard !items.contains(where: { $0.name == name }) else {
            return skipped.append((origin, "there was one for \(name) before it"))
        }
        do {
            items.append(Item(name: name, secret: try Secret(validating: text), origin: origin))
        } catch {
            skipped.append((origin, error.description))
        }
    }

    private static func key(in value: JSONValue) -> String? {
        for member in ["key", "api_key", "apiKey", "token"] {
            if let text = value[member]?.string, !text.isEmpty { return text }
        }
        return nil
    }
}
