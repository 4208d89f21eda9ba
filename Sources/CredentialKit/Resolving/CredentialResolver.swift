public import TransportKit

/// A parameter that a tool or service wants a credential for.
public struct CredentialRequirement: Sendable, Hashable {
    /// The credential's name in a store.
    public var id: CredentialName
    /// The parameter that gets the value: a variable of a program, or a header field.
    public var parameter: String
    /// Whether nothing works without it.
    public var isRequired: Bool
    /// The variable that is read where no store has it.
    public var environmentFallback: String?

    /// Makes a requirement.
    public init(
        id: CredentialName,
        parameter: String,
        isRequired: Bool = true,
        environmentFallback: String? = nil
    ) {
        self.id = id
        self.parameter = parameter
        self.isRequired = isRequired
        self.environmentFallback = environmentFallback
    }
}

/// Finds what is required: in the user's store, then in the system's, then in the environment.
public struct CredentialResolver: Sendable {
    /// A place that a value came from.
    @nonexhaustive
    public enum Origin: Sendable, Hashable {
        /// The user's own store.
        case user
        /// The store of the whole system.
        case system
        /// A variable.
        case environment(String)
    }

    /// A parameter's value.
    public struct Resolved: Sendable {
        /// The parameter.
        public let parameter: String
        /// The value.
        public let secret: Secret
        /// Where it came from.
        public let origin: Origin
    }

    private let stores: [(origin: Origin, store: CredentialStore)]
    private let environment: [String: String]

    /// Makes a resolver.
    ///
    /// - Parameters:
    ///   - user: The user's store, if there is one.
    ///   - system: The store of the whole system, if there is one.
    ///   - environment: The variables.
    public init(user: CredentialStore?, system: CredentialStore? = nil, environment: [String: String]) {
        stores = (user.map { [(.user, $0)] } ?? []) + (system.map { [(.system, $0)] } ?? [])
        self.environment = environment
    }

    /// Finds the values of parameters.
    ///
    /// - Parameter requirements: What is wanted.
    /// - Returns: The values that there are, in the order of the requirements.
    /// - Throws: `CredentialError` of code `notFound` that names all that is required and missing, or the error of a store
    ///   that does not open.
    public func resolve(_ requirements: [CredentialRequirement]) async throws(CredentialError) -> [Resolved] {
        var resolved: [Resolved] = []
        var missing: [String] = []
        for requirement in requirements {
            if let found = try await find(requirement) {
                resolved.append(found)
            } else if requirement.isRequired {
                let variable = requirement.environmentFallback.map { " or in the variable \($0)" } ?? ""
                missing.append(
                    "\(requirement.parameter): set it with plexctl auth set \(requirement.id)\(variable)"
                )
            }
        }
        guard missing.isEmpty else {
            throw CredentialError(.notFound, "credentials are missing; \(missing.joined(separator: "; "))")
        }
        return resolved
    }

    private func find(_ requirement: CredentialRequirement) async throws(CredentialError) -> Resolved? {
        for (origin, store) in stores {
            if let found = try await store.read(requirement.id) {
                return Resolved(parameter: requirement.parameter, secret: found.secret, origin: origin)
            }
        }
        guard let variable = requirement.environmentFallback, let text = environment[variable], !text.isEmpty else {
            return nil
        }
        return Resolved(parameter: requirement.parameter, secret: Secret(text), origin: .environment(variable))
    }
}
