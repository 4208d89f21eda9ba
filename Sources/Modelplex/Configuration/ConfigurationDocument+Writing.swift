public import ProviderKit
package import TransportKit

extension ConfigurationDocument {
    /// The same configuration in another format, with `${…}` as it stands; comments are lost.
    ///
    /// What is written has every secret that stands in the file.
    ///
    /// - Parameter format: The format to write.
    /// - Returns: The whole text.
    /// - Throws: `PlexError` of code `configuration` if the format cannot hold a value, such as null in TOML.
    public func text(as format: Format) throws(PlexError) -> String {
        try write(root, as: format)
    }

    /// The configuration as it is in effect: variables put in, defaults filled in, secrets as `<secret>`.
    ///
    /// - Parameters:
    ///   - format: The format to write.
    ///   - environment: The variables, as for ``configuration(environment:)``.
    /// - Returns: The whole text.
    /// - Throws: `PlexError` of code `configuration` with all problems if the configuration is wrong.
    public func effectiveText(as format: Format, environment: [String: String]) throws(PlexError) -> String {
        let outcome = read(environment: environment)
        guard outcome.report.problems.isEmpty else { throw ConfigurationError(outcome.report.problems).plexError }
        return try write(effectiveTree(outcome, environment), as: format)
    }

    /// The configuration, how it is shown (with defaults filled in and secrets as `<secret>`), and what deserves a look.
    ///
    /// - Parameter environment: The variables, as for ``configuration(environment:)``.
    /// - Returns: All three.
    /// - Throws: `PlexError` of code `configuration` with all problems if the configuration is wrong.
    package func configurationAndView(
        environment: [String: String]
    ) throws(PlexError) -> (configuration: PlexConfiguration, view: JSONValue, warnings: [String]) {
        let outcome = read(environment: environment)
        guard outcome.report.problems.isEmpty else { throw ConfigurationError(outcome.report.problems).plexError }
        // What JSON cannot hold was refused where a number was expected.
        let view = try? effectiveTree(outcome, environment).json()
        return (outcome.configuration, view ?? [:], outcome.report.warnings.map(\.description))
    }

    private func effectiveTree(_ outcome: Outcome, _ environment: [String: String]) -> ConfigValue {
        let view = EffectiveView(environment: environment)
        return ConfigValue(.table(view.table(of: outcome.root.table ?? ConfigTable(), keys: ConfigurationKey.all)))
    }

    private func write(_ value: ConfigValue, as format: Format) throws(PlexError) -> String {
        do {
            switch format {
            case .toml: return try TOMLWriter.write(value)
            case .yaml: return YAMLWriter.write(value)
            case .json: return try value.json().prettyPrinted() + "\n"
            }
        } catch {
            throw ConfigurationError([.init(file: path, message: error.message)]).plexError
        }
    }
}

/// Fills defaults in and takes secrets out.
struct EffectiveView {
    let environment: [String: String]

    func table(of table: ConfigTable, keys: [ConfigurationKey]) -> ConfigTable {
        var result = ConfigTable()
        for key in keys {
            if let value = table[key.name] {
                result[key.name] = show(value, kind: key.kind)
            } else if let value = key.defaultValue {
                result[key.name] = value
            } else if case .table(let further) = key.kind {
                let defaults = self.table(of: ConfigTable(), keys: further)
                if !defaults.entries.isEmpty { result[key.name] = ConfigValue(.table(defaults)) }
            } else if case .textOrTable(.credential, _) = key.kind, impliedVariable(table) != nil {
                result[key.name] = "<secret>"
            }
        }
        return result
    }

    /// The variable that has the key of a provider whose own key is left out.
    func impliedVariable(_ provider: ConfigTable) -> String? {
        let name = provider["type"]?.string ?? provider["name"]?.string ?? ""
        return PlexConfiguration.ProviderType(rawValue: name).usual?.setVariable(in: environment)
    }

    /// A value that may be seen.
    func show(_ value: ConfigValue, kind: ConfigurationKey.Kind) -> ConfigValue {
        switch kind {
        case .table(let keys): return ConfigValue(.table(table(of: value.table ?? ConfigTable(), keys: keys)))
        case .textOrTable(let rule, let keys):
            guard let table = value.table else { return show(value, rule: rule) }
            return ConfigValue(.table(self.table(of: table, keys: keys)))
        case .list(let element, _):
            return ConfigValue(.array((value.array ?? []).map { show($0, kind: element) }))
        case .map(_, let rule):
            var shown = ConfigTable()
            for entry in value.table?.entries ?? [] { shown[entry.key] = show(entry.value, rule: rule) }
            return ConfigValue(.table(shown))
        case .tables(_, let keys):
            var shown = ConfigTable()
            for entry in value.table?.entries ?? [] {
                shown[entry.key] = ConfigValue(.table(table(of: entry.value.table ?? ConfigTable(), keys: keys)))
            }
            return ConfigValue(.table(shown))
        case .settings: return asWritten(value)
        case .text(let rule): return show(value, rule: rule)
        case .integer: return ConfigScalar.integer(value).map { ConfigValue(.integer($0)) } ?? value
        case .boolean: return ConfigScalar.boolean(value).map { ConfigValue(.bool($0)) } ?? value
        case .positiveNumber, .number:
            if case .string = value.content, let number = ConfigScalar.number(value) {
                return ConfigValue(.float(number))
            }
            return value
        default: return value
        }
    }

    // Anything may be among settings that are passed on; what the file says of them is safe, what variables hold is not.
    private func asWritten(_ value: ConfigValue) -> ConfigValue {
        switch value.content {
        case .string:
            guard case .substituted(let template) = value.provenance else { return value }
            return ConfigValue(.string(template))
        case .array(let elements): return ConfigValue(.array(elements.map(asWritten)))
        case .table(let table):
            var shown = ConfigTable()
            for entry in table.entries { shown[entry.key] = asWritten(entry.value) }
            return ConfigValue(.table(shown))
        default: return value
        }
    }

    private func show(_ value: ConfigValue, rule: ConfigurationKey.TextRule) -> ConfigValue {
        guard let text = value.string else { return value }
        let template = if case .substituted(let template) = value.provenance { template } else { text }
        switch rule {
        case .credential, .headerValue, .environmentValue:
            // References tell where a secret is, not what it is.
            let isReference = value.override == nil && (template.hasPrefix("store:") || template.hasPrefix("file:"))
            return isReference ? ConfigValue(.string(template)) : "<secret>"
        // Arguments and queries carry tokens; what the file says of them is safe, what variables hold is not.
        case .argument: return ConfigValue(.string(template))
        case .toolURL:
            guard let query = template.firstIndex(of: "?") else { return ConfigValue(.string(template)) }
            return ConfigValue(.string(template[..<query] + "?<secret>"))
        default: return value
        }
    }
}
