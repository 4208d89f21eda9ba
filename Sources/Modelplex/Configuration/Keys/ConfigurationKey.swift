/// One key of the configuration: what the reader accepts, and what documentation and schema say of it.
package struct ConfigurationKey: Sendable {
    /// What a key's value may be.
    package indirect enum Kind: Sendable {
        case text(TextRule)
        case choice([String])
        case integer(ClosedRange<Int>)
        case positiveNumber
        case number(ClosedRange<Double>)
        case boolean
        /// A time of at least `minimum`; `allowsNone` adds the word `none`.
        case duration(minimum: Duration, allowsNone: Bool)
        case size
        case list(Kind, isNonEmpty: Bool)
        /// A table whose keys are free.
        case map(MapRule, TextRule)
        /// A table of tables whose keys are free.
        case tables(MapRule, [ConfigurationKey])
        /// A table that is passed on as it is, without any of these keys.
        case settings(reserved: [String])
        case table([ConfigurationKey])
        case textOrTable(TextRule, [ConfigurationKey])
        /// A number or a time, or a table that says how it spreads.
        case scalarOrTable(Kind, [ConfigurationKey])
    }

    /// What a text must look like.
    package enum TextRule: Sendable {
        case any, nonEmpty, providerName, toolServerName, baseURL, toolURL, listenAddress, glob, pattern, target
        case unknownModel, credential, headerValue, environmentValue, argument, origin, hostName, proxy, listener,
            toolPattern

        /// Whether a value may be a secret, so that it is never shown.
        package var isSecret: Bool {
            switch self {
            case .credential, .headerValue, .environmentValue: true
            default: false
            }
        }
    }

    /// What the keys of a map must look like.
    package enum MapRule: Sendable {
        case headerNames, variableNames, modelNames
    }

    package let name: String
    package let kind: Kind
    package let isRequired: Bool
    package let defaultValue: ConfigValue?
    /// One line of documentation, in Markdown.
    package let documentation: String

    init(
        _ name: String,
        _ kind: Kind,
        default defaultValue: ConfigValue? = nil,
        required: Bool = false,
        _ documentation: String
    ) {
        self.name = name
        self.kind = kind
        self.isRequired = required
        self.defaultValue = defaultValue
        self.documentation = documentation
    }
}
