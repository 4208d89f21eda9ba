package import ProviderKit
package import TransportKit

/// One value of a key as it is in effect.
package struct ConfiguredValue: Sendable {
    /// Where a value comes from.
    package enum Source: Sendable, Hashable {
        /// It stands in the file; line and column from 1, where the format tells.
        case file(String, line: Int?, column: Int?)
        /// A variable of the environment has it.
        case variable(String)
        /// Nothing says anything else.
        case standard
    }

    /// The key's path, with the numbers of elements: `providers[0].base_url`.
    package let path: String
    /// The value without secrets; `nil` if it is not set and has no default.
    package let value: JSONValue?
    /// Where it comes from.
    package let source: Source
}

extension ConfigurationDocument {
    /// What a key is set to: once, or for each element of the lists that it stands in.
    ///
    /// - Parameters:
    ///   - path: The key.
    ///   - environment: The variables, as for ``configuration(environment:)``.
    /// - Returns: The values, without secrets; empty if no element is there that could have one.
    /// - Throws: `PlexError` of code `configuration` with all problems if the configuration is wrong.
    package func values(
        of path: ConfigurationPath,
        environment: [String: String]
    ) throws(PlexError) -> [ConfiguredValue] {
        let outcome = read(environment: environment)
        // What is wrong may be a secret in another's place.
        guard outcome.report.problems.isEmpty else { throw ConfigurationError(outcome.report.problems).plexError }
        var search = ValueSearch(file: self.path, key: path.key, view: EffectiveView(environment: environment))
        search.look(in: outcome.root, steps: path.steps[...], at: [])
        return search.found
    }
}

private struct ValueSearch {
    let file: String
    let key: ConfigurationKey
    let view: EffectiveView
    var found: [ConfiguredValue] = []

    mutating func look(
        in value: ConfigValue?,
        steps: ArraySlice<ConfigurationPath.Step>,
        at place: [ConfigurationPath.Step]
    ) {
        guard let step = steps.first else { return note(value, at: place) }
        switch step {
        case .index(let index):
            guard let elements = value?.array, elements.indices.contains(index) else { return }
            look(in: elements[index], steps: steps.dropFirst(), at: place + [step])
        case .name(let name):
            if let elements = value?.array {
                for (index, element) in elements.enumerated() {
                    look(in: element, steps: steps, at: place + [.index(index)])
                }
            } else if case .tables(_, let keys)? = ConfigurationPath.kind(at: place), value?[name] == nil {
                // A key that stands below each free name; a free name that is not there has nothing.
                guard keys.contains(where: { $0.name == name }), let table = value?.table else { return }
                for entry in table.entries { look(in: entry.value, steps: steps, at: place + [.name(entry.key)]) }
            } else if value == nil, ConfigurationPath.isListed(place) {
                // Without an element there is nothing that could have the key.
                return
            } else if steps.count == 1, value?[name] == nil, let variable = impliedVariable(value, at: place) {
                let path = (place + [step]).written
                found.append(ConfiguredValue(path: path, value: "<secret>", source: .variable(variable)))
            } else {
                look(in: value?[name], steps: steps.dropFirst(), at: place + [step])
            }
        }
    }

    /// The variable that has a provider's key where the file has none.
    private func impliedVariable(_ value: ConfigValue?, at place: [ConfigurationPath.Step]) -> String? {
        guard case .textOrTable(.credential, _) = key.kind, place.first == .name("providers"), place.count == 2,
            let provider = value?.table, provider["credentials"] == nil
        else { return nil }
        return view.impliedVariable(provider)
    }

    private mutating func note(_ value: ConfigValue?, at place: [ConfigurationPath.Step]) {
        let kind = ConfigurationPath.kind(at: place) ?? key.kind
        let shown = value.map { view.show($0, kind: kind) } ?? (isWhole(place) ? key.defaultValue : nil)
        found.append(
            ConfiguredValue(path: place.written, value: shown.flatMap { try? $0.json() }, source: source(of: value))
        )
    }

    // An entry of a table with free names has no default of its own.
    private func isWhole(_ place: [ConfigurationPath.Step]) -> Bool {
        if case .name(key.name)? = place.last { true } else { false }
    }

    private func source(of value: ConfigValue?) -> ConfiguredValue.Source {
        guard let value else { return .standard }
        if let variable = value.override { return .variable(variable) }
        // A table that only variables have made stands nowhere.
        return .file(file, line: value.position?.line, column: value.position?.column)
    }
}

extension ConfigurationPath {
    /// What may stand at a place; elements of lists and entries with free names included.
    fileprivate static func kind(at place: [Step]) -> ConfigurationKey.Kind? {
        var kind: ConfigurationKey.Kind?
        var keys = ConfigurationKey.all
        for step in place {
            switch (step, kind) {
            case (.index, .list(let element, _)?): kind = element
            case (.name, .tables(_, let children)?): kind = .table(children)
            case (.name, .map(_, let rule)?): kind = .text(rule)
            case (.name, .settings?): kind = .settings(reserved: [])
            case (.name(let name), _):
                guard let key = keys.first(where: { $0.name == name }) else { return nil }
                kind = key.kind
            default: return nil
            }
            keys = kind?.children ?? []
        }
        return kind
    }

    /// Whether a place stands in a list or below free names.
    fileprivate static func isListed(_ place: [Step]) -> Bool {
        place.indices.contains { end in
            switch kind(at: Array(place[...end])) {
            case .list?, .tables?: true
            default: false
            }
        }
    }
}
