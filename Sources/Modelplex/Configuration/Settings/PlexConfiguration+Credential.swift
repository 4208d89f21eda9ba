public import TransportKit

extension PlexConfiguration {
    /// A secret text of the configuration, or where the text is to be found.
    @nonexhaustive
    public enum Credential: Sendable, Hashable {
        /// The text itself, from the file, from a variable, or from the file that `file:PATH` names.
        case value(Secret)
        /// The text of a type's usual variable, because nothing was configured; what the store holds goes first.
        case implied(Secret, variable: String)
        /// An entry of the credential store, by name.
        case store(String)
        /// The text of an entry of the credential store, once the store was asked.
        case stored(Secret, name: String)

        /// The text, if it is known without asking the store.
        public var secret: Secret? {
            switch self {
            case .value(let secret), .implied(let secret, _), .stored(let secret, _): secret
            case .store: nil
            }
        }

        /// Whether both hold the same text or name the same entry.
        public static func == (lhs: Credential, rhs: Credential) -> Bool {
            switch (lhs, rhs) {
            case (.value(let lhs), .value(let rhs)): lhs.withText { text in rhs.withText { text == $0 } }
            case (.implied(let lhs, let variable), .implied(let rhs, let other)):
                variable == other && lhs.withText { text in rhs.withText { text == $0 } }
            case (.store(let lhs), .store(let rhs)): lhs == rhs
            case (.stored(let lhs, let name), .stored(let rhs, let other)): name == other && lhs == rhs
            default: false
            }
        }

        /// Feeds a hash with the kind and the entry's name, never with a secret.
        public func hash(into hasher: inout Hasher) {
            switch self {
            case .value: hasher.combine(0)
            case .implied(_, let variable): hasher.combine(variable)
            case .store(let name), .stored(_, let name): hasher.combine(name)
            }
        }
    }
}
