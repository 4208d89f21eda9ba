public import TransportKit

extension PlexConfiguration {
    /// A secret text of the configuration, or where the text is to be found.
    @nonexhaustive
    public enum Credential: Sendable, Hashable {
        /// The text itself, from the configuration or from a variable.
        case value(Secret)
        /// The text of the file that `file:PATH` names; a provider's key is read anew when the file changes.
        case file(Secret, path: String)
        /// What a program prints, given out for a time; `nil` is as long as no server refuses it.
        case command([String], lifetime: Duration?)
        /// The text of a type's usual variable, because nothing was configured; what the store holds goes first.
        case implied(Secret, variable: String)
        /// An entry of the credential store, by name.
        case store(String)
        /// The text of an entry of the credential store, once the store was asked.
        case stored(Secret, name: String)
        /// An entry of the credential store that is renewed as it ends, once the store was asked.
        case login(any CredentialSource, name: String)

        /// The text, if it is known without asking the store or a program.
        public var secret: Secret? {
            switch self {
            case .value(let secret), .file(let secret, _), .implied(let secret, _), .stored(let secret, _): secret
            case .store, .command, .login: nil
            }
        }

        /// Whether both hold the same text or name the same entry.
        public static func == (lhs: Credential, rhs: Credential) -> Bool {
            switch (lhs, rhs) {
            case (.value(let lhs), .value(let rhs)): lhs.withText { text in rhs.withText { text == $0 } }
            case (.implied(let lhs, let variable), .implied(let rhs, let other)):
                variable == other && lhs.withText { text in rhs.withText { text == $0 } }
            case (.file(let lhs, let path), .file(let rhs, let other)): path == other && lhs == rhs
            case (.command(let lhs, let lifetime), .command(let rhs, let other)): lhs == rhs && lifetime == other
            case (.store(let lhs), .store(let rhs)), (.login(_, let lhs), .login(_, let rhs)): lhs == rhs
            case (.stored(let lhs, let name), .stored(let rhs, let other)): name == other && lhs == rhs
            default: false
            }
        }

        /// Feeds a hash with the kind and the entry's name, never with a secret.
        public func hash(into hasher: inout Hasher) {
            switch self {
            case .value: hasher.combine(0)
            case .implied(_, let variable): hasher.combine(variable)
            case .store(let name), .stored(_, let name), .login(_, let name), .file(_, let name): hasher.combine(name)
            case .command(let arguments, _): hasher.combine(arguments)
            }
        }
    }
}
